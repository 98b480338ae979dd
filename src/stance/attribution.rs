//! Attribution: when a sentence leans on the one before, and how its source is asked for.

use regex::Regex;
use serde::Deserialize;

use crate::phrase::phrase_pattern;

/// The slot of the source hypothesis that an actor fills.
const SOURCE: &str = "{source}";
/// The slot of the source hypothesis that the claim's own hypothesis fills.
const CLAIM: &str = "{claim}";

/// Compiled attribution settings.
#[derive(Debug, Clone)]
pub struct Attribution {
    /// At least so many actors, beside the catch-all and the narrator, may be the holder of a stance.
    pub candidates: usize,
    /// Probability from which a second holder of the same stance is taken beside the most probable one.
    pub second_holder: f64,
    /// Probability from which an actor is the claim's source.
    pub source: f64,
    refers_back: Regex,
    source_hypothesis: String,
}

/// Why attribution settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum AttributionError {
    /// They are no such TOML.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The source hypothesis lacks a slot.
    #[error("source_hypothesis has no {0} slot; add one")]
    NoSlot(&'static str),
    /// A bound is no probability.
    #[error("{name} {value} must lie within 0 to 1")]
    Bound {
        /// Which bound.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The words of `refers_back` make no regular expression.
    #[error("refers_back: {0}")]
    RefersBack(#[from] regex::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributionToml {
    refers_back: Vec<String>,
    source_hypothesis: String,
    candidates: usize,
    second_holder: f64,
    source: f64,
}

impl Attribution {
    /// Reads `attribution.toml`.
    ///
    /// # Errors
    /// [`AttributionError`].
    pub fn from_toml(text: &str) -> Result<Self, AttributionError> {
        let written: AttributionToml = toml::from_str(text)?;
        for slot in [SOURCE, CLAIM] {
            if !written.source_hypothesis.contains(slot) {
                return Err(AttributionError::NoSlot(slot));
            }
        }
        for (name, value) in [("second_holder", written.second_holder), ("source", written.source)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(AttributionError::Bound { name, value });
            }
        }
        let patterns: Vec<String> = written.refers_back.iter().map(|p| phrase_pattern(p)).collect();
        let refers_back = Regex::new(&format!("(?i){}", patterns.join("|")))?;
        Ok(Self {
            candidates: written.candidates,
            second_holder: written.second_holder,
            source: written.source,
            refers_back,
            source_hypothesis: written.source_hypothesis,
        })
    }

    /// Whether a sentence may need the one before to be understood.
    pub fn refers_back(&self, sentence: &str) -> bool {
        // "US" and "IT" are no pronouns.
        let acronym = |word: &str| word.len() > 1 && word.chars().all(char::is_uppercase);
        let mut found = self.refers_back.find_iter(sentence);
        sentence.starts_with(['"', '“', '‘', '\'']) || found.any(|m| !acronym(m.as_str()))
    }

    /// The hypothesis that `source` reports `claim`, a hypothesis itself.
    pub fn source_hypothesis(&self, source: &str, claim: &str) -> String {
        self.source_hypothesis.replace(SOURCE, source).replace(CLAIM, claim.trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../config/attribution.toml");

    #[test]
    fn pronouns_and_open_quotations_refer_back() {
        let attribution = Attribution::from_toml(BUILT_IN).expect("valid");
        for sentence in ["It added that nothing changed.", "“We never asked.", "Delhi declined the offer."]
        {
            assert!(attribution.refers_back(sentence), "{sentence}");
        }
        for sentence in ["Islamabad thanked Washington.", "The US spoke of IT exports."] {
            assert!(!attribution.refers_back(sentence), "{sentence}");
        }
    }

    #[test]
    fn the_source_hypothesis_needs_both_slots() {
        let broken = BUILT_IN.replace("{claim}", "it");
        assert!(Attribution::from_toml(&broken).expect_err("no slot").to_string().contains("{claim}"));
    }
}
