//! Corrections from their file.

use std::path::Path;

use serde_json::Value;

use super::correction::{Placed, Unread};
use crate::record::{ReadError, json_lines, text_of};

/// Reads a corrections file; a line that is no correction says so in its place.
///
/// # Errors
/// Names the file and the mend, if it can't be read at all.
pub fn corrections(path: &Path) -> Result<Vec<Placed>, ReadError> {
    let text = text_of(path, "give a file of corrections in JSON Lines")?;
    let placed = json_lines::<Value>(&text).map(|(line, value)| {
        let told = value.as_ref().ok().and_then(|value| value["sentence_id"].as_str());
        let sentence_id = told.map(str::to_owned);
        let wrong = |e| format!("no correction: {e}; mend or remove the line (docs/schema.md)");
        let correction = value.and_then(|value| serde_json::from_value(value).map_err(wrong));
        Placed {
            place: format!("{}, line {line}", path.display()),
            decision: correction.map_err(|reason| Unread { sentence_id, reason }),
        }
    });
    Ok(placed.collect())
}
