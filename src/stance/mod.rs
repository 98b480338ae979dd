//! Stance: which claim a sentence makes, whose it is and who reports it.

mod decide;
mod judge;
mod question;
mod reading;

use serde::{Deserialize, Serialize};

use crate::numeric::rounded;
pub use decide::Verdict;
pub(crate) use decide::{claims, verdicts};
pub use judge::{Judge, Pair};
pub use question::{Aspect, Question};
pub(crate) use question::{holders, longest, sources, stances};
pub use reading::{Reading, Relevance, read};

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

/// What the NLI model said to a question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Of the three labels.
    pub probabilities: Probabilities,
    /// Of each candidate, if the model knows roles.
    pub roles: Vec<Role>,
}

impl Answer {
    /// How sure the claim is that a holder of this probability takes the stance, from 0 to 1: the geometric mean of that and of
    /// the stance's entailment, as both must hold, or the entailment alone if the model does not know roles.
    pub fn score(&self, holder: f64) -> f64 {
        let entailment = self.probabilities.entailment;
        if self.roles.is_empty() { entailment } else { rounded((entailment * holder).sqrt() as f32) }
    }
}

/// An actor's part in a stance.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// The actor's name.
    pub actor: String,
    /// Probability that the actor takes the stance.
    pub holder: f64,
    /// Probability that the actor reports that someone takes it.
    pub source: f64,
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
    /// How sure the claim is ([`Answer::score`]).
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
