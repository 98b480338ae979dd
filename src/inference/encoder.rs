//! A model ready to run: tokenizer, backend, labels and limits.

use serde::Deserialize;
use tokenizers::{Encoding, Tokenizer};

use super::backend::Backend;
use super::error::BackendError;
use super::outputs::{Logits, Outputs};
use super::runner::Runner;
use super::tokens::Tokens;
use crate::models::{ModelEntry, ModelTask};

/// What a model's second input means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenTypes {
    /// First or second text of a pair.
    #[default]
    Segment,
    /// The shape of the word: an uncased vocabulary has lost it.
    WordShape,
}

/// A text that the tokenizer refuses.
#[derive(Debug, thiserror::Error)]
#[error("the tokenizer of {model} refuses a text: {source}")]
pub struct EncodingError {
    /// The model's name.
    pub model: String,
    /// What the tokenizer says.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// A model ready to run.
pub struct Encoder {
    pub(super) entry: ModelEntry,
    pub(super) backend: Box<dyn Backend>,
    pub(super) runs_on: String,
    pub(super) labels: Vec<String>,
    pub(super) token_types: TokenTypes,
    pub(super) max_tokens: usize,
    pub(super) temperature: f32,
    pub(super) tokenizer: Tokenizer,
}

impl Encoder {
    /// Its entry in the registry.
    pub fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    /// What runs it, as the manifest says: the backend, the numbers and, if it is not the processor,
    /// the device.
    pub fn runs_on(&self) -> &str {
        &self.runs_on
    }

    /// Label of each logit.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What the token types carry.
    pub fn token_types(&self) -> TokenTypes {
        self.token_types
    }

    /// Most tokens in a sequence, special ones included.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// What logits are divided by before they become probabilities (Guo et al., 2017).
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// What runs it.
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// The same model with another backend around or in place of its own.
    pub fn with_backend(mut self, wrap: impl FnOnce(Box<dyn Backend>) -> Box<dyn Backend>) -> Self {
        self.backend = wrap(self.backend);
        self
    }

    /// Tokens of one text, with byte offsets into it.
    ///
    /// # Errors
    /// [`EncodingError`] with the tokenizer's message.
    pub fn encode(&self, text: &str) -> Result<Encoding, EncodingError> {
        self.tokenizer.encode(text, true).map_err(|e| self.refused(e))
    }

    /// Tokens of a pair; the first text is cut if both are too long.
    ///
    /// # Errors
    /// [`EncodingError`], as when the second text alone is too long.
    pub fn encode_pair(&self, first: &str, second: &str) -> Result<Encoding, EncodingError> {
        self.tokenizer.encode((first, second), true).map_err(|e| self.refused(e))
    }

    fn refused(&self, source: tokenizers::Error) -> EncodingError {
        EncodingError { model: self.entry.name.clone(), source }
    }

    /// Logits of each document's sequences, in their order; or why this document's can't be computed.
    ///
    /// # Errors
    /// [`BackendError`] if the backend is broken: it fails on a short text too.
    pub fn logits(
        &self,
        runner: &Runner,
        documents: &[Vec<&Tokens>],
    ) -> Result<Vec<Result<Vec<Logits>, BackendError>>, BackendError> {
        let probe = self.probe().map_err(|e| BackendError::Run(e.to_string()))?;
        let computed = runner.run_documents(self.backend(), documents, &probe)?;
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

    /// Runs a short text, or a pair: model, tokenizer and labels must fit each other.
    ///
    /// # Errors
    /// What does not fit.
    pub(super) fn try_out(&self) -> Result<(), String> {
        let tokens = self.probe().map_err(|e| e.to_string())?;
        let outputs = self.backend.run(&[&tokens]).map_err(|e| e.to_string())?;
        let logits = outputs.into_iter().next().ok_or("the model gives no output")?;
        let logits = self.read(&tokens, logits).map_err(|e| {
            format!("the model's output does not fit its tokenizer and config.json's labels: {e}")
        })?;
        // An NLI model may also say what it says of the pair alone, not of each token.
        if logits.rows() == tokens.len() || self.entry.task == ModelTask::Nli {
            return Ok(());
        }
        Err("the model labels whole texts, where each token needs a label".into())
    }

    /// A short sequence that any model takes.
    fn probe(&self) -> Result<Tokens, EncodingError> {
        let encoding = match self.entry.task {
            ModelTask::Ner => self.encode("a")?,
            ModelTask::Nli => self.encode_pair("a", "b")?,
        };
        Ok(Tokens::from(&encoding))
    }
}
