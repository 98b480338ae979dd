//! Parts of every network: the kind of head, the input, and the function from input to logits.

use rust_bert::RustBertError;
use tch::Tensor;

/// The kind of head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// One label per token.
    Token,
    /// One label for the whole sequence.
    Sequence,
}

/// A padded batch; each tensor is `[batch, tokens]`, 64-bit integers.
pub struct Input {
    pub ids: Tensor,
    pub types: Tensor,
    /// 1 for a token, 0 for padding.
    pub mask: Tensor,
}

/// Computes logits, `[batch, labels]` or `[batch, tokens, labels]`.
pub type Network = Box<dyn Fn(&Input) -> Result<Tensor, RustBertError> + Send>;
