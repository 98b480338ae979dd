//! Selects the files of a model that a backend needs.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::backend::BackendName;
use super::names::is_below;
use super::task::ModelTask;

/// A model's settings, as written by the Hugging Face libraries.
pub const CONFIG: &str = "config.json";
/// A model's tokenizer, in the only format that this program reads.
pub const TOKENIZER: &str = "tokenizer.json";
const TENSORS: &str = "model.safetensors";
/// The index of tensors by safetensors file, if there are several files.
pub const INDEX: &str = "model.safetensors.index.json";

/// The lower and the upper layers of a model in two graphs.
pub const LAYERS: [&str; 2] = ["lower.onnx", "upper.onnx"];
/// The sieve of such a model, which may lack it.
pub const SIEVE: &str = "sieve.safetensors";

/// The files of a model in two graphs, if a model's files are those of one.
pub fn layers(names: &[String]) -> Option<Vec<String>> {
    let has = |file: &&str| names.iter().any(|name| name == file);
    let all = LAYERS.into_iter().chain([SIEVE]).filter(has).map(str::to_owned).collect();
    LAYERS.iter().all(has).then_some(all)
}

/// The reason why a model's weights can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// There are no weights for a backend.
    #[error("has no {} file, which the {backend} backend needs; {alternative}", .backend.extension())]
    None {
        /// The backend.
        backend: BackendName,
        /// How to fix it.
        alternative: Alternative,
    },
    /// There are several weights files for a backend, and none has the usual name.
    #[error("has several {} files: {}; name one", .backend.extension(), .names.join(", "))]
    Several {
        /// The backend.
        backend: BackendName,
        /// Their names.
        names: Vec<String>,
    },
    /// The requested file does not exist.
    #[error("{file}: no such file; of {} there is {}", .backend.extension(), listed(.names))]
    NoSuchFile {
        /// The file.
        file: String,
        /// The backend that would read it.
        backend: BackendName,
        /// Names of the files that the backend reads.
        names: Vec<String>,
    },
    /// The requested file is not one that the backend reads.
    #[error("{file}: the {backend} backend reads {}", .backend.extension())]
    OtherBackend {
        /// The file.
        file: String,
        /// The requested backend.
        backend: BackendName,
    },
    /// The requested file is not one that any backend reads.
    #[error("{file}: no backend reads it; name a .onnx or .safetensors file")]
    NoBackend {
        /// The file.
        file: String,
    },
    /// A graph stores its weights in another file.
    #[error(
        "{graph} keeps its weights in another file ({data}), which the onnx backend does not read; \
         export it whole, name a whole one, or take the libtorch backend"
    )]
    Apart {
        /// The graph.
        graph: String,
        /// The other file.
        data: String,
    },
    /// The index of the safetensors files is invalid.
    #[error("{INDEX}: {reason}")]
    BadIndex {
        /// What is wrong with it.
        reason: String,
    },
}

/// What to do about a model without weights for a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alternative {
    /// It has weights for this other backend.
    Backend(BackendName),
    /// It has pickle files, which a command converts.
    Pickles {
        /// The command.
        command: String,
    },
    /// It has no weights, but a command may write some.
    Nothing {
        /// The command.
        command: String,
    },
}

