//! Stance: which claim a sentence makes, whose it is and who reports it.

mod decide;
mod judge;
mod question;
mod reading;

use serde::{Deserialize, Serialize};

pub(crate) use decide::{claims, verdicts};
pub use judge::Judge;
pub use question::Question;
pub(crate) use question::questions;
pub(crate) use reading::read;
pub use reading::{Candidate, Reading, Speaker};

/// The holder of a claim that the article makes in its own voice.
pub const NARRATOR: &str = "narrator";

/// Whether a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At or above the stance's threshold.
    Auto,
    /// Below it: kept for the reviewer, not counted.
    Uncertain,
}

/// The three probabilities of natural language inference; they sum to 1 but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Probabilities {
    /// The premise entails the hypothesis.
    pub entailment: f64,
    /// It leaves it open.
    pub neutral: f64,
    /// It contradicts it.
    pub contradiction: f64,
}

/// Someone's stance on a topic, as a sentence states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The topic's id.
    pub topic: String,
    /// The stance's id.
    pub stance: String,
    /// Whose stance it is: an actor's name, or [`NARRATOR`].
    pub holder: String,
    /// Who reports it, if that is not the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Probability that the sentence entails the hypothesis.
    pub score: f64,
    /// The hypothesis that the sentence was held against.
    pub hypothesis: String,
    /// What the model said of it.
    pub probabilities: Probabilities,
    /// Whether it counts.
    pub status: Status,
    /// Whether the holder was carried over from the sentence before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}
