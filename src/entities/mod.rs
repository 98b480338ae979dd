//! Entities: who and what a sentence names.

mod bio;
mod shape;
mod tagger;

pub use bio::Label;
pub use tagger::{Mention, Relevance, TagError, Tagged, Tagger, TaggerError};
