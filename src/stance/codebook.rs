//! What claims may be about, whose they may be, and how both are asked for.

use super::attribution::{Attribution, AttributionError};
use super::topics::{Topics, TopicsError};
use crate::actors::{Actors, ActorsError};

/// The texts of the built-in codebook: topics, actors, attribution.
pub const TOPICS: &str = include_str!("../../config/topics.toml");
/// See [`TOPICS`].
pub const ACTORS: &str = include_str!("../../config/actors.toml");
/// See [`TOPICS`].
pub const ATTRIBUTION: &str = include_str!("../../config/attribution.toml");

/// The categories of the analysis, as content analysis calls its codebook.
#[derive(Debug)]
pub struct Codebook {
    /// Topics, stances and hypotheses.
    pub topics: Topics,
    /// Who may hold a stance, and the names that fold into each.
    pub actors: Actors,
    /// When a sentence leans on the one before, how a source is asked for.
    pub attribution: Attribution,
}

/// Why a codebook can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CodebookError {
    /// Its topics.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// Its actors.
    #[error(transparent)]
    Actors(#[from] ActorsError),
    /// Its attribution.
    #[error(transparent)]
    Attribution(#[from] AttributionError),
}

impl Codebook {
    /// The one that comes with the program: three topics on India and Pakistan.
    ///
    /// # Errors
    /// [`CodebookError`]; none is expected.
    pub fn built_in() -> Result<Self, CodebookError> {
        Ok(Self {
            topics: Topics::from_toml(TOPICS)?,
            actors: Actors::from_toml(ACTORS)?,
            attribution: Attribution::from_toml(ATTRIBUTION)?,
        })
    }
}
