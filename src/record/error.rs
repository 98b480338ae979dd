//! Records that can't be read or made.

use std::io;
use std::path::{Path, PathBuf};

use super::schema::SCHEMA;

/// Records, or a reviewer's file about them, that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read.
    #[error("{}: {source}; {mend}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
        /// What to do about it.
        mend: &'static str,
    },
    /// The JSON of a line is broken, or not of the kind that the file holds.
    #[error("{}, line {line}: {source}; {mend}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
        /// What to do about it.
        mend: &'static str,
    },
    /// A record has another schema than [`SCHEMA`].
    #[error(
        "{}, line {line}: schema {schema}, where this program reads {SCHEMA}; run extract again",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The record's schema.
        schema: String,
    },
    /// A line does not fit the lines before it, or holds values that can't be.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, and what to do about it.
        reason: String,
    },
}

impl ReadError {
    /// Adds the path to a system error, and what to do about it.
    pub(crate) fn file(path: &Path, mend: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source, mend }
    }

    /// Adds the place to an error of JSON, and what to do about it.
    pub(crate) fn json(path: &Path, line: usize, mend: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |source| Self::Json { path: path.to_owned(), line, source, mend }
    }

    /// A record with another schema than this program's.
    pub(crate) fn schema(path: &Path, line: usize, schema: &str) -> Self {
        Self::Schema { path: path.to_owned(), line, schema: schema.to_owned() }
    }

    /// A line, counted from 1, with what is wrong with it and what to do about it.
    pub(crate) fn line(path: &Path, line: usize, reason: impl ToString) -> Self {
        Self::Line { path: path.to_owned(), line, reason: reason.to_string() }
    }
}

/// An extraction of which no records can be made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A place does not lie on characters of its field.
    #[error("internal error: bytes {start}..{end} of {sentence_id} do not lie on characters of its field")]
    Place {
        /// The sentence.
        sentence_id: String,
        /// First byte in the field.
        start: usize,
        /// Byte behind the last one.
        end: usize,
    },
    /// A record could not be put into JSON.
    #[error("internal error: a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
