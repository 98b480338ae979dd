//! The stages in a row: documents in, their sentences with entities and claims out.

mod builder;
mod extractor;
mod types;

pub use builder::{BuildError, Builder};
pub use extractor::{ChunkLimits, Extractor};
pub use types::{Analysis, Extraction};
