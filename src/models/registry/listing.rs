//! The two files of a folder of models, and the text of the one that a person writes.

use serde::Deserialize;

use super::entry::ModelEntry;

/// What a person writes.
pub const MODELS: &str = "models.toml";
/// What the program writes.
pub const LOCK: &str = "models.lock";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListingToml {
    #[serde(default)]
    model: Vec<ModelEntry>,
}

/// Reads the text of a `models.toml`.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Vec<ModelEntry>, String> {
    let listing: ListingToml = toml::from_str(text).map_err(|e| e.to_string())?;
    for (i, entry) in listing.model.iter().enumerate() {
        if listing.model[..i].iter().any(|other| other.name == entry.name) {
            return Err(format!("two models are named {:?}; rename one", entry.name));
        }
    }
    Ok(listing.model)
}
