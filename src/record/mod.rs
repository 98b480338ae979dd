//! Records: what is written down, in which order and how safely.

mod apply;
mod assemble;
mod corrections;
mod dataset;
mod identity;
mod journal;
mod lines;
mod log;
mod offsets;
mod output;
mod review;
mod schema;

pub use apply::{Applied, ApplyError, apply};
pub use assemble::Filter;
pub(crate) use assemble::{Lines, assemble};
pub use corrections::{Placed, Refusal, Unread, corrections};
pub use dataset::Dataset;
pub(crate) use identity::Identities;
pub(crate) use journal::{Cache, Entry};
pub use lines::ReadError;
pub(crate) use lines::{json_lines, numbered_lines, text_of};
pub(crate) use offsets::Offsets;
pub(crate) use output::{DOCUMENTS, Outputs, SENTENCES};
pub use output::{FILES, OWN_FILES, OutputError, PAGE, save};
pub use review::{Correction, LabelledClaim, LabelledEntity, Review};
pub use schema::{
    ClaimCounts, DocumentRecord, EntityRecord, ModelRecord, Provenance, SCHEMA, SentenceRecord, Totals,
};
pub(crate) use schema::{DocumentCounts, Manifest, QuarantineRecord, Run};
