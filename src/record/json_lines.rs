//! Reads values from JSON Lines.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::ReadError;

/// The byte order mark, which some tools and systems write at the start of a text file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a text file without its byte order mark. `mend` says which file to give instead.
///
/// # Errors
/// [`ReadError::File`].
pub fn text_of(path: &Path, mend: &'static str) -> Result<String, ReadError> {
    let mut text = fs::read_to_string(path).map_err(ReadError::file(path, mend))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len_utf8());
    }
    Ok(text)
}

/// The values of JSON Lines, each with its line number, from 1, or the line's error. Empty lines
/// are skipped.
pub fn json_lines<T: DeserializeOwned>(
    text: &str,
) -> impl Iterator<Item = (usize, Result<T, serde_json::Error>)> {
    let numbered = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    numbered.map(|(line, number)| (number, serde_json::from_str(line)))
}

/// The values of a JSON Lines file, each with its line number.
///
/// # Errors
/// [`ReadError::File`] or [`ReadError::Json`].
pub fn numbered_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, ReadError> {
    let text = text_of(path, "give an output folder of extract, or a JSON Lines file")?;
    let lines = json_lines(&text).map(|(number, value)| {
        let value = value.map_err(ReadError::json(path, number, "fix or remove the line"))?;
        Ok((number, value))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_as_in_an_editor_and_a_wrong_one_affects_no_other() {
        let lines: Vec<(usize, Option<u8>)> =
            json_lines("1\r\n\n \nx\n300\n2").map(|(number, value)| (number, value.ok())).collect();
        assert_eq!(lines, [(1, Some(1)), (4, None), (5, None), (6, Some(2))]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jsonl");
        fs::write(&path, "\u{feff}1\n\u{feff}2\n").expect("written");
        assert_eq!(text_of(&path, "").expect("read"), "1\n\u{feff}2\n");
        let told = numbered_lines::<u8>(&path).expect_err("a mark within").to_string();
        assert!(told.contains("a.jsonl, line 2: "), "{told}");
    }
}
