//! Files of rows: JSON Lines, gzipped or not.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::record::{ReadError, json_lines};

const HINT: &str = "give a file of JSON Lines (*.jsonl, *.jsonl.gz), or a folder of such files";

/// What a kind of row is read with.
pub struct RowKind<'r, T, R> {
    /// What its fields are, for whoever gave others.
    pub fields: &'static str,
    /// Of rows that tell a `part`, this one alone.
    pub part: Option<&'r str>,
    /// What a row means, or what is wrong with it and what mends it. It gets the row and a name for
    /// it: its file's, and the number of its line.
    pub read: fn(T, &str) -> Result<R, String>,
}

impl<T: DeserializeOwned, R> RowKind<'_, T, R> {
    /// The rows of all files, in their order.
    ///
    /// # Errors
    /// Names the file, the line and the mend.
    pub fn of(&self, paths: &[PathBuf]) -> Result<Vec<R>, ReadError> {
        let mut rows = Vec::new();
        for path in paths {
            for file in files(path)? {
                self.add(&file, &mut rows)?;
            }
        }
        Ok(rows)
    }

    fn add(&self, path: &Path, rows: &mut Vec<R>) -> Result<(), ReadError> {
        let text = text_of(path).map_err(at(path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for (line, value) in json_lines::<Value>(&text) {
            let wrong = |reason: String| ReadError::line(path, line, reason);
            let value = value.map_err(ReadError::json(path, line, "mend or remove the line"))?;
            let part = value.get("part").and_then(Value::as_str);
            if self.part.is_some_and(|wanted| part.is_some_and(|part| part != wanted)) {
                continue;
            }
            let row = serde_json::from_value(value)
                .map_err(|e| wrong(format!("{e}; mend it: a row has {}", self.fields)))?;
            rows.push((self.read)(row, &format!("{name}:{line}")).map_err(wrong)?);
        }
        Ok(())
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> ReadError + '_ {
    ReadError::file(path, HINT)
}

/// The file itself, or those of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let all: io::Result<Vec<PathBuf>> =
        fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut files = all.map_err(at(path))?;
    let has_rows = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")
    };
    files.retain(has_rows);
    files.sort();
    Ok(files)
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let mut file = File::open(path)?;
    if path.extension().is_some_and(|e| e == "gz") {
        MultiGzDecoder::new(file).read_to_string(&mut text)?;
    } else {
        file.read_to_string(&mut text)?;
    }
    Ok(text)
}
