//! Claims.

use serde::{Deserialize, Serialize};

use super::judgement::Probabilities;
use super::names::NamePlace;
use crate::text::{NormalizedBytes, Span};

/// Whether a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At or above its threshold.
    Auto,
    /// Below it: kept for the reviewer, but not counted.
    Uncertain,
}

/// Someone's stance on a topic, as stated by a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// The topic's id.
    pub topic: String,
    /// The stance's id.
    pub stance: String,
    /// Whose stance it is: an actor's name, or [`NARRATOR`](crate::actors::NARRATOR).
    pub holder: String,
    /// The name of the person or body whose stance it is, if the document has one.
    pub holder_name: Option<NamePlace>,
    /// Who reports it, if that is not the holder.
    pub source: Option<String>,
    /// The name of the person or body that reports it, if the document has one.
    pub source_name: Option<NamePlace>,
    /// The words that express it, if the model says which.
    pub evidence: Option<Span<NormalizedBytes>>,
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
    /// Whether the holder is named in the previous sentence only.
    pub context: bool,
}
