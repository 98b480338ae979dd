//! Creates the backend for a model from its files.

use std::borrow::Cow;
use std::sync::Arc;

#[cfg(feature = "rust-bert")]
use serde_json::Value;

use super::backend::Backend;

use super::compute::{Device, Precision, Runtime};
use super::dequantized::Dequantized;
use super::encoder::TokenTypes;
use super::error::{BackendError, LoadError, Remedy, unfit};
use super::layers::{LOWER, LOWER_OUTPUTS, UPPER, UPPER_OUTPUTS};
#[cfg(feature = "rust-bert")]
use super::libtorch::{Head, Libtorch, Padded, Weights};
use super::onnx::{Onnx, OnnxStates};
use super::settings::Settings;
use super::states::States;
#[cfg(feature = "rust-bert")]
use super::tokens::Tokens;
#[cfg(feature = "rust-bert")]
use crate::models::ModelTask;
use crate::models::{BackendName, ModelEntry, Registry};

/// The precision of this project's own graphs, which do not depend on the batch.
const INT8: &str = "int8";

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
        self.on_cpu(runtime)?;
        let file = self.graph()?;
        let (graph, numbers) = self.read_graph(runtime, &file)?;
        let one_by_one = numbers != INT8;
        let graph = Onnx::load(graph).map_err(self.refused(&file))?;
        let graph = if one_by_one { graph.one_by_one() } else { graph };
        if self.settings.token_types() == TokenTypes::WordShape && !graph.reads_token_types() {
            let reason = "config.json says word shapes, the graph has no token_type_ids";
            return Err(unfit(self.registry, self.entry, &file, reason.into()));
        }
        Ok(Made { file, backend: Arc::new(graph), numbers: numbers.to_owned() })
    }

    /// The backend `onnx` with the lower layers of a model in two graphs.
    pub fn onnx_lower(&self, runtime: &Runtime) -> Result<Made, LoadError> {
        self.on_cpu(runtime)?;
        let (graph, numbers) = self.read_graph(runtime, LOWER)?;
        let graph = Onnx::with_outputs(graph, &LOWER_OUTPUTS).map_err(self.refused(LOWER))?;
        let graph = if numbers == INT8 { graph } else { graph.one_by_one() };
        Ok(Made { file: LOWER.into(), backend: Arc::new(graph), numbers: numbers.to_owned() })
    }

    /// The backend `onnx` with the upper layers of a model in two graphs.
    pub fn onnx_upper(&self, runtime: &Runtime) -> Result<Arc<dyn Backend<States>>, LoadError> {
        self.on_cpu(runtime)?;
        let (graph, numbers) = self.read_graph(runtime, UPPER)?;
        let graph = OnnxStates::with_outputs(graph, &UPPER_OUTPUTS).map_err(self.refused(UPPER))?;
        Ok(Arc::new(if numbers == INT8 { graph } else { graph.one_by_one() }))
    }

    fn on_cpu(&self, runtime: &Runtime) -> Result<(), LoadError> {
        if runtime.device == Device::Cpu {
            return Ok(());
        }
        let reason = format!("the backend onnx has no {}", runtime.device);
        Err(self.unsupported(reason, Remedy::Libtorch))
    }

    /// The bytes of a graph in the precision that is asked for, and that precision.
    fn read_graph(
        &self,
        runtime: &Runtime,
        file: &str,
    ) -> Result<(Cow<'static, [u8]>, &'static str), LoadError> {
        let int8 = self.settings.is_own_int8();
        match runtime.precision {
            None => {
                let bytes = self.registry.read(self.entry, file)?;
                Ok((bytes, if int8 { INT8 } else { "as stored" }))
            }
            Some(Precision::F32) if int8 => {
                let bytes = self.registry.read(self.entry, file)?;
                let graph = Dequantized::new(&bytes).and_then(|graph| graph.to_onnx());
                Ok((graph.map_err(self.refused(file))?.into(), "f32"))
            }
            Some(Precision::F32) => {
                let reason = "the backend onnx runs this graph with the numbers it has";
                Err(self.unsupported(reason, Remedy::AsStored))
            }
            Some(Precision::Bf16) => Err(self.unsupported("the backend onnx has no bf16", Remedy::Libtorch)),
        }
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
        let files = self.entry.weights(BackendName::Libtorch);
        let (file, weights) = match files.first() {
            Some(first) => {
                let read = files.iter().map(|file| self.registry.read(self.entry, file));
                ((*first).to_owned(), Weights::Safetensors(read.collect::<Result<_, _>>()?))
            }
            None if self.settings.is_own_int8() => {
                let file = self.graph()?;
                let weights = self.parameters(&file)?;
                (file, weights)
            }
            None => {
                return Err(self.unsupported(
                    "the backend libtorch runs safetensors and models.lock pins none",
                    Remedy::Onnx,
                ));
            }
        };
        let head = match self.entry.task {
            ModelTask::Ner => Head::Token,
            ModelTask::Nli => Head::Sequence,
        };
        let (backend, numbers) =
            self.on_libtorch::<Tokens>(runtime, labels, max_tokens, (&file, weights), head)?;
        Ok(Made { file, backend: Arc::new(backend), numbers })
    }

    /// The backend `libtorch` with the lower layers of a model in two graphs.
    #[cfg(feature = "rust-bert")]
    pub fn libtorch_lower(
        &self,
        runtime: &Runtime,
        labels: &[String],
        max_tokens: usize,
    ) -> Result<Made, LoadError> {
        let weights = (LOWER, self.parameters(LOWER)?);
        let (backend, numbers) =
            self.on_libtorch::<Tokens>(runtime, labels, max_tokens, weights, Head::Lower)?;
        Ok(Made { file: LOWER.into(), backend: Arc::new(backend), numbers })
    }

    /// The backend `libtorch` with the upper layers of a model in two graphs.
    #[cfg(feature = "rust-bert")]
    pub fn libtorch_upper(
        &self,
        runtime: &Runtime,
        labels: &[String],
        max_tokens: usize,
    ) -> Result<Arc<dyn Backend<States>>, LoadError> {
        let weights = (UPPER, self.parameters(UPPER)?);
        let (backend, _) = self.on_libtorch::<States>(runtime, labels, max_tokens, weights, Head::Upper)?;
        Ok(Arc::new(backend))
    }

    /// The weights of one of this project's own int8 graphs.
    #[cfg(feature = "rust-bert")]
    fn parameters(&self, file: &str) -> Result<Weights<'static>, LoadError> {
        if !self.settings.is_own_int8() {
            let reason = "the backend libtorch reads the weights of int8 graphs only";
            return Err(self.unsupported(reason, Remedy::Onnx));
        }
        let bytes = self.registry.read(self.entry, file)?;
        let read = Dequantized::new(&bytes).and_then(|graph| graph.parameters());
        Ok(Weights::Parameters(read.map_err(self.refused(file))?))
    }

    #[cfg(feature = "rust-bert")]
    fn on_libtorch<I: Padded>(
        &self,
        runtime: &Runtime,
        labels: &[String],
        max_tokens: usize,
        (file, weights): (&str, Weights<'_>),
        head: Head,
    ) -> Result<(Libtorch<I>, String), LoadError> {
        let config = self.registry.read(self.entry, "config.json")?;
        let mut config: Value = serde_json::from_slice(&config)
            .map_err(|e| unfit(self.registry, self.entry, "config.json", e.to_string()))?;
        // The labels of models.toml take precedence over those of config.json.
        let named = labels.iter().enumerate();
        let named = named.map(|(id, label)| (id.to_string(), label.as_str().into()));
        config["id2label"] = Value::Object(named.collect());
        let precision = runtime.precision.unwrap_or(Precision::F32);
        let device = (runtime.device, precision);
        let backend =
            Libtorch::load(config, head, weights, device, max_tokens).map_err(self.refused(file))?;
        Ok((backend, precision.to_string()))
    }

    #[cfg(not(feature = "rust-bert"))]
    pub fn libtorch(&self, _: &Runtime, _: &[String], _: usize) -> Result<Made, LoadError> {
        Err(self.no_libtorch())
    }

    #[cfg(not(feature = "rust-bert"))]
    pub fn libtorch_lower(&self, _: &Runtime, _: &[String], _: usize) -> Result<Made, LoadError> {
        Err(self.no_libtorch())
    }

    #[cfg(not(feature = "rust-bert"))]
    pub fn libtorch_upper(
        &self,
        _: &Runtime,
        _: &[String],
        _: usize,
    ) -> Result<Arc<dyn Backend<States>>, LoadError> {
        Err(self.no_libtorch())
    }

    #[cfg(not(feature = "rust-bert"))]
    fn no_libtorch(&self) -> LoadError {
        LoadError::NoLibtorch {
            path: self.registry.path(self.entry, ""),
            onnx: self.entry.backends.contains(&BackendName::Onnx),
        }
    }
}
