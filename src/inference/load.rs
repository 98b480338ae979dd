//! Loads an encoder from the files of a registry.

use std::sync::Arc;

use rayon::join;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::backend::Backend;
use super::backends::{Chosen, Made};
use super::compute::{Device, Runtime};
use super::encoder::{Encoder, TryError};
use super::error::{LoadError, unfit};
use super::settings::Settings;
use super::states::States;
use crate::models::{BackendName, ModelEntry, ModelTask, Registry};

impl Encoder {
    /// Loads the registry's model for `task`; each file is checked against its pinned hash.
    ///
    /// # Errors
    /// [`LoadError`] naming the file that is missing, altered or unsuitable, or why the backend
    /// can't run it.
    pub fn load(registry: &Registry, task: ModelTask, runtime: &Runtime) -> Result<Self, LoadError> {
        let (entry, name) = registry.find(task, runtime.backend)?;
        let made = |chosen: &Chosen<'_>, labels: &[String], max_tokens| match name {
            BackendName::Onnx => chosen.onnx(runtime),
            BackendName::Libtorch => chosen.libtorch(runtime, labels, max_tokens),
        };
        let (mut encoder, file) = loaded(registry, entry, name, runtime, made)?;
        let unfit = |file: &str, reason: String| unfit(registry, entry, file, reason);
        encoder.by_token = encoder.try_out().map_err(|error| match error {
            TryError::Encoding(error) => unfit("tokenizer.json", error.to_string()),
            TryError::Backend(source) => LoadError::Backend { path: registry.path(entry, &file), source },
            TryError::WholeTexts => {
                unfit(&file, "the model labels whole texts, where each token needs a label".into())
            }
        })?;
        Ok(encoder)
    }
}

/// The lower layers of a model in two graphs, with its tokenizer and limits.
///
/// # Errors
/// [`LoadError`], as for [`Encoder::load`].
pub(super) fn lower(
    registry: &Registry,
    entry: &ModelEntry,
    name: BackendName,
    runtime: &Runtime,
) -> Result<Encoder, LoadError> {
    let made = |chosen: &Chosen<'_>, labels: &[String], max_tokens| match name {
        BackendName::Onnx => chosen.onnx_lower(runtime),
        BackendName::Libtorch => chosen.libtorch_lower(runtime, labels, max_tokens),
    };
    Ok(loaded(registry, entry, name, runtime, made)?.0)
}

/// The upper layers of a model in two graphs.
///
/// # Errors
/// [`LoadError`], as for [`Encoder::load`].
pub(super) fn upper(
    registry: &Registry,
    entry: &ModelEntry,
    name: BackendName,
    runtime: &Runtime,
) -> Result<Arc<dyn Backend<States>>, LoadError> {
    let (settings, labels) = Settings::of(registry, entry)?;
    let wrong = |reason: String| unfit(registry, entry, "config.json", reason);
    let max_tokens = settings.max_tokens(entry).map_err(wrong)?;
    let chosen = Chosen { registry, entry, settings: &settings };
    match name {
        BackendName::Onnx => chosen.onnx_upper(runtime),
        BackendName::Libtorch => chosen.libtorch_upper(runtime, &labels, max_tokens),
    }
}

/// An encoder with the backend that `make` creates, and the file of its weights.
fn loaded(
    registry: &Registry,
    entry: &ModelEntry,
    name: BackendName,
    runtime: &Runtime,
    make: impl Fn(&Chosen<'_>, &[String], usize) -> Result<Made, LoadError> + Sync,
) -> Result<(Encoder, String), LoadError> {
    let (settings, labels) = Settings::of(registry, entry)?;
    let unfit = |file: &str, reason: String| unfit(registry, entry, file, reason);
    let max_tokens = settings.max_tokens(entry).map_err(|reason| unfit("config.json", reason))?;
    let temperature = settings.temperature(entry).map_err(|reason| unfit("config.json", reason))?;
    let chosen = Chosen { registry, entry, settings: &settings };
    let (tokenizer, made) =
        join(|| tokenizer(registry, entry, &settings, max_tokens), || make(&chosen, &labels, max_tokens));
    let (tokenizer, made) = (tokenizer?, made?);
    let mut runs_on = format!("{name} {}", made.numbers);
    if runtime.device != Device::Cpu {
        runs_on.push_str(&format!(" {}", runtime.device));
    }
    let encoder = Encoder {
        backend: made.backend,
        runs_on,
        labels,
        token_types: settings.token_types(),
        max_tokens,
        temperature,
        tokenizer,
        entry: entry.clone(),
        by_token: false,
    };
    tracing::debug!(model = encoder.entry.name, backend = encoder.runs_on, "model loaded");
    Ok((encoder, made.file))
}

/// The labels of a model, in the order of its logits.
///
/// # Errors
/// [`LoadError`] if its `config.json` is missing, altered or unsuitable.
pub fn labels(registry: &Registry, entry: &ModelEntry) -> Result<Vec<String>, LoadError> {
    Settings::of(registry, entry).map(|(_, labels)| labels)
}

/// A model's tokenizer, without padding, which truncates the first text of a pair.
fn tokenizer(
    registry: &Registry,
    entry: &ModelEntry,
    settings: &Settings,
    max_tokens: usize,
) -> Result<Tokenizer, LoadError> {
    const FILE: &str = "tokenizer.json";
    let unfit = |reason: String| unfit(registry, entry, FILE, reason);
    let mut tokenizer =
        Tokenizer::from_bytes(registry.read(entry, FILE)?).map_err(|e| unfit(e.to_string()))?;
    let size = tokenizer.get_vocab_size(true);
    if let Some(room) = settings.vocabulary().filter(|&room| size > room) {
        let reason =
            format!("{size} tokens, but config.json has room for {room}: they belong to different models");
        return Err(unfit(reason));
    }
    tokenizer.with_padding(None);
    let truncation = (entry.task == ModelTask::Nli).then_some(TruncationParams {
        max_length: max_tokens,
        strategy: TruncationStrategy::OnlyFirst,
        direction: TruncationDirection::Right,
        stride: 0,
    });
    tokenizer.with_truncation(truncation).map_err(|e| unfit(e.to_string()))?;
    Ok(tokenizer)
}
