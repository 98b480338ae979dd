//! Attribution: when a sentence leans on the one before, and how its source is asked for.

use regex::Regex;
use serde::Deserialize;

use super::phrase_pattern;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
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
    /// What is wrong in it.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|e| e.to_string())?;
        for slot in [SOURCE, CLAIM] {
            if !written.source_hypothesis.contains(slot) {
                return Err(format!("source_hypothesis has no {slot} slot; add one"));
            }
        }
        for (name, value) in [("second_holder", written.second_holder), ("source", written.source)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(format!("{name} {value} must lie within 0 to 1"));
            }
        }
        let patterns: Vec<String> = written.refers_back.iter().map(|p| phrase_pattern(p)).collect();
        let refers_back =
            Regex::new(&format!("(?i){}", patterns.join("|"))).map_err(|e| format!("refers_back: {e}"))?;
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

    const EMBEDDED: &str = include_str!("../../config/attribution.toml");

    #[test]
    fn pronouns_and_open_quotations_refer_back() {
        let attribution = Attribution::from_toml(EMBEDDED).expect("valid");
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
        let broken = EMBEDDED.replace("{claim}", "it");
        assert!(Attribution::from_toml(&broken).expect_err("no slot").contains("{claim}"));
    }
}
