//! A model from the Hub into a folder's `models.toml` and `models.lock`; its files stay in the Hub's cache.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::repository::{Hub, OFFLINE, Snapshot};
use crate::models::backend::BackendName;
use crate::models::choice::Choice;
use crate::models::error::ModelError;
use crate::models::names::is_repo;
use crate::models::registry::edit::{Listed, enter};
use crate::models::registry::entry::{ModelEntry, Source, UNKNOWN_LICENCE};
use crate::models::registry::lock::PinnedFile;
use crate::models::weights::{CONFIG, INDEX, TOKENIZER, choose, converted, given, outside, shards, task};

/// A model on the Hub at a revision, written `ORG/NAME` or `ORG/NAME@REV`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubModel {
    /// `ORG/NAME`.
    pub repo: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

impl FromStr for HubModel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (repo, revision) = text.split_once('@').unwrap_or((text, "main"));
        // Both become parts of an address and of paths in the cache.
        let is_part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
        };
        if is_repo(repo) && revision.split('/').all(is_part) {
            return Ok(Self { repo: repo.to_owned(), revision: revision.to_owned() });
        }
        Err("not of the form ORG/NAME or ORG/NAME@REV, REV being a branch, a tag or a commit".into())
    }
}

/// Fetches what a backend needs of a model, pins it, and enters the model in `folder`.
///
/// # Errors
/// [`ModelError`]: the Hub or the cache does not give what is needed, the bytes are not the pinned ones, or the folder's
/// files can't be read or written.
pub fn pull(folder: &Path, model: &HubModel, choice: &Choice, quiet: bool) -> Result<ModelEntry, ModelError> {
    let HubModel { repo, revision } = model;
    let wrong = |reason: String| ModelError::Hub { model: format!("{repo}@{revision}"), reason };
    let listed = Listed::read(folder)?;
    let known = listed
        .entries
        .iter()
        .find(|entry| matches!(&entry.source, Source::Hub { repo: of, .. } if of == repo));
    let name = known.map_or(repo, |entry| &entry.name);
    if known.is_none() && listed.entries.iter().any(|entry| entry.name == *name) {
        return Err(wrong(format!(
            "{} has another model of the name {name:?}; rename that one",
            folder.join("models.toml").display()
        )));
    }

    let hub = Hub::open(repo, quiet)?;
    let lacks = |reason: String| {
        let cached = format!("{reason} ({OFFLINE} is set, so only the cache was looked at)");
        wrong(if hub.is_offline() { cached } else { reason })
    };
    let at = hub.resolve(revision)?;
    let pinned = listed.lock.get(name).filter(|pins| pins.revision.as_ref() == Some(&at.commit));
    let mut files = pinned.map(|pins| pins.files.clone()).unwrap_or_default();
    let mut taking =
        Taking { hub: &hub, at: &at, pins: pinned.map(|pins| &pins.files), taken: BTreeMap::new() };

    let config = taking.bytes(CONFIG)?;
    let task = match choice.task.or(known.map(|entry| entry.task)) {
        Some(task) => task,
        None => task(&config).map_err(|e| wrong(format!("{CONFIG}: {e}")))?,
    };
    let backend = choice
        .backend
        .or_else(|| BackendName::of_file(choice.file.as_deref()?))
        .unwrap_or_else(BackendName::preferred);
    let weights = match &choice.file {
        Some(file) => given(file, backend, &at.names),
        None => choose(backend, &at.names, repo).map(str::to_owned),
    }
    .map_err(lacks)?;
    if let Some(data) = outside(&weights, &at.names).filter(|_| backend == BackendName::Onnx) {
        return Err(wrong(format!(
            "{weights} keeps its weights in another file ({data}), which the onnx backend does not read; name a whole .onnx with --file, or take --backend {}",
            BackendName::Libtorch
        )));
    }
    if !hub.is_offline() && !at.names.iter().any(|name| name == TOKENIZER) {
        return Err(wrong(format!(
            "has no {TOKENIZER}, the form of a tokenizer that this program reads; write one with `{}` and enter the folder with `demarche models add`",
            converted(repo)
        )));
    }
    taking.file(TOKENIZER)?;
    if weights == INDEX {
        let index = taking.bytes(INDEX)?;
        for shard in shards(&index).map_err(|e| wrong(format!("{INDEX}: {e}")))? {
            taking.file(&shard)?;
        }
    } else {
        taking.file(&weights)?;
    }

    // Another backend's weights of the same commit stay; a second graph would leave open which one is meant.
    files.retain(|name, _| !name.ends_with(backend.extension()));
    files.extend(taking.taken);
    let held =
        |entry: &&ModelEntry| matches!(&entry.source, Source::Hub { revision, .. } if *revision == at.commit);
    let entry = ModelEntry {
        name: name.clone(),
        task,
        backends: backend.first_of(known.filter(held).map_or(&[], |entry| &entry.backends)),
        licence: at.licence.clone().unwrap_or_else(|| UNKNOWN_LICENCE.to_owned()),
        source: Source::Hub { repo: repo.clone(), revision: at.commit.clone() },
        labels: None,
        max_length: None,
        temperature: None,
        files,
    }
    .in_place_of(known);
    enter(folder, &entry)?;
    Ok(entry)
}

/// Files of a commit that were taken so far.
struct Taking<'h> {
    hub: &'h Hub,
    at: &'h Snapshot,
    pins: Option<&'h BTreeMap<String, PinnedFile>>,
    taken: BTreeMap<String, PinnedFile>,
}

impl Taking<'_> {
    fn file(&mut self, name: &str) -> Result<PathBuf, ModelError> {
        let pin = self.pins.and_then(|pins| pins.get(name));
        let (path, file) = self.hub.file(&self.at.commit, name, pin)?;
        self.taken.insert(name.to_owned(), file);
        Ok(path)
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ModelError> {
        let path = self.file(name)?;
        fs::read(&path)
            .map_err(|e| ModelError::Unreadable { path: path.display().to_string(), reason: e.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_with_or_without_a_revision() {
        let of = |text: &str| HubModel::from_str(text).map(|m| (m.repo, m.revision));
        assert_eq!(of("o/n"), Ok(("o/n".into(), "main".into())));
        assert_eq!(of("o/n@refs/pr/1"), Ok(("o/n".into(), "refs/pr/1".into())));
        for text in ["", "o/n@", "o/n@../x", "../n", "o/n/x", "o/n@a b", "https://x/o/n"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
