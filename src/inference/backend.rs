//! What runs a model.

use super::error::BackendError;
use super::outputs::Outputs;
use super::tokens::Tokens;

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
