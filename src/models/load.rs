//! A loaded model: tokenizer, engine and labels.

use tokenizers::{Encoding, Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::make::{Chosen, Runtime};
use super::settings::{Settings, TokenTypes};
use super::{BackendName, ModelEntry, ModelError, ModelTask, Registry};
use crate::engine::{Device, Engine, Tokens};

/// A model ready to run.
pub struct Model {
    /// Its place in the catalogue.
    pub entry: ModelEntry,
    /// Runs it.
    pub engine: Box<dyn Engine>,
    /// What runs it, as the manifest tells: the engine, the numbers and, if it is not the processor, the device.
    pub runs_on: String,
    /// Label of each logit.
    pub labels: Vec<String>,
    /// What the token types carry.
    pub token_types: TokenTypes,
    /// Most word pieces in a sequence, special ones included.
    pub max_length: usize,
    /// What an NLI model's logits are divided by before they become probabilities (Guo et al., 2017).
    pub temperature: f32,
    tokenizer: Tokenizer,
}

impl Model {
    /// Loads the catalogue's model for `task`, each file held against its pinned hash.
    ///
    /// # Errors
    /// [`ModelError`] naming the file that is missing, altered or unfit, or why the engine can't run it.
    pub fn load(catalogue: &Registry, task: ModelTask, runtime: &Runtime) -> Result<Self, ModelError> {
        let (entry, name) = catalogue.find(task, runtime.engine)?;
        let (settings, labels) = Settings::of(catalogue, entry)?;
        let invalid = |name: &str, reason: String| catalogue.unfit(entry, name, reason);
        let max_length = settings.longest(entry).map_err(|reason| invalid("config.json", reason))?;
        let temperature = settings.temperature(entry).map_err(|reason| invalid("config.json", reason))?;
        let mut tokenizer = Tokenizer::from_bytes(catalogue.read(entry, "tokenizer.json")?)
            .map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        if let Some(room) = settings.vocabulary().filter(|&room| tokenizer.get_vocab_size(true) > room) {
            let pieces = tokenizer.get_vocab_size(true);
            let reason =
                format!("{pieces} word pieces, but config.json has room for {room}: they are of two models");
            return Err(invalid("tokenizer.json", reason));
        }
        tokenizer.with_padding(None);
        let truncation = (task == ModelTask::Nli).then_some(TruncationParams {
            max_length,
            strategy: TruncationStrategy::OnlyFirst,
            direction: TruncationDirection::Right,
            stride: 0,
        });
        tokenizer.with_truncation(truncation).map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        let chosen = Chosen { catalogue, entry, settings: &settings };
        let (weights, (engine, numbers)) = match name {
            BackendName::Onnx => chosen.embedded(runtime)?,
            BackendName::Libtorch => chosen.rust_bert(runtime, &labels, max_length)?,
        };
        let mut runs_on = format!("{name} {numbers}");
        if runtime.device != Device::Cpu {
            runs_on.push_str(&format!(" {}", runtime.device));
        }
        let model = Self {
            engine,
            runs_on,
            labels,
            token_types: settings.token_types(),
            max_length,
            temperature,
            tokenizer,
            entry: entry.clone(),
        };
        model.try_out().map_err(|reason| invalid(&weights, reason))?;
        Ok(model)
    }

    /// Runs a short text, or a pair: model, tokenizer and labels must fit each other.
    fn try_out(&self) -> Result<(), String> {
        let encoding = match self.entry.task {
            ModelTask::Ner => self.encode("a")?,
            ModelTask::Nli => self.encode_pair("a", "b")?,
        };
        let tokens = Tokens::from(&encoding);
        let logits = self.engine.run(&[&tokens]).map_err(|e| e.to_string())?;
        let (found, expected) = (logits.first().map_or(0, Vec::len), tokens.len() * self.labels.len());
        // An NLI model may also say what it says of the pair alone, not of each token.
        if found == expected || (self.entry.task == ModelTask::Nli && found == self.labels.len()) {
            return Ok(());
        }
        Err(format!("the model gives {found} values where config.json's labels need {expected}"))
    }

    /// The labels of a model, in the order of its logits.
    ///
    /// # Errors
    /// [`ModelError`] if its `config.json` is missing, altered or unfit.
    pub fn labels(catalogue: &Registry, entry: &ModelEntry) -> Result<Vec<String>, ModelError> {
        Settings::of(catalogue, entry).map(|(_, labels)| labels)
    }

    /// Word pieces of one text, with byte offsets into it.
    ///
    /// # Errors
    /// The tokenizer's own message.
    pub fn encode(&self, text: &str) -> Result<Encoding, String> {
        self.tokenizer.encode(text, true).map_err(|e| e.to_string())
    }

    /// Word pieces of a pair; the first text is cut if both are too long.
    ///
    /// # Errors
    /// The tokenizer's own message, as when the second text alone is too long.
    pub fn encode_pair(&self, first: &str, second: &str) -> Result<Encoding, String> {
        self.tokenizer.encode((first, second), true).map_err(|e| e.to_string())
    }
}

impl From<&Encoding> for Tokens {
    /// The pieces with their segments as token types.
    fn from(encoding: &Encoding) -> Self {
        let values = |values: &[u32]| values.iter().map(|&v| v as i32).collect();
        Self { ids: values(encoding.get_ids()), types: values(encoding.get_type_ids()) }
    }
}
