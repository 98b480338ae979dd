//! A loaded model: tokenizer, engine and labels.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tokenizers::{Encoding, Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::{Catalogue, EngineName, Entry, ModelError, Task};
use crate::engine::{Dequantised, Device, Engine, EngineError, Precision, Rten, Tokens};

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

/// How models are to be run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Runtime {
    /// The engine; each model's preferred one if not given.
    pub engine: Option<EngineName>,
    /// Where it computes.
    pub device: Device,
    /// With what numbers: those of the file on the embedded engine if not given, f32 on `rust-bert`.
    pub precision: Option<Precision>,
}

/// What `config.json` says of a model.
struct Settings {
    /// What only this project's own models have.
    own: Option<Own>,
    common: Common,
}

#[derive(Deserialize)]
struct Own {
    task: Task,
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
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let whole: Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if !whole.is_object() {
            return Err("it is no JSON object".into());
        }
        // Elsewhere `task`, `max_length` and `temperature` may be about other things, such as the generation of texts.
        let is_own = whole["task"].as_str().is_some_and(|task| task.parse::<Task>().is_ok());
        let read = |e: serde_json::Error| e.to_string();
        let own = is_own.then(|| Own::deserialize(&whole)).transpose().map_err(read)?;
        let common = Common::deserialize(&whole).map_err(read)?;
        Ok(Self { own, common })
    }

    /// Whether the graph is an int8 one that `training/export.py` wrote: its results do not depend on the batch.
    fn is_own_int8(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.precision == "int8")
    }

    fn token_types(&self) -> TokenTypes {
        self.own.as_ref().map(|own| own.token_types).unwrap_or_default()
    }

    /// Tokens that the model has positions for.
    fn positions(&self) -> Option<usize> {
        // These count them from behind the one of padding.
        let behind = ["roberta", "xlm-roberta", "mpnet"].contains(&self.common.model_type.as_str());
        self.common.max_position_embeddings.map(|all| if behind { all.saturating_sub(2) } else { all })
    }

    /// Most word pieces in a sequence, special ones included.
    fn longest(&self, entry: &Entry) -> Result<usize, String> {
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
    fn temperature(&self, entry: &Entry) -> Result<f32, String> {
        let own = self.own.as_ref().and_then(|own| own.temperature);
        match entry.temperature.or(own).unwrap_or(1.0) {
            found if found.is_finite() && found > 0.0 => Ok(found),
            found => Err(format!("temperature {found} must be above 0")),
        }
    }
}

/// A model ready to run.
pub struct Model {
    /// Its place in the catalogue.
    pub entry: Entry,
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
    pub fn load(catalogue: &Catalogue, task: Task, runtime: &Runtime) -> Result<Self, ModelError> {
        let (entry, name) = catalogue.find(task, runtime.engine)?;
        let (settings, labels) = settings(catalogue, entry)?;
        let invalid = |name: &str, reason: String| invalid(catalogue, entry, name, reason);
        let max_length = settings.longest(entry).map_err(|reason| invalid("config.json", reason))?;
        let temperature = settings.temperature(entry).map_err(|reason| invalid("config.json", reason))?;
        let mut tokenizer = Tokenizer::from_bytes(catalogue.read(entry, "tokenizer.json")?)
            .map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        if let Some(room) = settings.common.vocab_size.filter(|&room| tokenizer.get_vocab_size(true) > room) {
            let pieces = tokenizer.get_vocab_size(true);
            let reason =
                format!("{pieces} word pieces, but config.json has room for {room}: they are of two models");
            return Err(invalid("tokenizer.json", reason));
        }
        tokenizer.with_padding(None);
        let truncation = (task == Task::Nli).then_some(TruncationParams {
            max_length,
            strategy: TruncationStrategy::OnlyFirst,
            direction: TruncationDirection::Right,
            stride: 0,
        });
        tokenizer.with_truncation(truncation).map_err(|e| invalid("tokenizer.json", e.to_string()))?;
        let chosen = Chosen { catalogue, entry, settings: &settings };
        let (weights, (engine, numbers)) = match name {
            EngineName::Embedded => chosen.embedded(runtime)?,
            EngineName::RustBert => chosen.rust_bert(runtime, &labels, max_length)?,
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
            Task::Ner => self.encode("a")?,
            Task::Nli => self.encode_pair("a", "b")?,
        };
        let tokens = Tokens::from(&encoding);
        let logits = self.engine.run(&[&tokens]).map_err(|e| e.to_string())?;
        let (found, expected) = (logits.first().map_or(0, Vec::len), tokens.len() * self.labels.len());
        // An NLI model may also say what it says of the pair alone, not of each token.
        if found == expected || (self.entry.task == Task::Nli && found == self.labels.len()) {
            return Ok(());
        }
        Err(format!("the model gives {found} values where config.json's labels need {expected}"))
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

/// A model that an engine is made for.
struct Chosen<'c> {
    catalogue: &'c Catalogue,
    entry: &'c Entry,
    settings: &'c Settings,
}

/// The file that holds the weights, the engine on them, and the numbers that it computes with.
type Made = (String, (Box<dyn Engine>, String));

impl Chosen<'_> {
    fn unfit(&self, reason: impl Into<String>) -> ModelError {
        invalid(self.catalogue, self.entry, "", reason.into())
    }

