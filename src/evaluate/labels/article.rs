//! The labels of an article.

use crate::digest::sha256;
use crate::record::{ClaimRecord, LabelledClaim, LabelledEntity, MentionRecord, SentenceRecord};
use crate::stance::{Probabilities, Status};
use crate::text::Field;

/// Whose labels of a sentence record are read. Gold files have only one labelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The reviewer's; sentences without a review are skipped.
    Reviewer,
    /// The model's.
    Model,
}

/// How much of an article is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coverage {
    /// The whole article, so that missing labels mean that there is nothing.
    #[default]
    Whole,
    /// The claims of the whole article, without the sentences that have no claims.
    Thinned,
    /// Some passages; nothing is known about the rest.
    Passages,
}

/// The labels of an article.
#[derive(Debug, Clone, Default)]
pub struct LabelledArticle {
    /// The document's id.
    pub id: String,
    /// sha256 of its text, if the file has it.
    pub text_sha256: Option<String>,
    /// How much of it is labelled.
    pub coverage: Coverage,
    /// Its sentences and, in gold files, its boilerplate lines, in the order of the file.
    pub passages: Vec<Passage>,
}

impl LabelledArticle {
    /// Whether both are about the same text: by its hash if both have it, otherwise by id.
    pub fn is_same_text(&self, other: &Self) -> bool {
        match (&self.text_sha256, &other.text_sha256) {
            (Some(own), Some(other)) => own == other,
            _ => self.id == other.id,
        }
    }
}

/// A labelled passage of an article. Offsets count code points of the field.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The field that the offsets refer to.
    pub field: Field,
    /// First code point.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    /// The text of the passage.
    pub text: String,
    /// Whether it is boilerplate.
    pub boilerplate: bool,
    /// The named entities.
    pub entities: Vec<LabelledEntity>,
    /// The claims.
    pub claims: Vec<Stated>,
    /// Claims that count neither way, because annotators may disagree on them. Always empty in a
    /// prediction.
    pub ambiguous: Vec<LabelledClaim>,
}

impl Passage {
    /// The labels of a sentence's record; `None` if it has none of that side.
    pub fn of_record(record: &SentenceRecord, side: Side) -> Option<Self> {
        let (boilerplate, entities, claims) = match (side, &record.review) {
            (Side::Model, _) => (
                false,
                record.entities.iter().map(LabelledEntity::from).collect(),
                record.claims.iter().map(Stated::from).collect(),
            ),
            (Side::Reviewer, Some(review)) => (
                review.boilerplate,
                review.entities.clone(),
                review.claims.iter().map(Stated::from).collect(),
            ),
            (Side::Reviewer, None) => return None,
        };
        Some(Self {
            field: record.field,
            start: record.start,
            end: record.end,
            text: record.text.clone(),
            boilerplate,
            entities,
            claims,
            ambiguous: Vec::new(),
        })
    }
}

/// A claim. If it is predicted, with the model's output.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The claim.
    pub claim: LabelledClaim,
    /// Where its words stand.
    pub words: ClaimWords,
    /// The model's output, if the claim is predicted.
    pub inference: Option<Inference>,
}

/// Where the words of a claim stand, in code points of its passage's field.
#[derive(Debug, Clone, Default)]
pub struct ClaimWords {
    /// The words that express it.
    pub evidence: Option<[usize; 2]>,
    /// The name of the holder.
    pub holder: Option<NamedWords>,
}

/// A name.
#[derive(Debug, Clone)]
pub struct NamedWords {
    /// Its text.
    pub text: String,
    /// Its place, unless it stands in another sentence.
    pub place: Option<[usize; 2]>,
}

impl From<&MentionRecord> for NamedWords {
    fn from(mention: &MentionRecord) -> Self {
        let place = mention.sentence.is_none().then_some([mention.start, mention.end]);
        Self { text: mention.text.clone(), place }
    }
}

/// The model's output for a claim.
#[derive(Debug, Clone)]
pub struct Inference {
    /// The score of the claim.
    pub score: f64,
    /// Whether it counts.
    pub status: Status,
    /// The hypothesis that the model was given.
    pub hypothesis: String,
    /// The probabilities that it returned.
    pub probabilities: Probabilities,
}

impl Stated {
    /// Whether it counts as a claim, and is not only kept for the reviewer.
    pub fn counts(&self) -> bool {
        self.inference.as_ref().is_none_or(|i| i.status == Status::Auto)
    }
}

impl From<&ClaimRecord> for Stated {
    fn from(claim: &ClaimRecord) -> Self {
        Self {
            claim: claim.into(),
            words: ClaimWords {
                evidence: claim.evidence.map(|span| [span.start, span.end]),
                holder: claim.holder_mention.as_ref().map(NamedWords::from),
            },
            inference: Some(Inference {
                score: claim.score,
                status: claim.status,
                hypothesis: claim.hypothesis.clone(),
                probabilities: claim.probabilities,
            }),
        }
    }
}

impl From<&LabelledClaim> for Stated {
    fn from(claim: &LabelledClaim) -> Self {
        Self { claim: claim.clone(), words: ClaimWords::default(), inference: None }
    }
}

/// sha256 over labels, independent of how they are distributed over files.
pub fn digest(articles: &[LabelledArticle]) -> String {
    let mut text = String::new();
    for article in articles {
        for p in &article.passages {
            let claims: Vec<_> = p
                .claims
                .iter()
                .map(|s| (&s.claim, s.inference.as_ref().map(|i| (i.score, i.status))))
                .collect();
            let place = (&article.id, p.field, p.start, p.end, p.boilerplate);
            let row = (place, &p.entities, claims, &p.ambiguous);
            text.push_str(&serde_json::json!(row).to_string());
        }
    }
    sha256(text.as_bytes())
}
