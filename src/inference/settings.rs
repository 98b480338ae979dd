//! Reads a model's `config.json`, written by this project or by the Hugging Face libraries.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::encoder::TokenTypes;
use super::error::{LoadError, unfit};
use crate::models::{ModelEntry, ModelTask, Registry};

/// The fields of a model's `config.json`.
pub struct Settings {
    /// Only this project's own models have these.
    own: Option<Own>,
    common: Common,
}

#[derive(Deserialize)]
struct Own {
    task: ModelTask,
    token_types: TokenTypes,
    max_length: usize,
    precision: String,
    temperature: Option<f32>,
}

/// As written by the Hugging Face libraries.
#[derive(Deserialize)]
struct Common {
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    #[serde(default)]
    model_type: String,
    max_position_embeddings: Option<usize>,
    vocab_size: Option<usize>,
}

/// At most this many tokens in a sequence if nothing sets a lower limit: sentences are shorter, and
/// time and memory grow quadratically.
const LONGEST: usize = 512;

/// At least this many tokens, so that there is room for text besides the special tokens.
const SHORTEST: usize = 16;

impl Settings {
    /// Reads a model's settings and its labels.
    ///
    /// # Errors
    /// [`LoadError`] if its `config.json` is missing, altered or unsuitable.
    pub fn of(registry: &Registry, entry: &ModelEntry) -> Result<(Self, Vec<String>), LoadError> {
        let unfit = |reason: String| unfit(registry, entry, "config.json", reason);
        let settings = Self::read(&registry.read(entry, "config.json")?).map_err(unfit)?;
        if let Some(task) = settings.own.as_ref().map(|own| own.task).filter(|task| *task != entry.task) {
            return Err(unfit(format!("task is {task}, but models.toml says {}", entry.task)));
        }
        let labels = match &entry.labels {
            Some(named) => named.clone(),
            None => labels(&settings.common.id2label).map_err(unfit)?,
        };
        Ok((settings, labels))
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let whole: Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if !whole.is_object() {
            return Err("it is no JSON object".into());
        }
        // In other models' files `task`, `max_length` and `temperature` may mean something else,
        // such as text generation.
        let is_own = whole["task"].as_str().is_some_and(|task| task.parse::<ModelTask>().is_ok());
        let read = |e: serde_json::Error| e.to_string();
        let own = is_own.then(|| Own::deserialize(&whole)).transpose().map_err(read)?;
        let common = Common::deserialize(&whole).map_err(read)?;
        Ok(Self { own, common })
    }

    /// Whether the graph is an int8 graph that `training/export.py` wrote: its results do not
    /// depend on the batch.
    pub fn is_own_int8(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.precision == "int8")
    }

    pub fn token_types(&self) -> TokenTypes {
        self.own.as_ref().map(|own| own.token_types).unwrap_or_default()
    }

    /// The number of token ids, if the file has it.
    pub fn vocabulary(&self) -> Option<usize> {
        self.common.vocab_size
    }

    /// The number of positions that the model has.
    fn positions(&self) -> Option<usize> {
        // These models count positions from after the padding index.
        let behind = ["roberta", "xlm-roberta", "mpnet"].contains(&self.common.model_type.as_str());
        self.common.max_position_embeddings.map(|all| if behind { all.saturating_sub(2) } else { all })
    }

    /// At most this many tokens in a sequence, including special tokens.
    pub fn max_tokens(&self, entry: &ModelEntry) -> Result<usize, String> {
        let positions = self.positions().unwrap_or(usize::MAX);
        let own = self.own.as_ref().map(|own| own.max_length);
        match entry.max_length.or(own).unwrap_or(positions.min(LONGEST)) {
            asked if asked > positions => {
                Err(format!("max_length is {asked}, but the model has positions for {positions}"))
            }
            asked if asked < SHORTEST => Err(format!("max_length is {asked}; it takes {SHORTEST} at least")),
            asked => Ok(asked),
        }
    }

    /// The temperature, by which logits are divided.
    pub fn temperature(&self, entry: &ModelEntry) -> Result<f32, String> {
        let own = self.own.as_ref().and_then(|own| own.temperature);
        match entry.temperature.or(own).unwrap_or(1.0) {
            found if found.is_finite() && found > 0.0 => Ok(found),
            found => Err(format!("temperature {found} must be above 0")),
        }
    }
}

/// The labels in the order of their ids, which must be 0, 1, 2 ….
fn labels(id2label: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    if id2label.is_empty() {
        return Err(
            "no id2label; name the labels in models.toml: labels = [..], in the order of the logits".into()
        );
    }
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
