//! What stops a whole job.

use crate::inference::BackendError;
use crate::record::RecordError;
use crate::storage::OutputError;

/// What stops a whole job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The output can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A model is broken.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The output would replace an input.
    #[error("{0} is an input and would be replaced; name another folder for the output")]
    Replaces(String),
    /// Not one document could be done, and an earlier output stands there.
    #[error("nothing could be done, so {folder} is left as it was{reasons}")]
    Nothing {
        /// The output folder.
        folder: String,
        /// The quarantine's lines, each on a line of its own.
        reasons: String,
    },
    /// Records could not be made or read back.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Reading inputs panicked outside any document.
    #[error("internal error: a panic while inputs were read: {0}")]
    Reading(String),
}
