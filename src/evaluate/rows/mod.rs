//! Labelled data that are no articles: rows of JSON Lines, and how well models do on them.

mod files;
pub mod ner;
pub mod nli;
pub mod passages;
pub mod sentences;
pub mod topics;
