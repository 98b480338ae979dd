//! Entities: who and what a sentence names.

mod bio;
mod pieces;
mod shape;
mod tagger;

pub use bio::Label;
pub(crate) use pieces::trimmed;
pub use tagger::{Mention, Tagger, Window};
