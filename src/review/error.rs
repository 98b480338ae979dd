//! What keeps corrections from being applied.

use crate::record::ReadError;
use crate::storage::OutputError;

/// What keeps all corrections from being applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The folder or the log of its reviews can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A record could not be put into JSON.
    #[error("a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file is not the one that the manifest tells of.
    #[error("{0} is not what manifest.json tells of; put it back, or run extract again")]
    Altered(String),
}