impl Display for Alternative {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend(backend) => {
                write!(f, "it has {}: take the {backend} backend", backend.extension())?;
                match backend {
                    BackendName::Libtorch => f.write_str(", in a build with the feature rust-bert"),
                    BackendName::Onnx => Ok(()),
                }
            }
            Self::Pickles { command } => write!(
                f,
                "it has only pickles (pytorch_model.bin), which may run code when they are read; its \
                 authors offer no safetensors; convert with `{command}` and enter the folder with \
                 `demarche models add`"
            ),
            Self::Nothing { command } => {
                write!(f, "it has no weights that this program reads; write some with `{command}`")
            }
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// The main weights file for a backend, among a model's files.
///
/// # Errors
/// [`WeightsError`] if there is none, or several; with what can be done about it.
pub fn choose(backend: BackendName, names: &[String], model: &str) -> Result<String, WeightsError> {
    let usual: &[&str] = match backend {
        BackendName::Onnx => &["model.onnx", "onnx/model.onnx"],
        BackendName::Libtorch => &[TENSORS, INDEX],
    };
    if let Some(name) = usual.iter().find(|usual| names.iter().any(|name| name == *usual)) {
        return Ok((*name).to_owned());
    }
    let mut all = readable(backend, names);
    match all.len() {
        0 => Err(WeightsError::None { backend, alternative: alternative(backend, names, model) }),
        1 => Ok(all.remove(0)),
        _ => Err(WeightsError::Several { backend, names: all }),
    }
}

/// The requested weights file.
///
/// # Errors
/// [`WeightsError`] if it does not exist, or the backend does not read it.
pub fn given(file: &str, backend: BackendName, names: &[String]) -> Result<String, WeightsError> {
    let file = file.to_owned();
    if !file.ends_with(backend.extension()) {
        return Err(WeightsError::OtherBackend { file, backend });
    }
    if is_below(&file) && names.contains(&file) {
        return Ok(file);
    }
    Err(WeightsError::NoSuchFile { file, backend, names: readable(backend, names) })
}

/// Those of a model's files that a backend reads.
fn readable(backend: BackendName, names: &[String]) -> Vec<String> {
    names.iter().filter(|name| name.ends_with(backend.extension())).cloned().collect()
}

/// What to do about a model without weights for a backend.
fn alternative(backend: BackendName, names: &[String], model: &str) -> Alternative {
    let other = BackendName::ALL.into_iter().find(|other| *other != backend);
    let has = |other: &BackendName| names.iter().any(|name| name.ends_with(other.extension()));
    let pickled = names.iter().any(|name| name.starts_with("pytorch_model") && name.ends_with(".bin"));
    match other.filter(has) {
        Some(other) => Alternative::Backend(other),
        None if pickled => Alternative::Pickles { command: conversion(model) },
        None => Alternative::Nothing { command: conversion(model) },
    }
}

/// A command that writes a model as safetensors and with a tokenizer.json.
pub fn conversion(model: &str) -> String {
    let folder = model.rsplit('/').next().unwrap_or(model);
    format!(
        "python -c \"import transformers as t; \
         [c.from_pretrained('{model}').save_pretrained('{folder}') \
         for c in (t.AutoModelForTokenClassification, t.AutoTokenizer)]\" \
         (for nli AutoModelForSequenceClassification)"
    )
}

/// Refuses a graph that stores its weights in another file, which the backend onnx does not read.
///
/// # Errors
/// [`WeightsError::Apart`].
pub fn whole(weights: &str, names: &[String]) -> Result<(), WeightsError> {
    if BackendName::of_file(weights) != Some(BackendName::Onnx) {
        return Ok(());
    }
    let beside = [format!("{weights}_data"), format!("{weights}.data")];
    match names.iter().find(|name| beside.iter().any(|start| name.starts_with(start.as_str()))) {
        Some(data) => Err(WeightsError::Apart { graph: weights.to_owned(), data: data.clone() }),
        None => Ok(()),
    }
}

/// The files that an index of safetensors lists, sorted.
///
/// # Errors
/// [`WeightsError::BadIndex`] if it is not such an index, or lists a file outside the model.
pub fn shards(index: &[u8]) -> Result<Vec<String>, WeightsError> {
    let bad = |reason: String| WeightsError::BadIndex { reason };
    let index: Value = serde_json::from_slice(index).map_err(|e| bad(e.to_string()))?;
    let map = index.get("weight_map").and_then(Value::as_object);
    let mut shards = Vec::new();
    for shard in map.ok_or_else(|| bad("it has no weight_map".into()))?.values() {
        match shard.as_str() {
            Some(name) if is_below(name) && name.ends_with(BackendName::Libtorch.extension()) => {
                shards.push(name.to_owned());
            }
            _ => {
                let reason =
                    format!("weight_map lists {shard}, which is not a safetensors file of the model");
                return Err(bad(reason));
            }
        }
    }
    shards.sort();
    shards.dedup();
    if shards.is_empty() { Err(bad("weight_map is empty".into())) } else { Ok(shards) }
}

/// The reason why a `config.json` does not determine the model's task.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It is not JSON.
    #[error("{CONFIG}: {0}")]
    Json(#[from] serde_json::Error),
    /// It names no task that this program supports.
    #[error(
        "{CONFIG}: architectures ({}) tells neither token nor sequence classification; \
         if the model does one, say which",
        .architectures.join(", ")
    )]
    Unclear {
        /// The names of its architectures.
        architectures: Vec<String>,
    },
}

