//! Why a model can't be used.

use super::backend::BackendName;
use super::task::ModelTask;

/// Why a model can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or can't be read.
    #[error("{path}: {reason}; restore the model files, or name another folder with --models")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A file's bytes are not the pinned ones.
    #[error(
        "{path}: sha256 is {found}, but models.lock pins {pinned}; the file was altered or cut off: restore it"
    )]
    Altered {
        /// The file.
        path: String,
        /// Hash of the bytes there are.
        found: String,
        /// Hash in `models.lock`.
        pinned: String,
    },
    /// A file of a model from the Hub is not in the cache.
    #[error("{path}: {reason}; fetch it with `demarche models pull {model}`")]
    NotPulled {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
        /// `ORG/NAME@REV`.
        model: String,
    },
    /// The Hub does not give what is asked for.
    #[error("{model}: {reason}")]
    Hub {
        /// `ORG/NAME@REV`, and the file.
        model: String,
        /// What is wrong, and what helps.
        reason: String,
    },
    /// A file does not hold what it should.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The registry lists no model for a task on a backend.
    #[error("{path}: no model does {task} on the backend {backend}; there is {known}")]
    NoModel {
        /// The registry's file.
        path: String,
        /// The task asked for.
        task: ModelTask,
        /// The backend asked for.
        backend: BackendName,
        /// Models with this task, each with its backends.
        known: String,
    },
}
