//! Records: what is written down, in which order and how safely.

mod assemble;
mod identity;
mod journal;
mod offsets;
mod output;
mod schema;

pub use assemble::Filter;
pub(crate) use assemble::{Lines, assemble};
pub(crate) use identity::Identities;
pub(crate) use journal::{Cache, Entry};
pub(crate) use offsets::Offsets;
pub(crate) use output::Outputs;
pub use output::{FILES, OutputError};
pub use schema::{ClaimCounts, ModelRecord, Provenance, SCHEMA, Totals};
pub(crate) use schema::{DocumentCounts, Manifest, QuarantineRecord, Run};
