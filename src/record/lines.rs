//! Values back from JSON Lines.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::schema::SCHEMA;

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

    /// A record of another schema than this program's.
    pub(crate) fn other_schema(path: &Path, line: usize, schema: &str) -> Self {
        Self::line(
            path,
            line,
            format!("schema {schema}, where this program reads {SCHEMA}; run extract again"),
        )
    }
}

/// Reads a text file without the byte order mark that some tools and systems put first.
///
/// # Errors
/// The system's, with the path and the hint.
pub fn text_of(path: &Path, hint: &'static str) -> Result<String, ReadError> {
    let unreadable = |source| ReadError::File { path: path.display().to_string(), source, hint };
    let mut text = fs::read_to_string(path).map_err(unreadable)?;
    if text.starts_with(MARK) {
        text.drain(..MARK.len_utf8());
    }
    Ok(text)
}

const MARK: char = '\u{feff}';

/// The values of JSON Lines, each with the number of its line, from 1, or with what is wrong with the line and what
/// mends it. Empty lines are passed over.
pub fn json_lines<T: DeserializeOwned>(text: &str) -> impl Iterator<Item = (usize, Result<T, String>)> {
    let numbered = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    numbered.map(|(line, number)| {
        (number, serde_json::from_str(line).map_err(|e| format!("{e}; mend or remove the line")))
    })
}

/// The values of a file of JSON Lines, each with the number of its line.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn numbered_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, ReadError> {
    let text = text_of(path, "give an output folder of extract, or a JSON Lines file")?;
    let lines = json_lines(&text).map(|(number, value)| match value {
        Ok(value) => Ok((number, value)),
        Err(reason) => Err(ReadError::line(path, number, reason)),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_as_an_editor_does_and_a_wrong_one_stands_alone() {
        let lines: Vec<(usize, Result<u8, String>)> = json_lines("1\r\n\n \nx\n300\n2").collect();
        let numbers: Vec<usize> = lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 4, 5, 6]);
        assert_eq!((&lines[0].1, &lines[3].1), (&Ok(1), &Ok(2)));
        assert!(lines[1..3].iter().all(|(_, value)| value.is_err()));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        fs::write(&path, "\u{feff}1\n\u{feff}2\n").expect("written");
        assert_eq!(text_of(&path, "").expect("read"), "1\n\u{feff}2\n");
        let told = numbered_lines::<u8>(&path).expect_err("a mark within").to_string();
        assert!(told.contains("a.jsonl, line 2: "), "{told}");
    }
}
