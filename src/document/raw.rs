//! Documents as bytes, with their origin.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest document that is read, in bytes after decompression.
pub const MAX_BYTES: usize = 8 << 20;

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The path as given or as found in a folder; `-` is standard input.
    pub path: String,
    /// The line in a JSON Lines file, counted from 1.
    pub line: Option<u64>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// The format of a document's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain text as scraped.
    Text,
    /// A web page.
    Html,
    /// One JSON object with an article.
    Json,
}

/// One document as bytes, decompressed, not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Where it comes from.
    pub origin: Origin,
    /// The file name without its known extensions.
    pub stem: String,
    /// The format of the bytes.
    pub kind: Kind,
    /// The bytes: a whole file, or one line without its line ending.
    pub bytes: Vec<u8>,
}
