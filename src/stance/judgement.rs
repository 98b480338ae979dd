//! The output of every stance model.

use serde::{Deserialize, Serialize};

use super::names::NamePlace;
use super::topics::{StanceIndex, TopicIndex};
use crate::actors::ActorId;
use crate::inference::Encoder;
use crate::numeric::rounded;
use crate::text::{NormalizedBytes, Span};

/// The three probabilities of natural language inference; they sum to 1 except for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Probabilities {
    /// The premise entails the hypothesis.
    pub entailment: f64,
    /// It does neither.
    pub neutral: f64,
    /// It contradicts it.
    pub contradiction: f64,
}

/// A model's judgement of one stance in one sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The stance.
    pub stance: StanceIndex,
    /// The hypothesis: that someone takes the stance.
    pub hypothesis: String,
    /// The probabilities of that hypothesis.
    pub probabilities: Probabilities,
    /// For each actor that was asked about, whether the stance is theirs.
    pub holders: Vec<Holder>,
    /// For each actor that was asked about, whether they report that someone takes the stance.
    pub sources: Vec<Source>,
    /// The words of the sentence that express the stance, from a model that says so.
    pub evidence: Option<Span<NormalizedBytes>>,
}

/// A possible holder of a stance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holder {
    /// The actor.
    pub actor: ActorId,
    /// Probability that the stance is theirs.
    pub probability: f64,
    /// The score of the claim that they take the stance, from 0 to 1; it is compared with the
    /// thresholds.
    pub score: f64,
    /// The name that the model found for this holder, from a model that looks for it.
    pub name: Option<NamePlace>,
}

/// A possible source of a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// The actor.
    pub actor: ActorId,
    /// The holder whose claim they may report; `None` for any holder.
    pub holder: Option<ActorId>,
    /// Probability that they report it.
    pub probability: f64,
    /// The name that the model found for this source, from a model that looks for it.
    pub name: Option<NamePlace>,
}

/// The score of a claim: the geometric mean of the probabilities that the stance is taken and that
/// it is this holder's, since both must hold, calibrated.
pub(super) fn score(model: &Encoder, probabilities: &Probabilities, holder: f64) -> f64 {
    rounded(model.calibrated(joint(probabilities, holder)) as f32)
}

fn joint(probabilities: &Probabilities, holder: f64) -> f64 {
    (probabilities.entailment * holder).sqrt()
}

/// Whether a model reads a sentence for a topic, by the steps before reading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Screened {
    /// The topic.
    pub topic: TopicIndex,
    /// The sieve's probability that the sentence takes one of its stances, if the model has a
    /// sieve.
    pub sieve: Option<f64>,
    /// The skim's probability, if the sentence passed the sieve.
    pub skim: Option<f64>,
    /// Whether it passed both, and was read.
    pub read: bool,
}

/// A model's judgements for a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged {
    /// For each sentence in order, one judgement per stance that was asked about.
    pub sentences: Vec<Vec<Judgement>>,
    /// For each sentence in order, the topics that the model screened; empty for a model that reads
    /// every topic it is given.
    pub screened: Vec<Vec<Screened>>,
    /// For each sentence in order, whether the model read only its beginning, because it is too
    /// long.
    pub truncated: Vec<bool>,
    /// Number of premise-hypothesis pairs that the model read for it.
    pub pairs: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_stance_and_holder_must_hold() {
        let of =
            |entailment, holder| joint(&Probabilities { entailment, ..Probabilities::default() }, holder);
        assert!((of(0.9, 0.9) - 0.9).abs() < 1e-9 && (of(0.5, 0.4) - 0.4472).abs() < 1e-4);
        assert!(of(0.0, 0.99) == 0.0 && of(0.99, 0.01) < 0.1);
    }
}
