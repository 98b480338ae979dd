//! What a backend reads.

/// What a backend reads: a sequence of tokens, or of their states.
pub trait Sequence: Send + Sync + 'static {
    /// Number of tokens.
    fn tokens(&self) -> usize;
}
