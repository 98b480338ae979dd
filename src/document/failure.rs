//! What goes wrong with one document.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::raw::Origin;

/// The step of the work in which a document failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Finding, opening, decompressing, reading.
    Read,
    /// From bytes to characters.
    Decode,
    /// From characters to an article.
    Parse,
    /// Telling the language.
    Language,
    /// Cleaning and splitting into sentences.
    Text,
    /// Finding who is named.
    Entities,
    /// Judging stance.
    Stance,
    /// Writing the document's records.
    Record,
}

impl Stage {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Parse => "parse",
            Self::Language => "language",
            Self::Text => "text",
            Self::Entities => "entities",
            Self::Stance => "stance",
            Self::Record => "record",
        }
    }
}

/// Why a document could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where the document stands.
    #[serde(flatten)]
    pub origin: Origin,
    /// The step that failed.
    pub stage: Stage,
    /// What is wrong and, where there is one, the mend.
    pub reason: String,
    /// The SHA-256 of the document's bytes, where they were read whole.
    pub input_sha256: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.reason)
    }
}

impl std::error::Error for Failure {}

/// A failure that does not yet know its document.
#[derive(Debug)]
pub(super) struct Flaw {
    pub stage: Stage,
    pub reason: String,
}

impl Flaw {
    pub(super) fn new(stage: Stage, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { stage, reason }
    }
}
