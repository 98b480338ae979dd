//! Evaluates models on labelled rows that are not articles, from JSON Lines.

mod files;
pub mod ner;
pub mod nli;
pub mod passages;
pub mod sentences;
pub mod topics;
