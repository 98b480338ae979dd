//! From a model's files to the engine that runs it.

#[cfg(feature = "rust-bert")]
use serde_json::Value;

#[cfg(feature = "rust-bert")]
use super::ModelTask;
use super::settings::{Settings, TokenTypes};
use super::{BackendName, ModelEntry, ModelError, Registry};
use crate::engine::{Dequantised, Device, Engine, EngineError, Precision, Rten};

/// How models are to be run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Runtime {
    /// The engine; each model's preferred one if not given.
    pub engine: Option<BackendName>,
    /// Where it computes.
    pub device: Device,
    /// With what numbers: those of the file on the embedded engine if not given, f32 on `rust-bert`.
    pub precision: Option<Precision>,
}

/// A model that an engine is made for.
pub(super) struct Chosen<'c> {
    pub catalogue: &'c Registry,
    pub entry: &'c ModelEntry,
    pub settings: &'c Settings,
}

/// The file that holds the weights, the engine on them, and the numbers that it computes with.
pub(super) type Made = (String, (Box<dyn Engine>, String));

impl Chosen<'_> {
    fn unfit(&self, reason: impl Into<String>) -> ModelError {
        self.catalogue.unfit(self.entry, "", reason.into())
    }

    fn refused(&self, file: &str) -> impl Fn(EngineError) -> ModelError {
        let path = self.catalogue.path(self.entry, file);
        move |source| ModelError::Invalid { path: path.clone(), reason: source.to_string() }
    }

    /// The graph for the embedded engine.
    fn graph(&self) -> Result<String, ModelError> {
        match self.entry.weights(BackendName::Onnx).as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(self.unfit("the embedded engine runs ONNX graphs and models.lock pins none; take --backend libtorch, or a model with one")),
            all => Err(self.unfit(format!("models.lock pins several ONNX graphs ({}): keep one", all.join(", ")))),
        }
    }

    /// The embedded engine on the model's graph.
    pub fn embedded(&self, runtime: &Runtime) -> Result<Made, ModelError> {
        if runtime.device != Device::Cpu {
            return Err(
                self.unfit(format!("the embedded engine has no {}; take --backend libtorch", runtime.device))
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
                return Err(self.unfit("the embedded engine has no bf16; take --backend libtorch"));
            }
        };
        if self.settings.token_types() == TokenTypes::WordShape && !engine.reads_types() {
            let reason = "config.json says word shapes, the graph has no token_type_ids";
            return Err(self.catalogue.unfit(self.entry, &file, reason.into()));
        }
        Ok((file, (Box::new(engine), numbers.to_owned())))
    }

    /// The engine `rust-bert` on the model's safetensors, or on what an embedded graph holds.
    #[cfg(feature = "rust-bert")]
    pub fn rust_bert(
        &self,
        runtime: &Runtime,
        labels: &[String],
        max_length: usize,
    ) -> Result<Made, ModelError> {
        use crate::engine::{Head, RustBert, Weights};

        let files = self.entry.weights(BackendName::Libtorch);
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
            None => return Err(self.unfit("rust-bert runs safetensors and models.lock pins none; take --backend onnx, or a model with them")),
        };
        let config = self.catalogue.read(self.entry, "config.json")?;
        let mut config: Value = serde_json::from_slice(&config)
            .map_err(|e| self.catalogue.unfit(self.entry, "config.json", e.to_string()))?;
        // The names of models.toml go before those of config.json.
        let named = labels.iter().enumerate().map(|(id, label)| (id.to_string(), label.as_str().into()));
        config["id2label"] = Value::Object(named.collect());
        let head = match self.entry.task {
            ModelTask::Ner => Head::Token,
            ModelTask::Nli => Head::Sequence,
        };
        let precision = runtime.precision.unwrap_or(Precision::F32);
        let engine = RustBert::load(config, head, weights, (runtime.device, precision), max_length)
            .map_err(self.refused(&file))?;
        Ok((file, (Box::new(engine), precision.to_string())))
    }

    #[cfg(not(feature = "rust-bert"))]
    pub fn rust_bert(&self, _: &Runtime, _: &[String], _: usize) -> Result<Made, ModelError> {
        let way = "scripts/libtorch.sh .libtorch && cargo build --release --features rust-bert";
        let other =
            if self.entry.backends.contains(&BackendName::Onnx) { ", or take --backend onnx" } else { "" };
        Err(self.unfit(format!("this build has no rust-bert engine; get one with: {way}{other}")))
    }
}
