//! What a model does.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelTask {
    /// Token classification: who and what is named.
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

/// A word that names no task.
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
