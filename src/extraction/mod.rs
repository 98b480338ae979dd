//! Runs all stages: documents in, their sentences with entities and claims out.

mod builder;
mod extractor;
#[cfg(all(test, feature = "bundled-models"))]
mod tests;
mod types;

pub use builder::{BuildError, Builder};
pub use extractor::{ChunkLimits, Extractor};
pub use types::{Analysis, Extraction};
