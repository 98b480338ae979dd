//! The codebook: topics, actors and attribution.

use super::attribution::{Attribution, AttributionError};
use super::topics::{Topics, TopicsError};
use crate::actors::{Actors, ActorsError};

/// The text of the built-in topics.
pub const TOPICS: &str = include_str!("../../config/topics.toml");
/// The text of the built-in actors.
pub const ACTORS: &str = include_str!("../../config/actors.toml");
/// The text of the built-in attribution settings.
pub const ATTRIBUTION: &str = include_str!("../../config/attribution.toml");

/// The categories of the analysis; content analysis calls this a codebook.
#[derive(Debug)]
pub struct Codebook {
    /// Topics, stances and hypotheses.
    pub topics: Topics,
    /// Actors that may hold a stance, and their names.
    pub actors: Actors,
    /// When a sentence refers back to the previous one, and how its source is found.
    pub attribution: Attribution,
}

/// The reason why a codebook is invalid.
#[derive(Debug, thiserror::Error)]
pub enum CodebookError {
    /// Its topics are invalid.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// Its actors are invalid.
    #[error(transparent)]
    Actors(#[from] ActorsError),
    /// Its attribution settings are invalid.
    #[error(transparent)]
    Attribution(#[from] AttributionError),
}

impl Codebook {
    /// The built-in codebook: three topics on India and Pakistan.
    ///
    /// # Errors
    /// [`CodebookError`]; not expected for the built-in files.
    pub fn built_in() -> Result<Self, CodebookError> {
        Ok(Self {
            topics: Topics::from_toml(TOPICS)?,
            actors: Actors::from_toml(ACTORS)?,
            attribution: Attribution::from_toml(ATTRIBUTION)?,
        })
    }
}
