//! Batch jobs: inputs in, an output folder or a stream out.

mod batch;
mod error;
mod one_text;
mod provenance;
mod reading;
mod sink;
mod summary;
#[cfg(all(test, feature = "bundled-models"))]
mod tests;

pub use batch::Job;
pub use error::JobError;
pub use one_text::TextError;
pub use summary::Summary;
