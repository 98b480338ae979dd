//! Records: what is written down, in which order and how safely.

mod assemble;
mod identity;
mod journal;
mod offsets;
mod output;
mod schema;

pub use assemble::{Filter, Lines, assemble};
pub use identity::Identities;
pub use journal::{Cache, Entry};
pub use output::{Finished, OutputError, Outputs};
pub use schema::{
    ClaimCounts, DocumentCounts, DocumentRecord, EntityRecord, Manifest, ModelRecord, OutputRecord,
    Provenance, QuarantineRecord, Run, SCHEMA, SentenceRecord, Totals,
};
