//! Creates the backend for a model from its files.

use std::sync::Arc;

#[cfg(feature = "rust-bert")]
use serde_json::Value;

use super::backend::Backend;

use super::compute::{Device, Precision, Runtime};
use super::dequantized::Dequantized;
use super::encoder::TokenTypes;
use super::error::{BackendError, LoadError, Remedy, unfit};
use super::onnx::Onnx;
use super::settings::Settings;
#[cfg(feature = "rust-bert")]
use crate::models::ModelTask;
use crate::models::{BackendName, ModelEntry, Registry};

/// The model to create a backend for.
pub struct Chosen<'c> {
    pub registry: &'c Registry,
    pub entry: &'c ModelEntry,
    pub settings: &'c Settings,
}

/// A backend with a model's weights.
pub struct Made {
    /// The weights file.
    pub file: String,
    pub backend: Arc<dyn Backend>,
    /// The precision.
    pub numbers: String,
}

impl Chosen<'_> {
    fn unfit(&self, reason: impl Into<String>) -> LoadError {
        unfit(self.registry, self.entry, "", reason.into())
    }

    fn unsupported(&self, reason: impl Into<String>, remedy: Remedy) -> LoadError {
        let path = self.registry.path(self.entry, "");
        LoadError::Unsupported { path, reason: reason.into(), remedy }
    }

    fn refused(&self, file: &str) -> impl Fn(BackendError) -> LoadError {
        let path = self.registry.path(self.entry, file);
        move |source| LoadError::Backend { path: path.clone(), source }
    }

    /// The file name of the model's ONNX graph.
    fn graph(&self) -> Result<String, LoadError> {
        match self.entry.weights(BackendName::Onnx).as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(self.unsupported(
                "the backend onnx runs ONNX graphs and models.lock pins none",
                Remedy::Libtorch,
            )),
            all => {
                let all = all.join(", ");
                Err(self.unfit(format!("models.lock pins several ONNX graphs ({all}): keep one")))
            }
        }
    }

    /// The backend `onnx` with the model's graph.
    pub fn onnx(&self, runtime: &Runtime) -> Result<Made, LoadError> {
        if runtime.device != Device::Cpu {
            let device = runtime.device;
            let reason = format!("the backend onnx has no {device}");
            return Err(self.unsupported(reason, Remedy::Libtorch));
        }
        let file = self.graph()?;
        let bytes = self.registry.read(self.entry, &file)?;
        let refused = self.refused(&file);
        let int8 = self.settings.is_own_int8();
        let (graph, numbers) = match runtime.precision {
            None if int8 => (Onnx::load(bytes).map_err(refused)?, "int8"),
            Some(Precision::F32) if int8 => {
                let graph = Dequantized::new(&bytes).and_then(|graph| graph.to_onnx());
                let graph = graph.map_err(&refused)?;
                (Onnx::load(graph.into()).map_err(refused)?.one_by_one(), "f32")
            }
            None => (Onnx::load(bytes).map_err(refused)?.one_by_one(), "as stored"),
            Some(Precision::F32) => {
                let reason = "the backend onnx runs this graph with the numbers it has";
                return Err(self.unsupported(reason, Remedy::AsStored));
            }
            Some(Precision::Bf16) => {
                let reason = "the backend onnx has no bf16";
                return Err(self.unsupported(reason, Remedy::Libtorch));
            }
        };
        if self.settings.token_types() == TokenTypes::WordShape && !graph.reads_token_types() {
            let reason = "config.json says word shapes, the graph has no token_type_ids";
            return Err(unfit(self.registry, self.entry, &file, reason.into()));
        }
        Ok(Made { file, backend: Arc::new(graph), numbers: numbers.to_owned() })
    }

    /// The backend `libtorch` with the model's safetensors, or with the weights of a built-in
    /// graph.
    #[cfg(feature = "rust-bert")]
    pub fn libtorch(
        &self,
        runtime: &Runtime,
        labels: &[String],
        max_tokens: usize,
    ) -> Result<Made, LoadError> {
        use super::libtorch::{Head, Libtorch, Weights};

        let files = self.entry.weights(BackendName::Libtorch);
        let (file, weights) = match files.first() {
            Some(first) => {
                let read = files.iter().map(|file| self.registry.read(self.entry, file));
                ((*first).to_owned(), Weights::Safetensors(read.collect::<Result<_, _>>()?))
            }
            None if self.settings.is_own_int8() => {
                let file = self.graph()?;
                let bytes = self.registry.read(self.entry, &file)?;
                let read = Dequantized::new(&bytes).and_then(|graph| graph.parameters());
                let parameters = read.map_err(self.refused(&file))?;
                (file, Weights::Parameters(parameters))
            }
            None => {
                return Err(self.unsupported(
                    "the backend libtorch runs safetensors and models.lock pins none",
                    Remedy::Onnx,
                ));
            }
        };
        let config = self.registry.read(self.entry, "config.json")?;
        let mut config: Value = serde_json::from_slice(&config)
            .map_err(|e| unfit(self.registry, self.entry, "config.json", e.to_string()))?;
        // The labels of models.toml take precedence over those of config.json.
        let named = labels.iter().enumerate();
        let named = named.map(|(id, label)| (id.to_string(), label.as_str().into()));
        config["id2label"] = Value::Object(named.collect());
        let head = match self.entry.task {
            ModelTask::Ner => Head::Token,
            ModelTask::Nli => Head::Sequence,
        };
        let precision = runtime.precision.unwrap_or(Precision::F32);
        let device = (runtime.device, precision);
        let backend =
            Libtorch::load(config, head, weights, device, max_tokens).map_err(self.refused(&file))?;
        Ok(Made { file, backend: Arc::new(backend), numbers: precision.to_string() })
    }

    #[cfg(not(feature = "rust-bert"))]
    pub fn libtorch(&self, _: &Runtime, _: &[String], _: usize) -> Result<Made, LoadError> {
        Err(LoadError::NoLibtorch {
            path: self.registry.path(self.entry, ""),
            onnx: self.entry.backends.contains(&BackendName::Onnx),
        })
    }
}
