//! The lines of a document, as they stand in the output files.

use super::schema::DocumentCounts;

/// A document's line and its sentences' lines, each with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLines {
    /// One line of `documents.jsonl`.
    pub document: String,
    /// The document's lines of `sentences.jsonl`.
    pub sentences: String,
}

impl RecordLines {
    /// The counts in the document's line.
    ///
    /// # Errors
    /// serde's, if it is no document's line.
    pub fn counts(&self) -> Result<DocumentCounts, serde_json::Error> {
        serde_json::from_str(&self.document)
    }
}
