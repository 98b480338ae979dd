//! The configuration files, read and compiled.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::actors::{Actors, ActorsError};
use crate::digest::sha256;
use crate::stance::{
    ACTORS, ATTRIBUTION, Attribution, AttributionError, Bounds, Codebook, TOPICS, Topics, TopicsError,
};
use crate::text::{Boilerplate, RulesError};

/// Files that replace the built-in configuration.
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
    codebook: Codebook,
    boilerplate: Boilerplate,
    texts: Texts,
    /// The floor that was set instead of those of the texts.
    floor: Option<f64>,
}

/// The error that a configuration file is invalid.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct ConfigError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    #[source]
    pub kind: ConfigErrorKind,
}

/// The reason why a configuration file is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ConfigErrorKind {
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its topics are invalid.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// Its table of actors is invalid.
    #[error(transparent)]
    Actors(#[from] ActorsError),
    /// Its attribution settings are invalid.
    #[error(transparent)]
    Attribution(#[from] AttributionError),
    /// Its boilerplate rules are invalid.
    #[error(transparent)]
    Boilerplate(#[from] RulesError),
}

impl Configuration {
    /// The built-in configuration.
    ///
    /// # Errors
    /// [`ConfigError`]; not expected for the built-in files.
    pub fn built_in() -> Result<Self, ConfigError> {
        Self::load(&ConfigFiles::default())
    }

    /// Reads the given files, and uses the built-in text for the others.
    ///
    /// # Errors
    /// [`ConfigError`], which names the file and the error in it.
    pub fn load(files: &ConfigFiles) -> Result<Self, ConfigError> {
        let rules = include_str!("../../config/boilerplate.toml");
        Self::compile(Texts {
            topics: Text::of(files.topics.as_deref(), "topics", TOPICS)?,
            actors: Text::of(files.actors.as_deref(), "actors", ACTORS)?,
            attribution: Text::of(None, "attribution", ATTRIBUTION)?,
            boilerplate: Text::of(None, "boilerplate", rules)?,
        })
    }

    /// The same configuration with these topics, given as text in the format of
    /// `config/topics.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] with the error in them.
    pub fn with_topics(self, toml: &str) -> Result<Self, ConfigError> {
        let topics = Text { path: "topics".into(), body: toml.into() };
        Self::compile(Texts { topics, ..self.texts })
    }

    /// The same configuration with these actors, given as text in the format of
    /// `config/actors.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] with the error in them.
    pub fn with_actors(self, toml: &str) -> Result<Self, ConfigError> {
        let actors = Text { path: "actors".into(), body: toml.into() };
        Self::compile(Texts { actors, ..self.texts })
    }

    fn compile(texts: Texts) -> Result<Self, ConfigError> {
        Ok(Self {
            codebook: Codebook {
                topics: texts.topics.parse(Topics::from_toml)?,
                actors: texts.actors.parse(Actors::from_toml)?,
                attribution: texts.attribution.parse(Attribution::from_toml)?,
                threshold: Bounds::THRESHOLD,
            },
            boilerplate: texts.boilerplate.parse(Boilerplate::from_toml)?,
            texts,
            floor: None,
        })
    }

    /// The same configuration for a stance model with this threshold; stances with a threshold of
    /// their own keep it.
    pub(crate) fn with_threshold(mut self, threshold: f64) -> Self {
        self.codebook.threshold = threshold;
        self
    }

    /// The same configuration, with this floor for all stances.
    pub fn with_floor(mut self, floor: f64) -> Self {
        self.codebook.topics.set_floors(floor);
        self.floor = Some(floor);
        self
    }

    /// Topics, actors and attribution.
    pub fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// The boilerplate rules.
    pub fn boilerplate(&self) -> &Boilerplate {
        &self.boilerplate
    }

    /// Lower-case hexadecimal SHA-256 of all configuration texts, and of a floor that was set.
    pub fn sha256(&self) -> String {
        let Texts { topics, actors, attribution, boilerplate } = &self.texts;
        let all = [topics, actors, attribution, boilerplate];
        let floor = self.floor.map(|floor| format!("floor {floor}")).unwrap_or_default();
        sha256((all.map(|text| sha256(text.body.as_bytes())).concat() + &floor).as_bytes())
    }
}

/// The texts that a configuration was compiled from. They can't be changed without compiling again.
#[derive(Debug, Clone)]
struct Texts {
    topics: Text,
    actors: Text,
    attribution: Text,
    boilerplate: Text,
}

/// The text of one configuration file, and its path.
#[derive(Debug, Clone)]
struct Text {
    path: String,
    body: String,
}

impl Text {
    fn of(file: Option<&Path>, name: &str, built_in: &str) -> Result<Self, ConfigError> {
        let Some(file) = file else {
            let path = format!("built-in config/{name}.toml");
            return Ok(Self { path, body: built_in.into() });
        };
        let path = file.display().to_string();
        match fs::read_to_string(file) {
            Ok(body) => Ok(Self { path, body }),
            Err(e) => Err(ConfigError { path, kind: e.into() }),
        }
    }

    fn parse<T, E>(&self, read: impl Fn(&str) -> Result<T, E>) -> Result<T, ConfigError>
    where
        ConfigErrorKind: From<E>,
    {
        let wrong = |e: E| ConfigError { path: self.path.clone(), kind: e.into() };
        read(&self.body).map_err(wrong)
    }
}
