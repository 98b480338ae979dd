//! Failures of single documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::raw::Origin;

/// The stage in which a document failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Finding, opening, decompressing and reading the input.
    Read,
    /// Decoding bytes into characters.
    Decode,
    /// Finding the article.
    Parse,
    /// Detecting the language.
    Language,
    /// Removing boilerplate and splitting into sentences.
    Text,
    /// Tagging entities.
    Entities,
    /// Judging stances.
    Stance,
    /// Making the document's records.
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

/// The failure of a document: where it is, and what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where the document is.
    #[serde(flatten)]
    pub origin: Origin,
    /// The stage that failed.
    pub stage: Stage,
    /// The error and, if there is one, how to fix it.
    pub reason: String,
    /// The SHA-256 of the document's bytes, if they were read completely.
    pub input_sha256: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.reason)
    }
}

impl std::error::Error for Failure {}

/// A failure without its document.
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
