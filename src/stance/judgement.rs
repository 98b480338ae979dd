//! What a stance model says of a sentence, whichever model it is.

use serde::{Deserialize, Serialize};

use super::topics::StanceIndex;
use crate::actors::ActorId;

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

/// What a model says of one stance in one sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The stance.
    pub stance: StanceIndex,
    /// What the model was asked: whether someone takes the stance.
    pub hypothesis: String,
    /// What it says to that.
    pub probabilities: Probabilities,
    /// Of each actor that it was asked about, whether the stance is theirs.
    pub holders: Vec<Holder>,
    /// Of each actor that it was asked about, whether they report that someone takes the stance.
    pub sources: Vec<Source>,
}

/// An actor who may take a stance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holder {
    /// Who.
    pub actor: ActorId,
    /// Probability that the stance is theirs.
    pub probability: f64,
    /// How sure the claim is that they take the stance, from 0 to 1: what thresholds are held against.
    pub score: f64,
}

/// An actor who may report a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// Who.
    pub actor: ActorId,
    /// Whose claim they may report; any holder's if not given.
    pub holder: Option<ActorId>,
    /// Probability that they report it.
    pub probability: f64,
}

/// What a model says of a document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged {
    /// Of each sentence in order: a judgement a stance that was asked about.
    pub sentences: Vec<Vec<Judgement>>,
    /// How many pairs of premise and hypothesis the model read for it.
    pub pairs: usize,
}
