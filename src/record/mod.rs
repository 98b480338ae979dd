//! Records: what is written down, in which order and how safely.

mod apply;
mod assemble;
mod dataset;
mod identity;
mod journal;
mod offsets;
mod output;
mod review;
mod schema;

pub use apply::{Applied, ApplyError, Placed, Refusal, apply, corrections};
pub use assemble::Filter;
pub(crate) use assemble::{Lines, assemble};
pub(crate) use dataset::numbered_lines;
pub use dataset::{Dataset, ReadError};
pub(crate) use identity::Identities;
pub(crate) use journal::{Cache, Entry};
pub(crate) use offsets::Offsets;
pub(crate) use output::Outputs;
pub use output::{FILES, OWN_FILES, OutputError, PAGE, save};
pub use review::{Correction, LabelledClaim, LabelledEntity, Review};
pub use schema::{
    ClaimCounts, DocumentRecord, EntityRecord, ModelRecord, Provenance, SCHEMA, SentenceRecord, Totals,
};
pub(crate) use schema::{DocumentCounts, Manifest, QuarantineRecord, Run};
