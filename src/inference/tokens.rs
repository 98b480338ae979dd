//! The input of a backend.

use tokenizers::Encoding;

use super::sequence::Sequence;

/// The tokens of one sequence, including special tokens, without padding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Token ids in the model's vocabulary.
    pub ids: Vec<i32>,
    /// One token type id per token: the segment of a pair, or the word shape.
    pub token_type_ids: Vec<i32>,
}

impl Tokens {
    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl From<&Encoding> for Tokens {
    /// The tokens with their segments as token type ids.
    fn from(encoding: &Encoding) -> Self {
        let values = |values: &[u32]| values.iter().map(|&v| v as i32).collect();
        Self { ids: values(encoding.get_ids()), token_type_ids: values(encoding.get_type_ids()) }
    }
}

impl Sequence for Tokens {
    fn tokens(&self) -> usize {
        self.len()
    }
}
