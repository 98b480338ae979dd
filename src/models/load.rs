//! A loaded model: tokenizer, engine and labels.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokenizers::{Encoding, Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::{Catalogue, Entry, ModelError, Task};
use crate::engine::{Engine, Rten, Tokens};

/// What a model's second input means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenTypes {
    /// First or second text of a pair.
    Segment,
    /// The shape of the word: an uncased vocabulary has lost it.
    WordShape,
}

/// `config.json` of a model.
#[derive(Deserialize)]
struct Settings {
    task: Task,
    id2label: BTreeMap<String, String>,
    token_types: TokenTypes,
    max_length: usize,
    #[serde(default = "unscaled")]
    temperature: f32,
}

fn unscaled() -> f32 {
    1.0
}

/// A model ready to run.
pub struct Model {
    /// Its place in the catalogue.
    pub entry: Entry,
    /// Runs the graph.
    pub engine: Box<dyn Engine>,
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
    /// [`ModelError`] naming the file that is missing, altered or unfit.
    pub fn load(catalogue: &Catalogue, task: Task) -> Result<Self, ModelError> {
        let entry = catalogue.find(task, None)?.0.clone();
        let (settings, labels) = settings(catalogue, &entry)?;
        let invalid = |name: &str, reason: String| invalid(catalogue, &entry, name, reason);
        let mut tokenizer = Tokenizer::from_bytes(catalogue.read(&entry, "tokenizer.json")?)
            .map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        tokenizer.with_padding(None);
        let truncation = (task == Task::Nli).then_some(TruncationParams {
            max_length: settings.max_length,
            strategy: TruncationStrategy::OnlyFirst,
            direction: TruncationDirection::Right,
            stride: 0,
        });
        tokenizer.with_truncation(truncation).map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        let graph = catalogue.read(&entry, "model.onnx")?;
        let engine = Rten::load(&graph)
            .map_err(|source| ModelError::Engine { path: catalogue.path(&entry, "model.onnx"), source })?;
        if settings.token_types == TokenTypes::WordShape && !engine.reads_types() {
            return Err(invalid(
                "model.onnx",
                "config.json says word shapes, the graph has no token_type_ids".into(),
            ));
        }
        let model = Self {
            engine: Box::new(engine),
            labels,
            token_types: settings.token_types,
            max_length: settings.max_length,
            temperature: settings.temperature,
            tokenizer,
            entry: entry.clone(),
        };
        model.try_out().map_err(|reason| invalid("model.onnx", reason))?;
        Ok(model)
    }

    /// Runs one short text: graph, tokenizer and labels must fit each other.
    fn try_out(&self) -> Result<(), String> {
        let tokens = Tokens::from(&self.encode("a")?);
        let logits = self.engine.run(&[&tokens]).map_err(|e| e.to_string())?;
        let (found, expected) = (logits.first().map_or(0, Vec::len), tokens.len() * self.labels.len());
        // An NLI model may also say what it says of the pair alone, not of each token.
        if found == expected || (self.entry.task == Task::Nli && found == self.labels.len()) {
            return Ok(());
        }
        Err(format!("the graph gives {found} values where config.json's labels need {expected}"))
    }

    /// The labels of a model, in the order of its logits.
    ///
    /// # Errors
    /// [`ModelError`] if its `config.json` is missing, altered or unfit.
    pub fn labels(catalogue: &Catalogue, entry: &Entry) -> Result<Vec<String>, ModelError> {
        settings(catalogue, entry).map(|(_, labels)| labels)
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

fn invalid(catalogue: &Catalogue, entry: &Entry, name: &str, reason: String) -> ModelError {
    ModelError::Invalid { path: catalogue.path(entry, name), reason }
}

/// A model's settings and its labels.
fn settings(catalogue: &Catalogue, entry: &Entry) -> Result<(Settings, Vec<String>), ModelError> {
    let unfit = |reason: String| invalid(catalogue, entry, "config.json", reason);
    let settings: Settings =
        serde_json::from_slice(&catalogue.read(entry, "config.json")?).map_err(|e| unfit(e.to_string()))?;
    if settings.task != entry.task {
        return Err(unfit(format!("task is {}, but models.toml says {}", settings.task, entry.task)));
    }
    if !settings.temperature.is_finite() || settings.temperature <= 0.0 {
        return Err(unfit(format!("temperature {} must be above 0", settings.temperature)));
    }
    let labels = labels(&settings.id2label).map_err(unfit)?;
    Ok((settings, labels))
}

/// Labels in the order of their ids, which must be 0, 1, 2 ….
fn labels(id2label: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    (0..id2label.len())
        .map(|i| {
            id2label
                .get(&i.to_string())
                .cloned()
                .ok_or_else(|| format!("id2label has {} labels but none for id {i}", id2label.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_their_ids_and_not_the_order_of_writing() {
        let map =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        assert_eq!(labels(&map(&[("1", "b"), ("0", "a")])), Ok(vec!["a".into(), "b".into()]));
        assert!(labels(&map(&[("0", "a"), ("2", "b")])).is_err());
    }
}
