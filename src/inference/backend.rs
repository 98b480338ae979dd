//! The trait for backends.

use super::error::BackendError;
use super::outputs::Outputs;
use super::tokens::Tokens;

/// Runs one model. Each backend is an implementation of this trait.
///
/// The result for a sequence must not depend on the rest of the batch: output is
/// byte-identical for any batch size and thread count.
pub trait Backend<I = Tokens>: Send + Sync {
    /// The model's outputs for each sequence in `batch`, in order and without padding. The first
    /// output of a classifier is its logits: `[labels]`, or `[tokens, labels]` for a model that
    /// labels each token.
    ///
    /// # Errors
    /// [`BackendError`] if the model rejects the batch or its output has another shape.
    fn run(&self, batch: &[&I]) -> Result<Vec<Outputs>, BackendError>;

    /// Padded tokens per batch, if the backend has a better value than the
    /// [`Runner`](super::Runner).
    fn max_batch_tokens(&self) -> Option<usize> {
        None
    }
}
