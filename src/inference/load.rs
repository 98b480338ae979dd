//! Loads an encoder from the files of a registry.

use rayon::join;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use super::backends::Chosen;
use super::compute::{Device, Runtime};
use super::encoder::{Encoder, TryError};
use super::error::{LoadError, unfit};
use super::settings::Settings;
use crate::models::{BackendName, ModelEntry, ModelTask, Registry};

impl Encoder {
    /// Loads the registry's model for `task`; each file is checked against its pinned hash.
    ///
    /// # Errors
    /// [`LoadError`] naming the file that is missing, altered or unsuitable, or why the backend
    /// can't run it.
    pub fn load(registry: &Registry, task: ModelTask, runtime: &Runtime) -> Result<Self, LoadError> {
        let (entry, name) = registry.find(task, runtime.backend)?;
        let (settings, labels) = Settings::of(registry, entry)?;
        let unfit = |file: &str, reason: String| unfit(registry, entry, file, reason);
        let max_tokens = settings.max_tokens(entry).map_err(|reason| unfit("config.json", reason))?;
        let temperature = settings.temperature(entry).map_err(|reason| unfit("config.json", reason))?;
        let chosen = Chosen { registry, entry, settings: &settings };
        let (tokenizer, made) = join(
            || tokenizer(registry, entry, &settings, max_tokens),
            || match name {
                BackendName::Onnx => chosen.onnx(runtime),
                BackendName::Libtorch => chosen.libtorch(runtime, &labels, max_tokens),
            },
        );
        let (tokenizer, made) = (tokenizer?, made?);
        let mut runs_on = format!("{name} {}", made.numbers);
        if runtime.device != Device::Cpu {
            runs_on.push_str(&format!(" {}", runtime.device));
        }
        let mut encoder = Self {
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
        encoder.by_token = encoder.try_out().map_err(|error| match error {
            TryError::Encoding(error) => unfit("tokenizer.json", error.to_string()),
            TryError::Backend(source) => {
                LoadError::Backend { path: registry.path(entry, &made.file), source }
            }
            TryError::WholeTexts => {
                unfit(&made.file, "the model labels whole texts, where each token needs a label".into())
            }
        })?;
        Ok(encoder)
    }
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
