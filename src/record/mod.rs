//! Records: made from an extraction, and read back from their files.

mod dataset;
mod error;
mod identity;
mod json_lines;
mod labels;
mod lines;
mod manifest;
mod records;
mod schema;

pub use dataset::{DOCUMENTS, Dataset, SENTENCES};
pub use error::{ReadError, RecordError};
pub(crate) use identity::Identities;
// Read back by features only.
#[allow(unused_imports)]
pub(crate) use json_lines::{json_lines, numbered_lines, text_of};
pub use labels::{LabelledClaim, LabelledEntity, Review};
pub use lines::RecordLines;
pub use manifest::{Manifest, ModelRecord, OutputRecord, Provenance, RunRecord, Totals};
pub use records::{Filter, Records};
pub use schema::{
    ClaimCounts, DocumentCounts, DocumentRecord, EntityRecord, QuarantineRecord, SCHEMA, SentenceRecord,
};
