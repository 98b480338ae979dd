//! Claims, as records carry them.

use serde::{Deserialize, Serialize};

use super::judgement::Probabilities;

/// Whether a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At or above the stance's threshold.
    Auto,
    /// Below it: kept for the reviewer, not counted.
    Uncertain,
}

/// Someone's stance on a topic, as a sentence states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The topic's id.
    pub topic: String,
    /// The stance's id.
    pub stance: String,
    /// Whose stance it is: an actor's name, or [`NARRATOR`](crate::actors::NARRATOR).
    pub holder: String,
    /// Who reports it, if that is not the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How sure the claim is: that the stance is taken, and by this holder.
    pub score: f64,
    /// Probability that it is this holder.
    pub holder_score: f64,
    /// What the model was asked: whether someone takes the stance.
    pub hypothesis: String,
    /// What the model said of the stance, whoever holds it.
    pub probabilities: Probabilities,
    /// Whether it counts.
    pub status: Status,
    /// Whether the holder is named in the sentence before, not in this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}
