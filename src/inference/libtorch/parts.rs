//! What every network has: a head, an input, a function from one to logits.

use rust_bert::RustBertError;
use tch::Tensor;

/// What a model labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Each token.
    Token,
    /// The whole sequence.
    Sequence,
}

/// A padded batch, each tensor `[batch, tokens]` of 64-bit integers.
pub struct Input {
    pub ids: Tensor,
    pub types: Tensor,
    /// 1 for a token, 0 for padding.
    pub mask: Tensor,
}

/// Gives logits, `[batch, labels]` or `[batch, tokens, labels]`.
pub type Network = Box<dyn Fn(&Input) -> Result<Tensor, RustBertError> + Send>;
