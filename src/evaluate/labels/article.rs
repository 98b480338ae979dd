//! The labels of an article.

use crate::digest::sha256;
use crate::record::{LabelledClaim, LabelledEntity};
use crate::stance::{Claim, Probabilities, Status};
use crate::text::Field;

/// Whose labels of a sentence record are read; gold files hold but one labelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The reviewer's; sentences without a review are passed over.
    Reviewer,
    /// The model's.
    Model,
}

/// How much of an article the labels tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coverage {
    /// All of it, so that what is not there says something too.
    #[default]
    Whole,
    /// Claims of all of it, but sentences without claims were left out.
    Thinned,
    /// Its passages, and nothing of the rest.
    Passages,
}

/// The labels of an article.
#[derive(Debug, Clone, Default)]
pub struct LabelledArticle {
    /// The document's id.
    pub id: String,
    /// sha256 of its text, where the file tells.
    pub text_sha256: Option<String>,
    /// How much of it the labels tell of.
    pub coverage: Coverage,
    /// Its sentences and, of gold files, its pieces of boilerplate, in the order of the file.
    pub passages: Vec<Passage>,
}

/// A labelled piece of an article. Offsets count code points of the field.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Which text the offsets count in.
    pub field: Field,
    /// First code point.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// The piece itself.
    pub text: String,
    /// Whether it is none of the article's own text.
    pub boilerplate: bool,
    /// Who and what is named.
    pub entities: Vec<LabelledEntity>,
    /// Who takes which stance.
    pub claims: Vec<Stated>,
    /// Claims that one may see or not: they count neither way. Always empty in a prediction.
    pub ambiguous: Vec<LabelledClaim>,
}

/// A claim, and of a predicted one how the model came to it.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The claim.
    pub claim: LabelledClaim,
    /// How the model came to it.
    pub inference: Option<Inference>,
}

/// How the model came to a claim.
#[derive(Debug, Clone)]
pub struct Inference {
    /// How sure the claim is.
    pub score: f64,
    /// Whether it counts.
    pub status: Status,
    /// What the model was asked.
    pub hypothesis: String,
    /// What it answered.
    pub probabilities: Probabilities,
}

impl Stated {
    /// Whether it is given as a claim, not only kept for the reviewer.
    pub fn counts(&self) -> bool {
        self.inference.as_ref().is_none_or(|i| i.status == Status::Auto)
    }
}

impl From<&Claim> for Stated {
    fn from(claim: &Claim) -> Self {
        Self {
            claim: claim.into(),
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
        Self { claim: claim.clone(), inference: None }
    }
}

/// sha256 over labels, whatever files they came in.
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