    fn refused(&self, file: &str) -> impl Fn(EngineError) -> ModelError {
        let path = self.catalogue.path(self.entry, file);
        move |source| ModelError::Engine { path: path.clone(), source }
    }

    /// The graph for the embedded engine.
    fn graph(&self) -> Result<String, ModelError> {
        match self.catalogue.weights(self.entry, "onnx").as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(self.unfit("the embedded engine runs ONNX graphs and models.lock pins none; take --engine rust-bert, or a model with one")),
            all => Err(self.unfit(format!("models.lock pins several ONNX graphs ({}): keep one", all.join(", ")))),
        }
    }

    fn embedded(&self, runtime: &Runtime) -> Result<Made, ModelError> {
        if runtime.device != Device::Cpu {
            return Err(
                self.unfit(format!("the embedded engine has no {}; take --engine rust-bert", runtime.device))
            );
        }
        let file = self.graph()?;
        let bytes = self.catalogue.read(self.entry, &file)?;
        let refused = self.refused(&file);
        let int8 = self.settings.is_own_int8();
        let (engine, numbers) = match runtime.precision {
            None if int8 => (Rten::load(&bytes).map_err(refused)?, "int8"),
            Some(Precision::F32) if int8 => {
                let onnx = Dequantised::new(&bytes).and_then(|graph| graph.to_onnx()).map_err(&refused)?;
                (Rten::load(&onnx).map_err(refused)?.one_by_one(), "f32")
            }
            None => (Rten::load(&bytes).map_err(refused)?.one_by_one(), "as stored"),
            Some(Precision::F32) => {
                return Err(self.unfit(
                    "the embedded engine runs this graph with the numbers it has; leave --precision out",
                ));
            }
            Some(Precision::Bf16) => {
                return Err(self.unfit("the embedded engine has no bf16; take --engine rust-bert"));
            }
        };
        if self.settings.token_types() == TokenTypes::WordShape && !engine.reads_types() {
            let reason = "config.json says word shapes, the graph has no token_type_ids";
            return Err(invalid(self.catalogue, self.entry, &file, reason.into()));
        }
        Ok((file, (Box::new(engine), numbers.to_owned())))
    }

    #[cfg(feature = "rust-bert")]
    fn rust_bert(&self, runtime: &Runtime, labels: &[String], max_length: usize) -> Result<Made, ModelError> {
        use crate::engine::{Head, RustBert, Weights};

        let files = self.catalogue.weights(self.entry, "safetensors");
        let (file, weights) = match files.first() {
            Some(first) => {
                let read = files.iter().map(|file| self.catalogue.read(self.entry, file));
                ((*first).to_owned(), Weights::Safetensors(read.collect::<Result<_, _>>()?))
            }
            None if self.settings.is_own_int8() => {
                let file = self.graph()?;
                let bytes = self.catalogue.read(self.entry, &file)?;
                let read = Dequantised::new(&bytes).and_then(|graph| graph.parameters());
                let parameters = read.map_err(self.refused(&file))?;
                (file, Weights::Parameters(parameters))
            }
            None => return Err(self.unfit("rust-bert runs safetensors and models.lock pins none; take --engine embedded, or a model with them")),
        };
        let config = self.catalogue.read(self.entry, "config.json")?;
        let mut config: Value = serde_json::from_slice(&config)
            .map_err(|e| invalid(self.catalogue, self.entry, "config.json", e.to_string()))?;
        // The names of models.toml go before those of config.json.
        let named = labels.iter().enumerate().map(|(id, label)| (id.to_string(), label.as_str().into()));
        config["id2label"] = Value::Object(named.collect());
        let head = match self.entry.task {
            Task::Ner => Head::Token,
            Task::Nli => Head::Sequence,
        };
        let precision = runtime.precision.unwrap_or(Precision::F32);
        let engine = RustBert::load(config, head, weights, (runtime.device, precision), max_length)
            .map_err(self.refused(&file))?;
        Ok((file, (Box::new(engine), precision.to_string())))
    }

    #[cfg(not(feature = "rust-bert"))]
    fn rust_bert(&self, _: &Runtime, _: &[String], _: usize) -> Result<Made, ModelError> {
        let way = "scripts/libtorch.sh .libtorch && cargo build --release --features rust-bert";
        let other = if self.entry.engines.contains(&EngineName::Embedded) {
            ", or take --engine embedded"
        } else {
            ""
        };
        Err(self.unfit(format!("this build has no rust-bert engine; get one with: {way}{other}")))
    }
}

fn invalid(catalogue: &Catalogue, entry: &Entry, name: &str, reason: String) -> ModelError {
    ModelError::Invalid { path: catalogue.path(entry, name), reason }
}

/// A model's settings and its labels.
fn settings(catalogue: &Catalogue, entry: &Entry) -> Result<(Settings, Vec<String>), ModelError> {
    let unfit = |reason: String| invalid(catalogue, entry, "config.json", reason);
    let settings = Settings::read(&catalogue.read(entry, "config.json")?).map_err(unfit)?;
    if let Some(task) = settings.own.as_ref().map(|own| own.task).filter(|task| *task != entry.task) {
        return Err(unfit(format!("task is {task}, but models.toml says {}", entry.task)));
    }
    let labels = match &entry.labels {
        Some(named) => named.clone(),
        None => labels(&settings.common.id2label).map_err(unfit)?,
    };
    Ok((settings, labels))
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
