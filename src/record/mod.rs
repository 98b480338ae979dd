//! Records: made from an extraction, and read back from their files.

mod assemble;
mod dataset;
mod identity;
mod labels;
mod lines;
mod manifest;
mod schema;

pub use assemble::Filter;
pub(crate) use assemble::{Lines, assemble};
pub use dataset::{DOCUMENTS, Dataset, SENTENCES};
pub(crate) use identity::Identities;
pub use labels::{LabelledClaim, LabelledEntity, Review};
pub use lines::ReadError;
pub(crate) use lines::{json_lines, numbered_lines, text_of};
pub(crate) use manifest::{Manifest, OutputRecord, Run};
pub use manifest::{ModelRecord, Provenance, Totals};
pub use schema::{ClaimCounts, DocumentRecord, EntityRecord, SCHEMA, SentenceRecord};
pub(crate) use schema::{DocumentCounts, QuarantineRecord};
