//! A loaded model: tokenizer, backend, labels and limits.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use tokenizers::{Encoding, Tokenizer};

use super::backend::Backend;
use super::error::BackendError;
use super::outputs::{Logits, Outputs};
use super::runner::{Runner, computed};
use super::tokens::Tokens;
use crate::models::{ModelEntry, ModelTask};

/// The meaning of a model's token type ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenTypes {
    /// The first or the second text of a pair.
    #[default]
    Segment,
    /// The word shape, which an uncased vocabulary loses.
    WordShape,
}

/// The error that the tokenizer rejects a text.
#[derive(Debug, thiserror::Error)]
#[error("the tokenizer of {model} rejects a text: {source}")]
pub struct EncodingError {
    /// The model's name.
    pub model: String,
    /// The tokenizer's message.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// The reason why a model does not run on a short text.
pub(super) enum TryError {
    Encoding(EncodingError),
    Backend(BackendError),
    WholeTexts,
}

impl From<EncodingError> for TryError {
    fn from(error: EncodingError) -> Self {
        Self::Encoding(error)
    }
}

impl From<BackendError> for TryError {
    fn from(error: BackendError) -> Self {
        Self::Backend(error)
    }
}

/// A loaded model.
pub struct Encoder {
    pub(super) entry: ModelEntry,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) runs_on: String,
    pub(super) labels: Vec<String>,
    pub(super) token_types: TokenTypes,
    pub(super) max_tokens: usize,
    pub(super) temperature: f32,
    pub(super) tokenizer: Tokenizer,
    pub(super) by_token: bool,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, runs_on, labels, .. } = self;
        let encoder = &mut f.debug_struct("Encoder");
        encoder.field("name", &entry.name).field("runs_on", runs_on).field("labels", labels);
        encoder.finish_non_exhaustive()
    }
}

impl Encoder {
    /// Its entry in the registry.
    pub fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    /// How it is run, as the manifest records it: backend, precision and, unless it is the CPU,
    /// the device.
    pub fn runs_on(&self) -> &str {
        &self.runs_on
    }

    /// The label of each logit.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Whether it has logits for each token, and not only for the whole sequence.
    pub fn labels_each_token(&self) -> bool {
        self.by_token
    }

    /// The meaning of the token type ids.
    pub fn token_types(&self) -> TokenTypes {
        self.token_types
    }

    /// At most this many tokens in a sequence, including special tokens.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// The temperature: logits are divided by it before they become probabilities (Guo et al.,
    /// 2017).
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// A claim's score as the probability that the claim is right, if that was fitted.
    pub fn calibrated(&self, score: f64) -> f64 {
        self.entry.calibration.map_or(score, |calibration| calibration.probability(score))
    }

    /// The backend.
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// The same model with another backend, which may wrap its own.
    ///
    /// `runs_on` is its name in the provenance of records, so that records of another backend are
    /// not reused.
    pub fn with_backend(
        mut self,
        runs_on: impl Into<String>,
        wrap: impl FnOnce(Arc<dyn Backend>) -> Arc<dyn Backend>,
    ) -> Self {
        self.runs_on = runs_on.into();
        self.backend = wrap(self.backend);
        self
    }

    /// The tokens of one text, with byte offsets into it.
    ///
    /// # Errors
    /// [`EncodingError`] with the tokenizer's message.
    pub fn encode(&self, text: &str) -> Result<Encoding, EncodingError> {
        self.tokenizer.encode(text, true).map_err(|e| self.refused(e))
    }

    /// The tokens of one text without special tokens, with byte offsets into it.
    ///
    /// # Errors
    /// [`EncodingError`] with the tokenizer's message.
    pub fn encode_plain(&self, text: &str) -> Result<Encoding, EncodingError> {
        self.tokenizer.encode(text, false).map_err(|e| self.refused(e))
    }

    /// The tokens of a pair. The first text is truncated if both together are too long.
    ///
    /// # Errors
    /// [`EncodingError`], for example if the second text alone is too long.
    pub fn encode_pair(&self, first: &str, second: &str) -> Result<Encoding, EncodingError> {
        self.tokenizer.encode((first, second), true).map_err(|e| self.refused(e))
    }

    fn refused(&self, source: tokenizers::Error) -> EncodingError {
        EncodingError { model: self.entry.name.clone(), source }
    }

    /// Logits of each document's sequences, in order, or the reason why they can't be computed.
    ///
    /// # Errors
    /// [`BackendError`] if the backend is broken: it fails on a short fixed text too.
    pub fn logits(
        &self,
        runner: &Runner,
        documents: &[Vec<&Tokens>],
    ) -> Result<Vec<Result<Vec<Logits>, BackendError>>, BackendError> {
        let probe = self.probe().map_err(|e| BackendError::Run(e.to_string()))?;
        let computed = runner.run_documents(&self.backend, documents, &probe)?;
        let read = |(sequences, outputs): (&Vec<&Tokens>, Result<Vec<Outputs>, BackendError>)| {
            let rows = sequences.iter().zip(outputs?);
            rows.map(|(tokens, outputs)| self.read(tokens, outputs)).collect()
        };
        Ok(documents.iter().zip(computed).map(read).collect())
    }

    fn read(&self, tokens: &Tokens, outputs: Outputs) -> Result<Logits, BackendError> {
        let missing = || BackendError::Shape("no output".into());
        Logits::new(outputs.into_first().ok_or_else(missing)?, tokens.len(), self.labels.len())
    }

    /// Runs a short text, or a pair, to check that model, tokenizer and labels fit together.
    /// Returns whether there are logits for each token.
    ///
    /// # Errors
    /// [`TryError`] with the reason why they don't fit.
    pub(super) fn try_out(&self) -> Result<bool, TryError> {
        let tokens = self.probe()?;
        let mut outputs = computed(self.backend(), &[&tokens])?;
        let outputs = outputs.pop().ok_or_else(|| BackendError::Shape("no output".into()))?;
        let by_token = self.read(&tokens, outputs)?.rows() == tokens.len();
        // An NLI model may also return one row for the pair instead of one per token.
        if by_token || self.entry.task == ModelTask::Nli {
            return Ok(by_token);
        }
        Err(TryError::WholeTexts)
    }

    /// A short sequence that every model accepts.
    fn probe(&self) -> Result<Tokens, EncodingError> {
        let encoding = match self.entry.task {
            ModelTask::Ner => self.encode("a")?,
            ModelTask::Nli => self.encode_pair("a", "b")?,
        };
        Ok(Tokens::from(&encoding))
    }
}
