//! Builds an extractor from models and configuration.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use super::extractor::Extractor;
use crate::config::{ConfigError, ConfigFiles, Configuration};
use crate::entities::{Tagger, TaggerError};
use crate::inference::{
    DEFAULT_MAX_BATCH_TOKENS, Encoder, Layered, LoadError, Remedy, Runner, RunnerError, Runtime,
};
use crate::models::{ModelError, ModelTask, Registry};
use crate::stance::{CrossExamination, RoleModel, StanceModel, StanceModelError, TopicModel};

/// The reason why an extractor can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A configuration file can't be used.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// The registry of models can't be read.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// A model can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The entity model can't be used for tagging.
    #[error(transparent)]
    Tagger(#[from] TaggerError),
    /// The stance model can't judge stances, or not the configured ones.
    #[error(transparent)]
    Stance(#[from] StanceModelError),
    /// The inference threads can't be started.
    #[error(transparent)]
    Runner(#[from] RunnerError),
}

impl BuildError {
    /// Another way to run a model, if there is one.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Load(error) => error.remedy(),
            _ => None,
        }
    }
}

/// Builds an [`Extractor`]. Everything that is not set is built in.
#[derive(Default)]
pub struct Builder {
    files: ConfigFiles,
    configuration: Option<Configuration>,
    models: Option<PathBuf>,
    uncalibrated: bool,
    runtime: Runtime,
    tagger: Option<Tagger>,
    stance: Option<Box<dyn StanceModel>>,
    threads: Option<NonZeroUsize>,
    max_batch_tokens: Option<usize>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, models, runtime, threads, .. } = self;
        let builder = &mut f.debug_struct("Builder");
        builder.field("files", files).field("models", models);
        builder.field("runtime", runtime).field("threads", threads).finish_non_exhaustive()
    }
}

impl Builder {
    /// Reads the topics from this file, which has the format of `config/topics.toml`.
    pub fn topics(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.topics = Some(file.into());
        self
    }

    /// Reads the actors from this file, which has the format of `config/actors.toml`.
    pub fn actors(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.actors = Some(file.into());
        self
    }

    /// Uses this configuration instead of files.
    pub fn configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = Some(configuration);
        self
    }

    /// Uses the models of this folder, which has a `models.toml`.
    pub fn models(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models = Some(folder.into());
        self
    }

    /// Leaves out the calibrations of the registry's models: claims have the scores that the model
    /// gives.
    pub fn uncalibrated(mut self) -> Self {
        self.uncalibrated = true;
        self
    }

    /// Sets how the models of the registry are run.
    pub fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = runtime;
        self
    }

    /// Uses this tagger instead of a model of the registry.
    pub fn tagger(mut self, tagger: Tagger) -> Self {
        self.tagger = Some(tagger);
        self
    }

    /// Uses this stance model instead of a model of the registry.
    pub fn stance_model(mut self, model: Box<dyn StanceModel>) -> Self {
        self.stance = Some(model);
        self
    }

    /// Sets the number of inference threads; by default one per core.
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets the most padded tokens per batch. This changes speed and memory, never the records.
    pub fn max_batch_tokens(mut self, tokens: usize) -> Self {
        self.max_batch_tokens = Some(tokens);
        self
    }

    /// Reads the files, loads the models and checks that they fit together.
    ///
    /// # Errors
    /// [`BuildError`], which names the file and the error in it.
    pub fn build(self) -> Result<Extractor, BuildError> {
        let configuration = match self.configuration {
            Some(configuration) => configuration,
            None => Configuration::load(&self.files)?,
        };
        let runtime = &self.runtime;
        let registry = || {
            let registry = Registry::open(self.models.as_deref())?;
            Ok::<_, ModelError>(if self.uncalibrated { registry.without_calibrations() } else { registry })
        };
        let (tagger, stance) = (self.tagger, self.stance);
        let (tagger, stance) = rayon::join(
            || match tagger {
                Some(tagger) => Ok(tagger),
                None => {
                    let encoder = Encoder::load(&registry()?, ModelTask::Ner, runtime)?;
                    Ok::<_, BuildError>(Tagger::new(encoder)?)
                }
            },
            || match stance {
                Some(stance) => Ok(stance),
                None => stance_model(&registry()?, runtime),
            },
        );
        let (tagger, stance) = (tagger?, stance?);
        stance.check(configuration.codebook())?;
        let mut encoders = stance.encoders().into_iter();
        let configuration = match encoders.find_map(|encoder| encoder.entry().calibration?.threshold) {
            Some(threshold) => configuration.with_threshold(threshold),
            None => configuration,
        };
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
    /// [`BuildError`], for example in a build without the built-in models.
    pub fn builtin() -> Result<Self, BuildError> {
        Self::builder().build()
    }

    /// A builder, for other models, topics, actors or threads.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// The stance model of a registry, chosen by its files and labels.
fn stance_model(registry: &Registry, runtime: &Runtime) -> Result<Box<dyn StanceModel>, BuildError> {
    if let Some(layered) = Layered::load(registry, ModelTask::Nli, runtime)? {
        return Ok(Box::new(TopicModel::new(layered)?));
    }
    let encoder = Encoder::load(registry, ModelTask::Nli, runtime)?;
    if RoleModel::fits(&encoder) {
        return Ok(Box::new(RoleModel::new(encoder)?));
    }
    Ok(Box::new(CrossExamination::new(encoder)?))
}
