//! The batch job: inputs in, an output folder or a stream out.

mod error;
mod job;
mod one_text;
mod provenance;
mod reading;
mod sink;
mod summary;
#[cfg(all(test, feature = "bundled-models"))]
mod tests;

pub use error::JobError;
pub use job::Job;
pub use one_text::TextError;
pub use summary::Summary;
