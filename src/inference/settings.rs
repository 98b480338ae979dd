//! What `config.json` says of a model, written by this project or by the Hugging Face libraries.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::encoder::TokenTypes;
use super::error::{LoadError, unfit};
use crate::models::{ModelEntry, ModelTask, Registry};

/// What `config.json` says of a model.
pub struct Settings {
    /// What only this project's own models have.
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

/// As the Hugging Face libraries write it.
#[derive(Deserialize)]
struct Common {
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    #[serde(default)]
    model_type: String,
    max_position_embeddings: Option<usize>,
    vocab_size: Option<usize>,
}

/// Most tokens in a sequence where nothing sets a narrower limit: sentences are shorter, and time and memory grow with the square.
const LONGEST: usize = 512;

/// Fewest that leave room for a text beside the special ones.
const SHORTEST: usize = 16;

impl Settings {
    /// A model's settings and its labels.
    ///
    /// # Errors
    /// [`LoadError`] if its `config.json` is missing, altered or unfit.
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
        // Elsewhere `task`, `max_length` and `temperature` may be about other things, such as the generation of texts.
        let is_own = whole["task"].as_str().is_some_and(|task| task.parse::<ModelTask>().is_ok());
        let read = |e: serde_json::Error| e.to_string();
        let own = is_own.then(|| Own::deserialize(&whole)).transpose().map_err(read)?;
        let common = Common::deserialize(&whole).map_err(read)?;
        Ok(Self { own, common })
    }

    /// Whether the graph is an int8 one that `training/export.py` wrote: its results do not depend on the batch.
    pub fn is_own_int8(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.precision == "int8")
    }

    pub fn token_types(&self) -> TokenTypes {
        self.own.as_ref().map(|own| own.token_types).unwrap_or_default()
    }

    /// Tokens that the model has room for, if the file says.
    pub fn vocabulary(&self) -> Option<usize> {
        self.common.vocab_size
    }

    /// Tokens that the model has positions for.
    fn positions(&self) -> Option<usize> {
        // These count them from behind the one of padding.
        let behind = ["roberta", "xlm-roberta", "mpnet"].contains(&self.common.model_type.as_str());
        self.common.max_position_embeddings.map(|all| if behind { all.saturating_sub(2) } else { all })
    }

    /// Most tokens in a sequence, special ones included.
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

    /// What logits are divided by.
    pub fn temperature(&self, entry: &ModelEntry) -> Result<f32, String> {
        let own = self.own.as_ref().and_then(|own| own.temperature);
        match entry.temperature.or(own).unwrap_or(1.0) {
            found if found.is_finite() && found > 0.0 => Ok(found),
            found => Err(format!("temperature {found} must be above 0")),
        }
    }
}

/// Labels in the order of their ids, which must be 0, 1, 2 ….
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
