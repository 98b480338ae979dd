//! The engines: token ids in, logits out.

mod batch;
mod compute;
mod dequantise;
mod rten;
#[cfg(feature = "rust-bert")]
mod rust_bert;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use batch::{DEFAULT_BUDGET, Workers};
pub use compute::{Device, Precision};
pub use dequantise::{Dequantised, Parameter};
pub use rten::Rten;
#[cfg(feature = "rust-bert")]
pub use rust_bert::{Head, RustBert, Weights};

/// One sequence for a model, without padding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Word-piece ids, the special ones included.
    pub ids: Vec<i32>,
    /// Token types, as many as ids: the segment of a pair, or the shape of the word.
    pub types: Vec<i32>,
}

impl Tokens {
    /// Number of word pieces.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether the sequence holds no piece.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Why a model could not be loaded or run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// The weights are not a model that the engine can run.
    #[error("the model can't be loaded: {0}")]
    Load(String),
    /// A batch could not be computed.
    #[error("the model failed on a batch: {0}")]
    Run(String),
}

/// Runs one model. Each engine is an implementation of this trait.
///
/// A sequence's logits must not depend on what else is in the batch: output is byte-identical
/// for any batch size and thread count.
pub trait Engine: Send + Sync {
    /// Logits of each sequence in `batch`, in order and without those of padding:
    /// `labels` values for a sequence classifier, `tokens × labels` (row-major) for a model that labels each token.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the model refuses the batch.
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError>;

    /// Padded tokens that a batch should hold, where the engine knows better than [`Workers`].
    fn budget(&self) -> Option<usize> {
        None
    }
}

/// Each sequence's part of the logits of a padded batch, `[batch, labels]` or `[batch, tokens, labels]`.
fn unpadded(batch: &[&Tokens], shape: &[usize], values: &[f32]) -> Result<Vec<Vec<f32>>, EngineError> {
    let row = match *shape {
        [rows, tokens, labels] if rows >= batch.len() => tokens * labels,
        [rows, labels] if rows >= batch.len() => labels,
        _ => 0,
    };
    if row == 0 || values.len() < row * batch.len() {
        return Err(EngineError::Run(format!("logits of an unknown shape {shape:?}")));
    }
    let own = |(tokens, row): (&&Tokens, &[f32])| match shape {
        [_, _, labels] => row.get(..tokens.len() * labels).unwrap_or(row).to_vec(),
        _ => row.to_vec(),
    };
    Ok(batch.iter().zip(values.chunks_exact(row)).map(own).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind the engines' locks is whole at any time, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
