//! Errors that stop a whole job.

use std::io;

use crate::inference::BackendError;
use crate::record::RecordError;
use crate::storage::OutputError;

/// The error that stops a whole job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The output can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A model is broken.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The output would overwrite an input.
    #[error("{0} is an input and would be replaced; name another folder for the output")]
    Replaces(String),
    /// Every document failed, and an earlier output is in the folder.
    #[error("nothing could be done, so {folder} is left as it was{reasons}")]
    Nothing {
        /// The output folder.
        folder: String,
        /// The lines of the quarantine.
        reasons: String,
    },
    /// Records can't be made or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The thread that reads inputs can't be started.
    #[error("the thread that reads inputs can't be started: {0}")]
    Thread(#[source] io::Error),
    /// Reading inputs panicked outside any document.
    #[error("internal error: a panic while inputs were read")]
    Reading,
}
