//! Errors of loading and running a model.

use std::fmt;

use crate::models::{ModelEntry, ModelError, Registry};

/// Another way to run a model, if one way is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// On the backend `libtorch`.
    Libtorch,
    /// On the backend `onnx`.
    Onnx,
    /// On the CPU instead of a GPU.
    Cpu,
    /// In f32.
    F32,
    /// In the precision of the model's file.
    AsStored,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Libtorch => "take the backend libtorch",
            Self::Onnx => "take the backend onnx",
            Self::Cpu => "compute on the CPU",
            Self::F32 => "compute in f32",
            Self::AsStored => "set no precision",
        })
    }
}

/// The reason why a model could not be loaded or run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackendError {
    /// The backend can't run the model in this way, but there is another way.
    #[error("{reason}; {remedy}")]
    Unsupported {
        /// The way that is not possible.
        reason: String,
        /// The way that is possible.
        remedy: Remedy,
    },
    /// The weights are not a model that the backend can run.
    #[error("the model can't be loaded: {0}")]
    Load(String),
    /// A batch failed.
    #[error("the model failed on a batch: {0}")]
    Run(String),
    /// The model's output has another shape than expected.
    #[error("the model's output has an unexpected shape: {0}")]
    Shape(String),
    /// The model's output contains a number that is not finite, for example after an overflow.
    #[error("the model's output contains {0}, which is not a finite number")]
    NotFinite(f32),
    /// The backend panicked on a batch, because of an error in it or in the model.
    #[error("internal error: the model panicked on a batch: {0}")]
    Panicked(String),
}

/// The reason why a model can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is missing, altered or can't be read.
    #[error(transparent)]
    Files(#[from] ModelError),
    /// A file, or the model as a whole, does not fit the task.
    #[error("{path}: {reason}")]
    Unfit {
        /// The file, or the model's path.
        path: String,
        /// What is wrong, and how to fix it.
        reason: String,
    },
    /// The backend rejects the weights.
    #[error("{path}: {source}")]
    Backend {
        /// The file.
        path: String,
        /// The backend's error.
        source: BackendError,
    },
    /// The model can't be run in this way, but there is another way.
    #[error("{path}: {reason}; {remedy}")]
    Unsupported {
        /// The model's path.
        path: String,
        /// The way that is not possible.
        reason: String,
        /// The way that is possible.
        remedy: Remedy,
    },
    /// The model is not for any backend of this build.
    #[error(
        "{path}: this build has no backend libtorch; get one with: \
         scripts/libtorch.sh .libtorch && cargo build --release --features rust-bert{}",
        if *onnx { ", or take the backend onnx" } else { "" }
    )]
    NoLibtorch {
        /// The model's path.
        path: String,
        /// Whether the model has an ONNX graph.
        onnx: bool,
    },
}

impl LoadError {
    /// Another way to run the model, if there is one.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unsupported { remedy, .. }
            | Self::Backend { source: BackendError::Unsupported { remedy, .. }, .. } => Some(*remedy),
            Self::NoLibtorch { onnx: true, .. } => Some(Remedy::Onnx),
            _ => None,
        }
    }
}

/// The error that a file, or the whole model, does not fit the task.
pub(super) fn unfit(registry: &Registry, entry: &ModelEntry, file: &str, reason: String) -> LoadError {
    LoadError::Unfit { path: registry.path(entry, file), reason }
}
