//! Why a model can't be loaded or run.

use std::fmt;

use crate::models::{ModelEntry, ModelError, Registry};

/// Another way to run a model, where one is not possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The backend `libtorch`.
    Libtorch,
    /// The backend `onnx`.
    Onnx,
    /// The processor instead of a GPU.
    Cpu,
    /// 32-bit numbers.
    F32,
    /// The numbers that the model's file has.
    AsStored,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Libtorch => "take the backend libtorch",
            Self::Onnx => "take the backend onnx",
            Self::Cpu => "compute on the processor",
            Self::F32 => "compute in f32",
            Self::AsStored => "set no precision",
        })
    }
}

/// Why a model could not be loaded or run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackendError {
    /// The backend can't run the model in this way, but in another.
    #[error("{reason}; {remedy}")]
    Unsupported {
        /// What is not possible.
        reason: String,
        /// What is.
        remedy: Remedy,
    },
    /// The weights are not a model that the backend can run.
    #[error("the model can't be loaded: {0}")]
    Load(String),
    /// A batch could not be computed.
    #[error("the model failed on a batch: {0}")]
    Run(String),
    /// The model gives something else than what was asked for.
    #[error("the model gives an unknown shape: {0}")]
    Shape(String),
    /// The backend panicked on a batch: an error in it, or in the model.
    #[error("internal error: the model panicked on a batch: {0}")]
    Panicked(String),
}

/// Why a model can't be made ready to run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is missing, altered or can't be read.
    #[error(transparent)]
    Files(#[from] ModelError),
    /// A file, or the model as a whole, is not what is needed.
    #[error("{path}: {reason}")]
    Unfit {
        /// The file, or the model's place.
        path: String,
        /// What is wrong, and what mends it.
        reason: String,
    },
    /// The backend refuses the weights.
    #[error("{path}: {source}")]
    Backend {
        /// The file.
        path: String,
        /// What the backend said.
        source: BackendError,
    },
    /// The model can't be run in this way, but in another.
    #[error("{path}: {reason}; {remedy}")]
    Unsupported {
        /// The model's place.
        path: String,
        /// What is not possible.
        reason: String,
        /// What is.
        remedy: Remedy,
    },
    /// The model is not for a backend of this build.
    #[error(
        "{path}: this build has no backend libtorch; get one with: \
         scripts/libtorch.sh .libtorch && cargo build --release --features rust-bert{}",
        if *onnx { ", or take the backend onnx" } else { "" }
    )]
    NoLibtorch {
        /// The model's place.
        path: String,
        /// Whether the model has a graph for the other backend.
        onnx: bool,
    },
}

impl LoadError {
    /// Another way to run the model, if the error knows one.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unsupported { remedy, .. }
            | Self::Backend { source: BackendError::Unsupported { remedy, .. }, .. } => Some(*remedy),
            Self::NoLibtorch { onnx: true, .. } => Some(Remedy::Onnx),
            _ => None,
        }
    }
}

/// The error that a model's file, or the whole model, is not what is needed.
pub(super) fn unfit(registry: &Registry, entry: &ModelEntry, file: &str, reason: String) -> LoadError {
    LoadError::Unfit { path: registry.path(entry, file), reason }
}
