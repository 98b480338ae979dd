//! The tasks of models.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The task of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelTask {
    /// Token classification: named entity recognition.
    Ner,
    /// Natural language inference on a pair of texts.
    Nli,
}

impl ModelTask {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ner, Self::Nli];
}

impl Display for ModelTask {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ner => "ner",
            Self::Nli => "nli",
        })
    }
}

/// The error that a text names no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of ner, nli")]
pub struct UnknownTask;

impl FromStr for ModelTask {
    type Err = UnknownTask;

    fn from_str(name: &str) -> Result<Self, UnknownTask> {
        match name {
            "ner" => Ok(Self::Ner),
            "nli" => Ok(Self::Nli),
            _ => Err(UnknownTask),
        }
    }
}
