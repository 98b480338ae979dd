//! The engine: token ids in, logits out.

mod batch;
mod rten;

pub use batch::{DEFAULT_BUDGET, Workers};
pub use rten::Rten;

/// One sequence for a model, without padding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Word-piece ids, `[CLS]` and `[SEP]` included.
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
    /// The weights are not a graph that the engine can run.
    #[error("the model can't be loaded: {0}")]
    Load(String),
    /// A batch could not be computed.
    #[error("the model failed on a batch: {0}")]
    Run(String),
}

/// Runs one model. A second engine is a second implementation of this trait.
///
/// A sequence's logits must not depend on what else is in the batch: output is byte-identical
/// for any batch size and thread count.
pub trait Engine: Send + Sync {
    /// Logits of each sequence in `batch`, in order and without those of padding:
    /// `labels` values for a sequence classifier, `tokens × labels` (row-major) for a model that labels each token.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the graph refuses the batch.
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError>;
}
