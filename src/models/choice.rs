//! What a person takes of a model, where its own files leave it open.

use super::backend::BackendName;
use super::task::ModelTask;

/// What is taken of a model, where its own files leave it open.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What it does, if `config.json` does not tell.
    pub task: Option<ModelTask>,
    /// What is to run it.
    pub backend: Option<BackendName>,
    /// Its file of weights, if it is not the usual one.
    pub file: Option<String>,
}
