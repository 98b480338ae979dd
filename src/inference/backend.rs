//! What runs a model.

use std::fmt;

use super::outputs::Outputs;
use super::tokens::Tokens;

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

/// Runs one model. Each backend is an implementation of this trait.
///
/// What it computes of a sequence must not depend on what else is in the batch: output is
/// byte-identical for any batch size and thread count.
pub trait Backend: Send + Sync {
    /// What the model computes of each sequence in `batch`, in order and without padding. Of a
    /// classifier the first output is its logits: `[labels]`, or `[tokens, labels]` for a model that
    /// labels each token.
    ///
    /// # Errors
    /// [`BackendError`] if the model refuses the batch or gives another shape.
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Outputs>, BackendError>;

    /// Padded tokens that a batch should hold, where the backend knows better than the
    /// [`Runner`](super::Runner).
    fn max_batch_tokens(&self) -> Option<usize> {
        None
    }
}
