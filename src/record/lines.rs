//! The lines of a document, as in the output files.

use super::schema::DocumentCounts;

/// A document's lines, each with its line ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLines {
    /// One line of `documents.jsonl`.
    pub document: String,
    /// The document's lines of `sentences.jsonl`.
    pub sentences: String,
    /// One line of `scores.jsonl`; empty if an older version wrote the folder.
    pub scores: String,
}

impl RecordLines {
    /// The counts in the document's line.
    ///
    /// # Errors
    /// serde's error, if the line is not that of a document.
    pub fn counts(&self) -> Result<DocumentCounts, serde_json::Error> {
        serde_json::from_str(&self.document)
    }
}
