//! Corrections from their file.

use std::path::Path;

use serde_json::Value;

use super::correction::{Placed, Unread};
use crate::record::{ReadError, json_lines, text_of};

/// Reads a file of corrections. A line that is no correction is an [`Unread`] in its place.
///
/// # Errors
/// [`ReadError::File`] if the file can't be read.
pub fn corrections(path: &Path) -> Result<Vec<Placed>, ReadError> {
    let text = text_of(path, "give a file of corrections in JSON Lines")?;
    let placed = json_lines::<Value>(&text).map(|(line, value)| {
        let sentence_id = value.as_ref().ok().and_then(|value| value["sentence_id"].as_str());
        let sentence_id = sentence_id.map(str::to_owned);
        let broken = |e| format!("{e}; mend or remove the line");
        let other = |e| format!("no correction: {e}; mend or remove the line (docs/schema.md)");
        let correction = value.map_err(broken).and_then(|v| serde_json::from_value(v).map_err(other));
        Placed {
            place: format!("{}, line {line}", path.display()),
            decision: correction.map_err(|reason| Unread { sentence_id, reason }),
        }
    });
    Ok(placed.collect())
}
