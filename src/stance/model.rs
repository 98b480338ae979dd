//! What any stance model can do.

use super::codebook::Codebook;
use super::context::Context;
use super::judgement::Judged;
use crate::actors::ActorId;
use crate::inference::{BackendError, Encoder, EncodingError, Runner};
use crate::isolation::Panicked;

/// Judges which stances a sentence takes, whose they are and who reports them.
pub trait StanceModel: Send + Sync {
    /// Whether the codebook's hypotheses and names leave the model room for a premise.
    ///
    /// # Errors
    /// [`StanceModelError`], as for a hypothesis that is too long.
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError>;

    /// Judges documents, each given by the contexts of its sentences in order. What is judged of one
    /// document does not depend on the others.
    ///
    /// # Errors
    /// Of a document [`JudgeError`]; of all [`BackendError`] if the model is broken.
    fn judge(
        &self,
        runner: &Runner,
        codebook: &Codebook,
        documents: &[&[Context]],
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError>;

    /// The encoders that it runs, for the provenance of records.
    fn encoders(&self) -> Vec<&Encoder>;
}

/// Why a model can't judge stances.
#[derive(Debug, thiserror::Error)]
pub enum StanceModelError {
    /// Its labels are not those of a model that judges stances.
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
        /// The hypothesis, its slots filled.
        hypothesis: String,
        /// How many tokens it has.
        tokens: usize,
        /// How many it may have.
        most: usize,
    },
    /// The tokenizer refuses a hypothesis, or loses an actor's name.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

/// Why a document can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The tokenizer refuses a sentence.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// An actor's name is lost among the tokens.
    #[error("the tokenizer does not show where the actor's name {0:?} begins")]
    NameLost(ActorId),
    /// The backend refuses a sentence.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A step panicked.
    #[error("internal error: {0}")]
    Panicked(String),
}

impl From<Panicked> for JudgeError {
    fn from(Panicked(message): Panicked) -> Self {
        Self::Panicked(message)
    }
}
