//! The batch job: inputs in, an output folder or a stream out.

mod job;
mod one_text;
mod provenance;
mod reading;
mod sink;
mod summary;

pub use job::{Job, JobError};
pub use one_text::TextError;
pub use summary::Summary;
