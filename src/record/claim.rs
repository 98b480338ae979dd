//! Claims, as written in records.

use serde::{Deserialize, Serialize};

use crate::stance::{Probabilities, Status};

/// A claim of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The topic's id.
    pub topic: String,
    /// The stance's id.
    pub stance: String,
    /// Whose stance it is: an actor's name, or [`NARRATOR`](crate::actors::NARRATOR).
    pub holder: String,
    /// The name of the person or body whose stance it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_mention: Option<MentionRecord>,
    /// Who reports it, if that is not the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The name of the person or body that reports it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_mention: Option<MentionRecord>,
    /// The words that express it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<SpanRecord>,
    /// The score: the confidence that the stance is taken by this holder, from 0 to 1.
    pub score: f64,
    /// The probability that it is this holder.
    pub holder_score: f64,
    /// The hypothesis that the model was given: that someone takes the stance.
    pub hypothesis: String,
    /// The probabilities of that hypothesis.
    pub probabilities: Probabilities,
    /// Whether it counts.
    pub status: Status,
    /// Whether the holder is named in an earlier sentence only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

/// A name of a holder or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MentionRecord {
    /// Its text in the document.
    pub text: String,
    /// First code point in the field of its sentence.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    /// The id of its sentence, if it is not in the claim's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// A part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRecord {
    /// First code point in the sentence's field.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
}
