//! Named entity recognition.

mod bio;
mod shape;
mod tagger;

pub use bio::Label;
pub use tagger::{Mention, Relevance, TagError, Tagged, Tagger, TaggerError};
