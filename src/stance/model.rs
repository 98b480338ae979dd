//! The trait for stance models.

use super::codebook::Codebook;
use super::context::Context;
use super::judgement::Judged;
use crate::actors::ActorId;
use crate::inference::{BackendError, Encoder, EncodingError, Runner};
use crate::isolation::Panicked;

/// Judges which stances a sentence takes, whose they are and who reports them.
pub trait StanceModel: Send + Sync {
    /// Checks that the codebook's hypotheses and names leave the model room for a premise.
    ///
    /// # Errors
    /// [`StanceModelError`], for example for a hypothesis that is too long.
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError>;

    /// Judges documents, each given as the contexts of its sentences in order. The judgements of
    /// one document do not depend on the others.
    ///
    /// # Errors
    /// [`JudgeError`] for a single document; [`BackendError`] for the whole call if the model is
    /// broken.
    fn judge(
        &self,
        runner: &Runner,
        codebook: &Codebook,
        documents: &[&[Context]],
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError>;

    /// The name of its method, for the provenance of records: two methods on the same encoder give
    /// different records.
    fn name(&self) -> &str;

    /// The encoders that it runs, for the provenance of records.
    fn encoders(&self) -> Vec<&Encoder>;
}

/// The reason why a model can't judge stances.
#[derive(Debug, thiserror::Error)]
pub enum StanceModelError {
    /// Its labels are not those of a stance model.
    #[error(
        "{model}: the labels are {labels:?}, an NLI model has entailment, neutral and contradiction \
         (with holder and source if it knows roles), or entailment and not_entailment; if these \
         stand for them, name them in models.toml: labels = [..], in the order of the logits"
    )]
    Labels {
        /// The model.
        model: String,
        /// Its labels.
        labels: Vec<String>,
    },
    /// A hypothesis leaves no room for a premise.
    #[error("hypothesis {hypothesis:?} has {tokens} tokens; the model has room for {most}: shorten it")]
    TooLong {
        /// The hypothesis with filled slots.
        hypothesis: String,
        /// Its number of tokens.
        tokens: usize,
        /// The most tokens that it may have.
        most: usize,
    },
    /// The hypotheses of a topic leave no room for a sentence.
    #[error(
        "topic {topic:?}: its hypotheses have {tokens} tokens together; the model has room for {most}: shorten \
         them, or make two topics of it"
    )]
    TopicTooLong {
        /// The topic.
        topic: String,
        /// The tokens of its hypotheses.
        tokens: usize,
        /// The most tokens that they may have.
        most: usize,
    },
    /// The tokenizer rejects a hypothesis, or drops an actor's name.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

/// The reason why a document can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The tokenizer rejects a sentence.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// The tokenizer drops an actor's name.
    #[error("the tokenizer does not show where the actor's name {0:?} begins")]
    NameLost(ActorId),
    /// The backend can't run a sentence.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A stage panicked.
    #[error("internal error: {0}")]
    Panicked(String),
}

impl From<Panicked> for JudgeError {
    fn from(Panicked(message): Panicked) -> Self {
        Self::Panicked(message)
    }
}
