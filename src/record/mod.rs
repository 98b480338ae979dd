//! Records: made from an extraction, and read from their files.

mod claim;
mod dataset;
mod error;
mod identity;
mod json_lines;
mod labels;
mod lines;
mod manifest;
mod records;
mod schema;
mod scores;

pub use claim::{ClaimRecord, MentionRecord, SpanRecord};
pub use dataset::{DOCUMENTS, Dataset, SCORES, SENTENCES};
pub use error::{ReadError, RecordError};
pub(crate) use identity::Identities;
// Used only by optional features.
#[allow(unused_imports)]
pub(crate) use json_lines::{json_lines, numbered_lines, text_of};
pub use labels::{LabelledClaim, LabelledEntity, Review};
pub use lines::RecordLines;
pub use manifest::{Manifest, ModelRecord, OutputRecord, Provenance, RunRecord, Totals};
pub use records::{Filter, Records};
pub use schema::{
    ClaimCounts, DocumentCounts, DocumentRecord, EntityRecord, QuarantineRecord, READABLE, SCHEMA,
    SentenceRecord,
};
pub use scores::{ScoresRecord, SentenceScores, StanceScores, TopicScores};
