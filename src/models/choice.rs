//! What a person chooses of a model, where the model's own files leave it open.

use super::backend::BackendName;
use super::task::ModelTask;

/// Choices for a model, where its own files leave them open.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The task, if `config.json` names none.
    pub task: Option<ModelTask>,
    /// The backend.
    pub backend: Option<BackendName>,
    /// The weights file, if it is not the usual one.
    pub file: Option<String>,
}
