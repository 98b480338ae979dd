//! From models and configuration to an extractor.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use super::extractor::Extractor;
use crate::config::{ConfigError, ConfigFiles, Configuration};
use crate::entities::{Tagger, TaggerError};
use crate::inference::{DEFAULT_MAX_BATCH_TOKENS, Encoder, LoadError, Remedy, Runner, RunnerError, Runtime};
use crate::models::{ModelError, ModelTask, Registry};
use crate::stance::{CrossExamination, RoleModel, StanceModel, StanceModelError};

/// Why an extractor can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A configuration file can't be used.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// The models can't be listed.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// A model can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A model can't tag entities.
    #[error(transparent)]
    Tagger(#[from] TaggerError),
    /// A model can't judge stances, or not those of the configuration.
    #[error(transparent)]
    Stance(#[from] StanceModelError),
    /// The inference threads can't be started.
    #[error(transparent)]
    Runner(#[from] RunnerError),
}

impl BuildError {
    /// Another way to run a model, if the error knows one.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Load(error) => error.remedy(),
            _ => None,
        }
    }
}

/// What an extractor is to be built of; what is not set is built in.
#[derive(Default)]
pub struct Builder {
    files: ConfigFiles,
    configuration: Option<Configuration>,
    models: Option<PathBuf>,
    runtime: Runtime,
    tagger: Option<Tagger>,
    stance: Option<Box<dyn StanceModel>>,
    threads: Option<NonZeroUsize>,
    max_batch_tokens: Option<usize>,
}

impl Builder {
    /// Takes topics from this file, in the form of `config/topics.toml`.
    pub fn topics(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.topics = Some(file.into());
        self
    }

    /// Takes actors from this file, in the form of `config/actors.toml`.
    pub fn actors(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.actors = Some(file.into());
        self
    }

    /// Takes this configuration instead of files.
    pub fn configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    /// Takes models from this folder, which holds a `models.toml`.
    pub fn models(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models = Some(folder.into());
        self
    }

    /// Runs the models of the registry so.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Takes this tagger instead of one of the registry.
    pub fn tagger(mut self, tagger: Tagger) -> Self {
        self.tagger = Some(tagger);
        self
    }

    /// Takes this stance model instead of one of the registry.
    pub fn stance_model(mut self, model: Box<dyn StanceModel>) -> Self {
        self.stance = Some(model);
        self
    }

    /// Starts so many inference threads, instead of one a core.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Hands models batches of at most so many padded tokens; changes speed and memory, never a record.
    pub fn max_batch_tokens(mut self, tokens: usize) -> Self {
        self.max_batch_tokens = Some(tokens);
        self
    }

    /// Reads the files, loads the models and checks that they fit each other.
    ///
    /// # Errors
    /// [`BuildError`] naming the file and what is wrong with it.
    pub fn build(self) -> Result<Extractor, BuildError> {
        let configuration = match self.configuration {
            Some(configuration) => configuration,
            None => Configuration::load(&self.files)?,
        };
        let registry = Registry::open(self.models.as_deref())?;
        let load = |task| Encoder::load(&registry, task, &self.runtime);
        let (tagger, stance) = (self.tagger, self.stance);
        let (tagger, stance) = rayon::join(
            || match tagger {
                Some(tagger) => Ok(tagger),
                None => Ok::<_, BuildError>(Tagger::new(load(ModelTask::Ner)?)?),
            },
            || match stance {
                Some(stance) => Ok(stance),
                None => stance_model(load(ModelTask::Nli)?),
            },
        );
        let (tagger, stance) = (tagger?, stance?);
        stance.check(&configuration.codebook)?;
        let threads = self.threads.or_else(|| available_parallelism().ok());
        let most = self.max_batch_tokens.unwrap_or(DEFAULT_MAX_BATCH_TOKENS);
        let runner = Runner::new(threads.unwrap_or(NonZeroUsize::MIN), most)?;
        Ok(Extractor::new(configuration, tagger, stance, runner))
    }
}

impl Extractor {
    /// The built-in models and configuration, on all cores.
    ///
    /// # Errors
    /// [`BuildError`], as in a build without the built-in models.
    pub fn builtin() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// For other models, topics, actors or threads.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// The stance model that an encoder makes: by its labels.
fn stance_model(encoder: Encoder) -> Result<Box<dyn StanceModel>, BuildError> {
    if RoleModel::fits(encoder.labels()) {
        return Ok(Box::new(RoleModel::new(encoder)?));
    }
    Ok(Box::new(CrossExamination::new(encoder)?))
}
