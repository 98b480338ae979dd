//! Splits a document's text into sentences and leaves out boilerplate.

mod abbreviations;
mod article;
mod blocks;
mod boilerplate;
mod edges;
mod headline;
mod item;
mod lists;
mod normalized;
mod offsets;
mod page;
mod section;
mod sentences;
mod shape;
mod span;
mod words;

pub use article::{Article, Field, Segmented, Sentence, segment, segment_text, split};
pub use boilerplate::{Boilerplate, RulesError};
pub use normalized::Normalized;
pub use offsets::Offsets;
pub use section::Section;
pub use sentences::sentences;
pub use span::{CodePoints, FieldBytes, NormalizedBytes, SentenceBytes, Span};
