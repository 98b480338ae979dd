//! Records back from their files.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::output::{DOCUMENTS, SENTENCES};
use super::schema::{DocumentRecord, SCHEMA, SentenceRecord};

/// Records that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read.
    #[error("{path}: {source}; {hint}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
        /// What mends it.
        hint: &'static str,
    },
    /// A line is no such record.
    #[error("{path}, line {line}: {reason}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it and what mends it.
        reason: String,
    },
}

impl ReadError {
    /// Names a line, counted from 1, and what is wrong with it.
    pub fn line(path: &Path, line: usize, reason: impl ToString) -> Self {
        Self::Line { path: path.display().to_string(), line, reason: reason.to_string() }
    }
}

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
        let (documents, sentences) = (folder.join(DOCUMENTS), folder.join(SENTENCES));
        let found: Vec<DocumentRecord> = lines(&documents)?;
        if let Some(at) = found.iter().position(|d| d.schema != SCHEMA) {
            return Err(other_schema(&documents, at, &found[at].schema));
        }
        Ok(Self { documents: found, sentences: sentence_records(&sentences)? })
    }
}

/// Reads a `sentences.jsonl`.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn sentence_records(path: &Path) -> Result<Vec<SentenceRecord>, ReadError> {
    let found: Vec<SentenceRecord> = lines(path)?;
    match found.iter().position(|s| s.schema != SCHEMA) {
        Some(at) => Err(other_schema(path, at, &found[at].schema)),
        None => Ok(found),
    }
}

/// Reads JSON Lines of any kind; empty lines are passed over.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, ReadError> {
    Ok(numbered_lines(path)?.into_iter().map(|(_, line)| line).collect())
}

/// The same, each with the number of its line, from 1.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn numbered_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, ReadError> {
    let unreadable = |source| ReadError::File {
        path: path.display().to_string(),
        source,
        hint: "give an output folder of extract, or a JSON Lines file",
    };
    let mut out = Vec::new();
    for (index, line) in BufReader::new(File::open(path).map_err(unreadable)?).lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if !line.trim().is_empty() {
            let wrong = |e| ReadError::line(path, index + 1, format!("{e}; mend or remove the line"));
            out.push((index + 1, serde_json::from_str(&line).map_err(wrong)?));
        }
    }
    Ok(out)
}

fn other_schema(path: &Path, index: usize, schema: &str) -> ReadError {
    let reason = format!("schema {schema}, where this program reads {SCHEMA}; run extract again");
    ReadError::line(path, index + 1, reason)
}
