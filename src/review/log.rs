//! The log of a folder's reviews, which no extraction changes.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use super::correction::Correction;
use super::error::ApplyError;
use crate::record::numbered_lines;
use crate::storage::{OutputError, REVIEWS, replace};

/// The corrections that were applied to a folder.
#[derive(Default)]
pub struct ReviewLog {
    text: String,
    /// The last correction of each sentence.
    last: HashMap<String, Correction>,
}

impl ReviewLog {
    /// Reads a folder's log, which is empty if there is none.
    pub fn read(folder: &Path) -> Result<Self, ApplyError> {
        let path = folder.join(REVIEWS);
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(OutputError::at(&path))?,
        };
        let all: Vec<(usize, Correction)> = numbered_lines(&path)?;
        let last = all.into_iter().map(|(_, c)| (c.sentence_id.clone(), c)).collect();
        Ok(Self { text, last })
    }

    /// Adds the corrections that are not the last one on their sentence already.
    pub fn append(mut self, folder: &Path, decided: &[Correction]) -> Result<(), ApplyError> {
        let before = self.text.len();
        for correction in decided.iter().filter(|c| self.last.get(&c.sentence_id) != Some(c)) {
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str(&serde_json::to_string(correction)?);
            self.text.push('\n');
        }
        if self.text.len() > before {
            replace(folder, REVIEWS, self.text.as_bytes())?;
        }
        Ok(())
    }
}
