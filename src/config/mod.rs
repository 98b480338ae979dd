//! What an analyst sets without touching Rust: topics, actors, attribution, boilerplate.

mod actors;
mod attribution;
mod topics;

use std::path::{Path, PathBuf};

pub use actors::{Actor, ActorMention, Actors};
pub use attribution::Attribution;
pub use topics::{HOLDER, Stance, Topic, Topics};

use crate::digest::sha256;
use crate::text::Boilerplate;

/// Files that replace the embedded configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigFiles {
    /// Replaces `config/topics.toml`.
    pub topics: Option<PathBuf>,
    /// Replaces `config/actors.toml`.
    pub actors: Option<PathBuf>,
}

/// The whole configuration, compiled.
#[derive(Debug)]
pub struct Configuration {
    /// Topics, stances and hypotheses.
    pub topics: Topics,
    /// Who folds into whom.
    pub actors: Actors,
    /// When a sentence leans on the one before, how a source is asked for.
    pub attribution: Attribution,
    /// What is no article text.
    pub boilerplate: Boilerplate,
    /// Lower-case hexadecimal sha256 of all configuration texts.
    pub sha256: String,
}

/// A configuration file that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct ConfigError {
    /// The file.
    pub path: String,
    /// What is wrong, with the line where the parser knows it.
    pub reason: String,
}

impl Configuration {
    /// Reads the files that are given and takes the embedded text for the rest.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file and what is wrong in it.
    pub fn load(files: &ConfigFiles) -> Result<Self, ConfigError> {
        let topics = Text::of(files.topics.as_deref(), "topics", include_str!("../../config/topics.toml"))?;
        let actors = Text::of(files.actors.as_deref(), "actors", include_str!("../../config/actors.toml"))?;
        let attribution = Text::of(None, "attribution", include_str!("../../config/attribution.toml"))?;
        let boilerplate = Text::of(None, "boilerplate", include_str!("../../config/boilerplate.toml"))?;
        let all = [&topics, &actors, &attribution, &boilerplate];
        let hashes: String = all.map(|text| sha256(text.body.as_bytes())).concat();
        Ok(Self {
            topics: topics.parse(Topics::from_toml)?,
            actors: actors.parse(Actors::from_toml)?,
            attribution: attribution.parse(Attribution::from_toml)?,
            boilerplate: boilerplate.parse(|text| Boilerplate::from_toml(text).map_err(|e| e.to_string()))?,
            sha256: sha256(hashes.as_bytes()),
        })
    }
}

/// The text of one configuration file, and where it stands.
struct Text {
    path: String,
    body: String,
}

impl Text {
    fn of(file: Option<&Path>, name: &str, embedded: &str) -> Result<Self, ConfigError> {
        match file {
            None => Ok(Self { path: format!("embedded config/{name}.toml"), body: embedded.into() }),
            Some(path) => {
                let shown = path.display().to_string();
                match std::fs::read_to_string(path) {
                    Ok(body) => Ok(Self { path: shown, body }),
                    Err(e) => Err(ConfigError { path: shown, reason: e.to_string() }),
                }
            }
        }
    }

    fn parse<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<T, ConfigError> {
        read(&self.body).map_err(|reason| ConfigError { path: self.path.clone(), reason })
    }
}

/// Regular expression for words with any white space between them, bounded as words are.
fn phrase_pattern(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(regex::escape).collect();
    let bound = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { r"\b" } else { "" };
    let body = words.join(r"\s+").replace('\'', "['’]");
    format!("{}{body}{}", bound(phrase.chars().next()), bound(phrase.chars().next_back()))
}
