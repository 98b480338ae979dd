//! Records back from their files.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::lines::{ReadError, numbered_lines};
use super::output::{DOCUMENTS, SENTENCES};
use super::schema::{DocumentRecord, SCHEMA, SentenceRecord};

/// What a run has written about articles.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// In the order of the input.
    pub documents: Vec<DocumentRecord>,
    /// Of all documents, in the same order.
    pub sentences: Vec<SentenceRecord>,
}

impl Dataset {
    /// Reads an output folder of `extract`.
    ///
    /// # Errors
    /// Names the file, the line and the mend.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let documents = records(&folder.join(DOCUMENTS), |d: &DocumentRecord| &d.schema)?;
        let sentences = records(&folder.join(SENTENCES), |s: &SentenceRecord| &s.schema)?;
        Ok(Self {
            documents: documents.into_iter().map(|(_, document)| document).collect(),
            sentences: sentences.into_iter().map(|(_, sentence)| sentence).collect(),
        })
    }
}

/// The records of a file, each with its line.
fn records<T: DeserializeOwned>(
    path: &Path,
    schema: fn(&T) -> &String,
) -> Result<Vec<(usize, T)>, ReadError> {
    let found: Vec<(usize, T)> = numbered_lines(path)?;
    match found.iter().find(|(_, record)| schema(record) != SCHEMA) {
        None => Ok(found),
        Some((line, record)) => {
            let other = schema(record);
            let reason = format!("schema {other}, where this program reads {SCHEMA}; run extract again");
            Err(ReadError::line(path, *line, reason))
        }
    }
}
