//! The format of gold files: a line, and a claim with all its fields
//! (`docs/schema.md`).

use std::ops::Range;

use serde::Deserialize;

use super::article::{ClaimWords, NamedWords, Passage, Stated};
use crate::record::{LabelledClaim, LabelledEntity};
use crate::text::Field;

/// No text is this long: larger offsets are errors, and could overflow in
/// calculations.
const LONGEST: usize = 1 << 40;

/// A line of a gold file.
#[derive(Deserialize)]
pub struct GoldLine {
    /// The article's id.
    pub doc: String,
    /// sha256 of the article's text, if the file has it.
    pub text_sha256: Option<String>,
    /// The labelled passage.
    #[serde(flatten)]
    pub passage: GoldPassage,
}

/// A sentence or a boilerplate line with its labels.
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

/// A claim with all the fields that annotators give it. Those that are not compared are validated,
/// so that a wrong or misspelt field is reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldClaim {
    topic: Option<String>,
    stance: String,
    holder: String,
    source: Option<String>,
    #[serde(default)]
    context: bool,
    /// The words that express the claim, and their span.
    evidence: Option<String>,
    evidence_span: Option<SpanInSentence>,
    /// The person or body whose stance it is, the span of that name, or whether only earlier
    /// sentences name it.
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
    /// The labels, validated.
    ///
    /// # Errors
    /// What is wrong, and how to fix it.
    pub fn checked(self) -> Result<Passage, String> {
        let Self { field, start, end, text, boilerplate, entities, .. } = self;
        if start >= end || end > LONGEST {
            return Err(format!("{start}..{end} holds no text; offsets are code points"));
        }
        let outside = |e: &&LabelledEntity| e.start >= e.end || e.start < start || e.end > end;
        if let Some(e) = entities.iter().find(outside) {
            return Err(format!(
                "the entity {}..{} does not lie within its line, {start}..{end}; fix its offsets",
                e.start, e.end
            ));
        }
        // `text` can be shorter than the article's text only because of white space.
        let read = |claims: Vec<GoldClaim>| -> Result<Vec<Stated>, String> {
            claims.into_iter().map(|claim| claim.checked(None, start..end)).collect()
        };
        let claims = read(self.claims)?;
        let ambiguous = read(self.ambiguous)?.into_iter().map(|stated| stated.claim).collect();
        Ok(Passage { field, start, end, text, boilerplate, entities, claims, ambiguous })
    }
}

impl GoldClaim {
    /// Validates the claim of a sentence at these code points; `topic` is the topic of claims
    /// without one.
    ///
    /// # Errors
    /// What is wrong, and how to fix it.
    pub fn checked(self, topic: Option<&str>, sentence: Range<usize>) -> Result<Stated, String> {
        self.check_texts()?;
        self.check_places(sentence.len())?;
        let Self { stance, holder, source, context, .. } = self;
        let topic = self.topic.or_else(|| topic.map(str::to_owned));
        let topic = topic.ok_or("a claim has no `topic`; add it")?;
        let place = |span: SpanInSentence| span.map(|at| sentence.start + at);
        let words = ClaimWords {
            evidence: self.evidence_span.map(place),
            holder: self.holder_name.map(|text| NamedWords { text, place: self.holder_span.map(place) }),
        };
        let claim = LabelledClaim { topic, stance, holder, source, context };
        Ok(Stated { claim, words, inference: None })
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
                     points, from whose start it counts; fix it",
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