/// The task that a `config.json` names.
///
/// # Errors
/// [`TaskError`] if it names none that this program supports.
pub fn task(config: &[u8]) -> Result<ModelTask, TaskError> {
    let config: Value = serde_json::from_slice(config)?;
    let told = config.get("task").and_then(Value::as_str);
    if let Some(task) = told.and_then(|task| task.parse().ok()) {
        return Ok(task);
    }
    let architectures = config.get("architectures").and_then(Value::as_array);
    let architectures: Vec<String> =
        architectures.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let is = |end: &str| architectures.iter().any(|name| name.ends_with(end));
    match (is("ForTokenClassification"), is("ForSequenceClassification")) {
        (true, false) => Ok(ModelTask::Ner),
        (false, true) => Ok(ModelTask::Nli),
        _ => Err(TaskError::Unclear { architectures }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn the_usual_weights_are_preferred() {
        let all =
            names(&["onnx/model_int8.onnx", "onnx/model.onnx", "model.safetensors", INDEX, "a.safetensors"]);
        assert_eq!(choose(BackendName::Onnx, &all, "o/n"), Ok("onnx/model.onnx".into()));
        assert_eq!(choose(BackendName::Libtorch, &all, "o/n"), Ok("model.safetensors".into()));
        let several = names(&["a.onnx", "b.onnx"]);
        assert!(
            choose(BackendName::Onnx, &several, "o/n")
                .is_err_and(|e| e.to_string().contains("a.onnx, b.onnx"))
        );
    }

    #[test]
    fn missing_weights_are_explained() {
        for (backend, all, told) in [
            (
                BackendName::Libtorch,
                &["pytorch_model.bin"][..],
                "its authors offer no safetensors; convert with",
            ),
            (BackendName::Onnx, &["pytorch_model.bin"], "pickles"),
            (BackendName::Libtorch, &["model.onnx", "pytorch_model.bin"], "take the onnx backend"),
            (BackendName::Onnx, &["model.safetensors"], "take the libtorch backend"),
            (BackendName::Onnx, &["tf_model.h5"], "no weights"),
        ] {
            let error = choose(backend, &names(all), "o/n").expect_err("refused").to_string();
            assert!(error.contains(told), "{all:?}: {error}");
        }
    }

    #[test]
    fn shards_are_files_of_the_model_only() {
        let index = |name: &str| format!("{{\"weight_map\": {{\"a\": {name:?}, \"b\": {name:?}}}}}");
        assert_eq!(shards(index("m-1.safetensors").as_bytes()), Ok(vec!["m-1.safetensors".into()]));
        for name in ["../m.safetensors", "/m.safetensors", "pytorch_model.bin"] {
            assert!(shards(index(name).as_bytes()).is_err(), "{name}");
        }
        assert!(shards(b"{}").is_err() && shards(b"{\"weight_map\": {}}").is_err() && shards(b"x").is_err());
    }

    #[test]
    fn the_task_is_that_of_the_architecture() {
        let of = |name: &str| task(format!("{{\"architectures\": [{name:?}]}}").as_bytes());
        assert_eq!(of("BertForTokenClassification").ok(), Some(ModelTask::Ner));
        assert_eq!(of("DebertaV2ForSequenceClassification").ok(), Some(ModelTask::Nli));
        let error = of("BertForMaskedLM").expect_err("unclear").to_string();
        assert!(error.contains("BertForMaskedLM") && error.contains("say which"), "{error}");
        assert_eq!(task(b"{\"task\": \"nli\"}").ok(), Some(ModelTask::Nli));
        assert!(task(b"{}").is_err() && task(b"[]").is_err());
    }
}
