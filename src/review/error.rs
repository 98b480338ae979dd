//! Why corrections can't be applied.

use std::path::PathBuf;

use crate::record::ReadError;
use crate::storage::OutputError;

/// Why no correction at all can be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The folder or its log of reviews can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A record could not be put into JSON.
    #[error("internal error: a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The hash of a file is not the one in the manifest.
    #[error(
        "{} is not the file that manifest.json lists; put it back, or run extract again",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
    },
}
