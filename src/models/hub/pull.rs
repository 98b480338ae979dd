//! Registers a model from the Hub in a folder's `models.toml` and `models.lock`; its files stay in
//! the Hub's cache.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::PullError;
use super::event::TransferObserver;
use super::repository::{Hub, Snapshot};
use crate::models::backend::BackendName;
use crate::models::choice::Choice;
use crate::models::error::ModelError;
use crate::models::names::is_repo;
use crate::models::registry::edit::{Listed, enter};
use crate::models::registry::entry::{ModelEntry, ModelSource, UNKNOWN_LICENCE};
use crate::models::registry::lock::PinnedFile;
use crate::models::weights::{
    CONFIG, INDEX, TOKENIZER, WeightsError, choose, conversion, given, shards, task, whole,
};

/// A model on the Hub at a revision, written as `ORG/NAME` or `ORG/NAME@REV`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubModel {
    /// `ORG/NAME`.
    pub repo: String,
    /// A branch, a tag or a commit.
    pub revision: String,
}

/// The error that a text names no model on the Hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form ORG/NAME or ORG/NAME@REV, REV being a branch, a tag or a commit")]
pub struct NoHubModel;

impl FromStr for HubModel {
    type Err = NoHubModel;

    fn from_str(text: &str) -> Result<Self, NoHubModel> {
        let (repo, revision) = text.split_once('@').unwrap_or((text, "main"));
        // Both become parts of a URL and of paths in the cache.
        let is_part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
        };
        if is_repo(repo) && revision.split('/').all(is_part) {
            return Ok(Self { repo: repo.to_owned(), revision: revision.to_owned() });
        }
        Err(NoHubModel)
    }
}

/// Downloads the files that a backend needs, pins them, and registers the model in `folder`.
/// Progress goes to the observer.
///
/// # Errors
/// [`PullError`] if the Hub or the cache does not provide what is needed, the bytes do not match
/// the pins, or the folder's files can't be read or written.
pub fn pull(
    folder: &Path,
    model: &HubModel,
    choice: &Choice,
    observer: TransferObserver<'_>,
) -> Result<ModelEntry, PullError> {
    let HubModel { repo, revision } = model;
    let model = format!("{repo}@{revision}");
    let listed = Listed::read(folder)?;
    let known = listed
        .entries
        .iter()
        .find(|entry| matches!(&entry.source, ModelSource::Hub { repo: of, .. } if of == repo));
    let name = known.map_or(repo, |entry| &entry.name);
    if known.is_none() && listed.entries.iter().any(|entry| entry.name == *name) {
        let path = folder.join("models.toml").display().to_string();
        return Err(PullError::NameTaken { model, path, name: name.clone() });
    }

    let told = |source| PullError::Hub { model: model.clone(), source };
    let hub = Hub::open(repo, observer).map_err(|source| PullError::Hub { model: repo.clone(), source })?;
    let at = hub.resolve(revision).map_err(told)?;
    let pinned = listed.lock.get(name).filter(|pins| pins.revision.as_ref() == Some(&at.commit));
    let mut files = pinned.map(|pins| pins.files.clone()).unwrap_or_default();
    let pins = pinned.map(|pins| &pins.files);
    let mut taking = Taking { hub: &hub, repo, at: &at, pins, taken: BTreeMap::new() };

    let config = taking.bytes(CONFIG)?;
    let task = match choice.task.or(known.map(|entry| entry.task)) {
        Some(task) => task,
        None => task(&config).map_err(|source| PullError::Task { model: model.clone(), source })?,
    };
    let backend = choice
        .backend
        .or_else(|| BackendName::of_file(choice.file.as_deref()?))
        .unwrap_or_else(BackendName::preferred);
    taking.weights(&model, backend, choice.file.as_deref())?;

    // Weights for another backend are kept if they are of the same commit; a second graph would be
    // ambiguous.
    files.retain(|name, _| !name.ends_with(backend.extension()));
    files.extend(taking.taken);
    let held = |entry: &&ModelEntry| matches!(&entry.source, ModelSource::Hub { revision, .. } if *revision == at.commit);
    let entry = ModelEntry {
        name: name.clone(),
        task,
        backends: backend.first_of(known.filter(held).map_or(&[], |entry| &entry.backends)),
        licence: at.licence.clone().unwrap_or_else(|| UNKNOWN_LICENCE.to_owned()),
        source: ModelSource::Hub { repo: repo.clone(), revision: at.commit.clone() },
        labels: None,
        max_length: None,
        temperature: None,
        calibration: None,
        files,
    }
    .in_place_of(known);
    enter(folder, &entry)?;
    Ok(entry)
}

/// The files of a commit that were selected so far.
struct Taking<'h> {
    hub: &'h Hub<'h>,
    repo: &'h str,
    at: &'h Snapshot,
    pins: Option<&'h BTreeMap<String, PinnedFile>>,
    taken: BTreeMap<String, PinnedFile>,
}

impl Taking<'_> {
    fn file(&mut self, name: &str) -> Result<PathBuf, PullError> {
        let pin = self.pins.and_then(|pins| pins.get(name));
        let (path, file) = self.hub.file(&self.at.commit, name, pin).map_err(|source| PullError::Hub {
            model: format!("{}@{}: {name}", self.repo, self.at.commit),
            source,
        })?;
        self.taken.insert(name.to_owned(), file);
        Ok(path)
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, PullError> {
        let path = self.file(name)?;
        let bytes = fs::read(&path);
        Ok(bytes.map_err(|source| {
            let sha256 = self.taken.get(name).map(|file| file.sha256.clone());
            ModelError::Unreadable { path: path.display().to_string(), source, sha256 }
        })?)
    }

    /// Selects a backend's weights, `file` or the usual ones, and the tokenizer. Nothing is
    /// downloaded before it is known that they can be used.
    fn weights(&mut self, model: &str, backend: BackendName, file: Option<&str>) -> Result<(), PullError> {
        let offline = self.hub.is_offline();
        let unfit = |source: WeightsError| PullError::Weights { model: model.to_owned(), offline, source };
        let names = &self.at.names;
        let weights = match file {
            Some(file) => given(file, backend, names),
            None => choose(backend, names, self.repo),
        };
        let weights = weights.map_err(unfit)?;
        whole(&weights, names).map_err(unfit)?;
        if !offline && !names.iter().any(|name| name == TOKENIZER) {
            let command = conversion(self.repo);
            return Err(PullError::NoTokenizer { model: model.to_owned(), command });
        }
        self.file(TOKENIZER)?;
        if weights == INDEX {
            for shard in shards(&self.bytes(INDEX)?).map_err(unfit)? {
                self.file(&shard)?;
            }
        } else {
            self.file(&weights)?;
        }
        Ok(())
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
