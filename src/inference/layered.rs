//! A model in two graphs: the lower layers read texts one by one, the upper layers read their
//! states together.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::backend::Backend;
use super::compute::Runtime;
use super::encoder::Encoder;
use super::error::{BackendError, LoadError, unfit};
use super::layers::{Heads, LOWER, UPPER};
use super::load;
use super::outputs::{Outputs, Tensor};
use super::runner::{Runner, computed};
use super::sieve::Sieve;
use super::states::States;
use super::tokens::Tokens;
use crate::models::{LAYERS, ModelTask, Registry, SIEVE};

#[derive(Deserialize)]
struct Config {
    heads: Heads,
}

/// A model in two graphs, ready to run.
pub struct Layered {
    encoder: Encoder,
    upper: Arc<dyn Backend<States>>,
    heads: Heads,
    sieve: Option<Sieve>,
    /// The special tokens before and after a text.
    ends: (i32, i32),
    probe: Tokens,
    upper_probe: States,
}

impl fmt::Debug for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layered").field("encoder", &self.encoder).finish_non_exhaustive()
    }
}

/// The output of the lower layers for a text.
#[derive(Debug, Clone)]
pub struct Lower {
    /// Hidden states, `[tokens, width]`.
    pub states: Arc<Tensor>,
    /// Queries, then keys of the skim, `[tokens, 2 × heads × width]`.
    pub skim: Tensor,
}

impl Layered {
    /// Loads the registry's model for `task`; `None` if it is not one in two graphs. Each file is
    /// checked against its pinned hash.
    ///
    /// # Errors
    /// [`LoadError`] naming the file that is missing, altered or unsuitable, or why the backend
    /// can't run it.
    pub fn load(registry: &Registry, task: ModelTask, runtime: &Runtime) -> Result<Option<Self>, LoadError> {
        let (entry, name) = registry.find(task, runtime.backend)?;
        if !LAYERS.iter().all(|file| entry.files.contains_key(*file)) {
            return Ok(None);
        }
        let wrong = |file: &str, reason: String| unfit(registry, entry, file, reason);
        let config = registry.read(entry, "config.json")?;
        let config: Config =
            serde_json::from_slice(&config).map_err(|e| wrong("config.json", e.to_string()))?;
        let (lower, upper) = rayon::join(
            || load::lower(registry, entry, name, runtime),
            || load::upper(registry, entry, name, runtime),
        );
        let (encoder, upper) = (lower?, upper?);
        let broken = |file: &str| {
            let path = registry.path(entry, file);
            move |source| LoadError::Backend { path, source }
        };
        let ends = encoder.encode("").map_err(|e| wrong("tokenizer.json", e.to_string()))?;
        let ends = match ends.get_ids() {
            &[first, last] => (first as i32, last as i32),
            ids => {
                return Err(wrong("tokenizer.json", format!("{} special tokens around a text", ids.len())));
            }
        };
        let sieve = match entry.files.contains_key(SIEVE) {
            true => {
                let read = Sieve::read(&registry.read(entry, SIEVE)?);
                Some(read.map_err(|reason| wrong(SIEVE, reason))?)
            }
            false => None,
        };
        let probe = Tokens { ids: vec![ends.0, ends.1], token_type_ids: vec![0; 2] };
        let outputs = computed(encoder.backend(), &[&probe]).and_then(only).map_err(broken(LOWER))?;
        let lower = read_lower(outputs).map_err(broken(LOWER))?;
        let upper_probe = States::new(vec![lower.states]);
        let model = Self { encoder, upper, heads: config.heads, sieve, ends, probe, upper_probe };
        let outputs = computed(model.upper.as_ref(), &[&model.upper_probe]).and_then(only);
        outputs.and_then(|outputs| model.check(&outputs)).map_err(broken(UPPER))?;
        Ok(Some(model))
    }

    /// The same model with other backends, which may wrap its own; `runs_on` is as for
    /// [`Encoder::with_backend`].
    pub fn with_backends(
        mut self,
        runs_on: impl Into<String>,
        lower: impl FnOnce(Arc<dyn Backend>) -> Arc<dyn Backend>,
        upper: impl FnOnce(Arc<dyn Backend<States>>) -> Arc<dyn Backend<States>>,
    ) -> Self {
        self.encoder = self.encoder.with_backend(runs_on, lower);
        self.upper = upper(self.upper);
        self
    }

    /// Checks that the widths in `config.json` are those of the graphs.
    fn check(&self, upper: &Outputs) -> Result<(), BackendError> {
        let heads = &self.heads;
        let pairs = 2 * heads.roles.width + 4 * heads.pointers.width;
        for (name, width) in [("logits", self.encoder.labels().len()), ("query", pairs), ("key", pairs)] {
            let shape = upper.get(name).map(Tensor::shape);
            if shape != Some(&[2, width]) {
                let told = format!("{name} is {shape:?} for two tokens, and config.json says {width} wide");
                return Err(BackendError::Shape(told));
            }
        }
        Ok(())
    }

    /// Tokenizer, lower layers and limits.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The heads.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The sieve, if the model has one.
    pub fn sieve(&self) -> Option<&Sieve> {
        self.sieve.as_ref()
    }

    /// The special tokens before and after a text.
    pub fn ends(&self) -> (i32, i32) {
        self.ends
    }

    /// The lower layers' output for each document's texts.
    ///
    /// # Errors
    /// [`BackendError`] if the backend is broken: it fails on an empty text too.
    pub fn lower(
        &self,
        runner: &Runner,
        documents: &[Vec<&Tokens>],
    ) -> Result<Vec<Result<Vec<Lower>, BackendError>>, BackendError> {
        let computed = runner.run_documents(&self.encoder.backend, documents, &self.probe)?;
        let read = |outputs: Result<Vec<Outputs>, _>| outputs?.into_iter().map(read_lower).collect();
        Ok(computed.into_iter().map(read).collect())
    }

    /// The upper layers' outputs `logits`, `query` and `key` for each document's sequences.
    ///
    /// # Errors
    /// [`BackendError`] if the backend is broken: it fails on an empty text too.
    pub fn upper(
        &self,
        runner: &Runner,
        documents: &[Vec<&States>],
    ) -> Result<Vec<Result<Vec<Outputs>, BackendError>>, BackendError> {
        runner.run_documents(&self.upper, documents, &self.upper_probe)
    }
}

/// The outputs of a batch of one.
fn only(outputs: Vec<Outputs>) -> Result<Outputs, BackendError> {
    outputs.into_iter().next().ok_or_else(|| BackendError::Shape("no output".into()))
}

fn read_lower(outputs: Outputs) -> Result<Lower, BackendError> {
    let [states, skim] = outputs.into_tensors()?;
    Ok(Lower { states: Arc::new(states), skim })
}
