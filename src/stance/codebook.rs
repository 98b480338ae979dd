//! The codebook: topics, actors and attribution.

use super::attribution::Attribution;
use super::topics::{Bounds, StanceIndex, Topics};
use crate::actors::Actors;

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
    /// The threshold of stances that have none of their own: that of the stance model.
    pub threshold: f64,
}

impl Codebook {
    /// Which scores the claims of a stance need.
    pub fn bounds(&self, stance: StanceIndex) -> Bounds {
        Bounds::of(self.topics.stance(stance), self.threshold)
    }
}

#[cfg(test)]
impl Codebook {
    /// The built-in codebook, for tests of this stage by itself.
    pub fn built_in() -> Option<Self> {
        Some(Self {
            topics: Topics::from_toml(TOPICS).ok()?,
            actors: Actors::from_toml(ACTORS).ok()?,
            attribution: Attribution::from_toml(ATTRIBUTION).ok()?,
            threshold: Bounds::THRESHOLD,
        })
    }
}
