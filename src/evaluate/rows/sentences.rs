//! Sentence splitting: exact spans.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::super::count::Count;
use super::super::score::Score;
use super::files::RowKind;
use crate::record::ReadError;

/// A text and its labelled sentences.
#[derive(Debug, Clone, Deserialize)]
pub struct SplitRow {
    /// The text.
    pub text: String,
    /// Start and end of each sentence, in code points.
    #[serde(rename = "sents")]
    pub sentences: HashSet<[usize; 2]>,
}

/// Reads rows; of those that tell a `part`, `part` alone.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<SplitRow>, ReadError> {
    RowKind { fields: "`text` and `sents`, a list of [start, end] in code points", part, read: row }.of(paths)
}

fn row(row: SplitRow, _: &str) -> Result<SplitRow, String> {
    let length = row.text.chars().count();
    match row.sentences.iter().find(|[start, end]| start >= end || *end > length) {
        Some([start, end]) => Err(format!(
            "the sentence {start}..{end} does not lie within its text of {length} code points; mend it"
        )),
        None => Ok(row),
    }
}

/// Counts the sentences found in each row's text, in the order of the rows; in code points.
pub fn score(rows: &[SplitRow], found: &[HashSet<[usize; 2]>]) -> Score {
    let mut count = Count::default();
    rows.iter().zip(found).for_each(|(row, found)| count += Count::of(found, &row.sentences));
    count.into()
}
