//! What a person writes down: a line of a gold file, a claim with all its fields
//! (`docs/schema.md`).

use serde::Deserialize;

use super::article::{Passage, Stated};
use crate::record::{LabelledClaim, LabelledEntity};
use crate::text::Field;

/// No text is as long: offsets beyond it are mistakes, and must not overflow what is computed with
/// them.
const LONGEST: usize = 1 << 40;

/// A line of a gold file.
#[derive(Deserialize)]
pub struct GoldLine {
    /// The article's id.
    pub doc: String,
    /// sha256 of the article's text, where the file tells.
    pub text_sha256: Option<String>,
    /// What is labelled.
    #[serde(flatten)]
    pub passage: GoldPassage,
}

/// A sentence or a piece of boilerplate with its labels.
#[derive(Deserialize)]
pub struct GoldPassage {
    #[serde(default = "in_text")]
    field: Field,
    start: usize,
    end: usize,
    #[serde(default)]
    text: String,
    #[serde(default)]
    boilerplate: bool,
    #[serde(default)]
    entities: Vec<LabelledEntity>,
    #[serde(default)]
    claims: Vec<GoldClaim>,
    #[serde(default)]
    ambiguous: Vec<GoldClaim>,
}

/// A claim with all the fields that annotators give it. Those of [`LabelledClaim`] are compared;
/// the others are checked alone, so that a wrong or misspelt one is told of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldClaim {
    topic: Option<String>,
    stance: String,
    holder: String,
    source: Option<String>,
    #[serde(default)]
    context: bool,
    /// The words that carry the claim, and where they stand.
    evidence: Option<String>,
    evidence_span: Option<SpanInSentence>,
    /// The person or body whose stance it is, where the name stands, or that it stands earlier in
    /// the article.
    holder_name: Option<String>,
    holder_span: Option<SpanInSentence>,
    #[serde(default)]
    holder_before: bool,
    source_name: Option<String>,
    source_span: Option<SpanInSentence>,
    #[serde(default)]
    source_before: bool,
    /// Why the annotator was unsure.
    doubt: Option<String>,
}

/// Start and end in code points of the sentence.
type SpanInSentence = [usize; 2];

fn in_text() -> Field {
    Field::Text
}

impl GoldPassage {
    /// The labels, checked.
    ///
    /// # Errors
    /// What is wrong and what mends it.
    pub fn checked(self) -> Result<Passage, String> {
        let Self { field, start, end, text, boilerplate, entities, .. } = self;
        if start >= end || end > LONGEST {
            return Err(format!("{start}..{end} holds no text; offsets are code points"));
        }
        let outside = |e: &&LabelledEntity| e.start >= e.end || e.start < start || e.end > end;
        if let Some(e) = entities.iter().find(outside) {
            return Err(format!(
                "the entity {}..{} does not lie within its line, {start}..{end}; mend its offsets",
                e.start, e.end
            ));
        }
        // Only white space is shorter in `text` than in the article.
        let length = end - start;
        let read = |claims: Vec<GoldClaim>| -> Result<Vec<LabelledClaim>, String> {
            claims.into_iter().map(|claim| claim.checked(None, length)).collect()
        };
        let claims = read(self.claims)?.iter().map(Stated::from).collect();
        let ambiguous = read(self.ambiguous)?;
        Ok(Passage { field, start, end, text, boilerplate, entities, claims, ambiguous })
    }
}

impl GoldClaim {
    /// The claim of a sentence of so many code points; `topic` is its topic where it names none.
    ///
    /// # Errors
    /// What is wrong and what mends it.
    pub fn checked(self, topic: Option<&str>, length: usize) -> Result<LabelledClaim, String> {
        self.check_texts()?;
        self.check_places(length)?;
        let Self { stance, holder, source, context, .. } = self;
        let topic = self.topic.or_else(|| topic.map(str::to_owned));
        let topic = topic.ok_or("a claim has no `topic`; add it")?;
        Ok(LabelledClaim { topic, stance, holder, source, context })
    }

    fn check_texts(&self) -> Result<(), String> {
        let texts = [
            ("evidence", &self.evidence),
            ("holder_name", &self.holder_name),
            ("source_name", &self.source_name),
            ("doubt", &self.doubt),
        ];
        let empty = texts.iter().find(|(_, text)| text.as_ref().is_some_and(|t| t.trim().is_empty()));
        empty.map_or(Ok(()), |(name, _)| {
            Err(format!("`{name}` of {} is empty; fill it in or leave it out", self.stance))
        })
    }

    fn check_places(&self, length: usize) -> Result<(), String> {
        let places = [
            ("evidence", self.evidence_span, false),
            ("holder", self.holder_span, self.holder_before),
            ("source", self.source_span, self.source_before),
        ];
        for (name, span, before) in places {
            let Some([start, end]) = span else { continue };
            if start >= end || end > length {
                return Err(format!(
                    "`{name}_span` {start}..{end} of {} does not lie within its sentence of {length} code \
                     points, from whose start it counts; mend it",
                    self.stance
                ));
            }
            if before {
                return Err(format!(
                    "`{name}_span` of {} says that the name stands in the sentence, `{name}_before` that it \
                     does not; leave one of them out",
                    self.stance
                ));
            }
        }
        Ok(())
    }
}
