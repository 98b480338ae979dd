//! Attribution words: who speaks, and what goes on about who spoke before.

use regex::Regex;
use serde::Deserialize;

use super::phrase_pattern;

/// Compiled attribution cues.
#[derive(Debug)]
pub struct Attribution {
    /// Verbs of saying; the speaker stands before, or behind after a quotation.
    pub verbs: Regex,
    /// Words such as "according to"; the speaker stands behind.
    pub prepositions: Regex,
    /// A sentence's beginning that refers to who spoke before.
    pub pronouns: Regex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    verbs: Vec<String>,
    prepositions: Vec<String>,
    pronouns: Vec<String>,
}

impl Attribution {
    /// Reads `attribution.toml`.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|e| e.to_string())?;
        Ok(Self {
            verbs: any(&written.verbs, "")?,
            prepositions: any(&written.prepositions, "")?,
            pronouns: any(&written.pronouns, r#"^[\s"'“‘«]*"#)?,
        })
    }
}

fn any(phrases: &[String], before: &str) -> Result<Regex, String> {
    let mut patterns: Vec<String> = phrases.iter().map(|p| phrase_pattern(p)).collect();
    patterns.sort_by_key(|p| std::cmp::Reverse(p.len()));
    Regex::new(&format!("(?i){before}(?:{})", patterns.join("|"))).map_err(|e| e.to_string())
}
