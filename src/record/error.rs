//! Errors of reading and making records.

use std::io;
use std::path::{Path, PathBuf};

use super::schema::READABLE;

/// The error that records, or a reviewer's file about them, can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read.
    #[error("{}: {source}; {mend}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The I/O error.
        source: io::Error,
        /// How to fix it.
        mend: &'static str,
    },
    /// A line is not valid JSON, or has the wrong fields for this file.
    #[error("{}, line {line}: {source}; {mend}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The JSON error.
        source: serde_json::Error,
        /// How to fix it.
        mend: &'static str,
    },
    /// A record has another schema than those of [`READABLE`].
    #[error(
        "{}, line {line}: schema {schema}, where this program reads {}; run extract again",
        path.display(), READABLE.join(" and ")
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The record's schema.
        schema: String,
    },
    /// A line contradicts the lines before it, or has invalid values.
    #[error("{}, line {line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and how to fix it.
        reason: String,
    },
}

impl ReadError {
    /// Adds the path to an I/O error, and how to fix it.
    pub(crate) fn file(path: &Path, mend: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source, mend }
    }

    /// Adds the place to a JSON error, and how to fix it.
    pub(crate) fn json(path: &Path, line: usize, mend: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |source| Self::Json { path: path.to_owned(), line, source, mend }
    }

    /// The error that a record has another schema than this program's.
    pub(crate) fn schema(path: &Path, line: usize, schema: &str) -> Self {
        Self::Schema { path: path.to_owned(), line, schema: schema.to_owned() }
    }

    /// The error of a line, counted from 1, and how to fix it.
    pub(crate) fn line(path: &Path, line: usize, reason: impl ToString) -> Self {
        Self::Line { path: path.to_owned(), line, reason: reason.to_string() }
    }
}

/// The error that records can't be made.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A span is not on character boundaries of its field.
    #[error(
        "internal error: bytes {start}..{end} of {sentence_id} are not on character boundaries of its field"
    )]
    Place {
        /// The sentence.
        sentence_id: String,
        /// First byte in the field.
        start: usize,
        /// Byte after the last one.
        end: usize,
    },
    /// A record can't be serialized to JSON.
    #[error("internal error: a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
