//! The hidden states of a sequence: what the lower layers of a model hand to the upper ones.

use std::sync::Arc;

use super::outputs::Tensor;
use super::sequence::Sequence;

/// Hidden states, in parts that follow each other. Parts are shared: a sentence's states are read
/// with those of each topic.
#[derive(Debug, Clone)]
pub struct States {
    parts: Vec<Arc<Tensor>>,
}

impl States {
    /// The states of these parts, each of the shape `[tokens, width]`.
    pub fn new(parts: Vec<Arc<Tensor>>) -> Self {
        Self { parts }
    }

    /// The values of the parts, row-major, in order.
    pub fn values(&self) -> impl Iterator<Item = &[f32]> {
        self.parts.iter().map(|part| part.values())
    }
}

impl Sequence for States {
    fn tokens(&self) -> usize {
        self.parts.iter().map(|part| part.shape().first().copied().unwrap_or(0)).sum()
    }
}
