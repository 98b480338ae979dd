//! The two files of a folder of models, and the text of the one that a person writes.

use serde::Deserialize;

use super::entry::ModelEntry;
use crate::models::error::ListingError;

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
/// [`ListingError`]: what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<ModelEntry>, ListingError> {
    let listing: ListingToml = toml::from_str(text)?;
    for (i, entry) in listing.model.iter().enumerate() {
        if listing.model.iter().take(i).any(|other| other.name == entry.name) {
            return Err(ListingError::SameName(entry.name.clone()));
        }
    }
    Ok(listing.model)
}
