//! Documents as bytes, and where they stand.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest document that is read, in bytes after decompression.
pub const MAX_BYTES: usize = 8 << 20;

/// Where a document stands.
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

/// What a document's bytes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Plain text as scraped.
    Text,
    /// A web page.
    Html,
    /// One JSON object that holds an article.
    Json,
}

/// One document as bytes, decompressed, not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Where it stands.
    pub origin: Origin,
    /// The file name without its known extensions.
    pub stem: String,
    /// What the bytes hold.
    pub kind: Kind,
    /// The bytes: a whole file, or one line without its line end.
    pub bytes: Vec<u8>,
}
