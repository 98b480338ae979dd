//! A reviewer's decision on a sentence, on its way into the records.

use serde::{Deserialize, Serialize};

use crate::record::{LabelledClaim, LabelledEntity, Review};

/// A decision on a sentence: a line of a corrections file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "CorrectionLine")]
pub struct Correction {
    /// The sentence's id.
    pub sentence_id: String,
    /// The sentence's text: the correction is refused if the record has another.
    pub text: String,
    /// What was decided.
    #[serde(flatten)]
    pub review: Review,
}

/// A [`Correction`] as it is read: serde can refuse unknown (say, misspelt) fields only in a type
/// without flattened fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectionLine {
    sentence_id: String,
    text: String,
    by: String,
    #[serde(default)]
    at: Option<String>,
    from: String,
    #[serde(default)]
    boilerplate: bool,
    entities: Vec<LabelledEntity>,
    claims: Vec<LabelledClaim>,
    #[serde(default)]
    note: Option<String>,
}

impl From<CorrectionLine> for Correction {
    fn from(line: CorrectionLine) -> Self {
        let CorrectionLine { sentence_id, text, by, at, from, boilerplate, entities, claims, note } = line;
        Self { sentence_id, text, review: Review { by, at, from, boilerplate, entities, claims, note } }
    }
}

/// A correction and its place in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// File and line, or file and task.
    pub place: String,
    /// What was decided.
    pub decision: Result<Correction, Unread>,
}

/// A correction that can't be read. It still replaces earlier ones on its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The sentence, if it is known.
    pub sentence_id: Option<String>,
    /// What is wrong with it, and what to do about it.
    pub reason: String,
}

impl Placed {
    /// The sentence that it is on, if it is known.
    pub(crate) fn sentence_id(&self) -> Option<&str> {
        match &self.decision {
            Ok(correction) => Some(&correction.sentence_id),
            Err(unread) => unread.sentence_id.as_deref(),
        }
    }
}

/// A correction that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Refusal {
    /// File and line, or file and task.
    pub place: String,
    /// What is wrong with it, and what to do about it.
    pub reason: String,
}
