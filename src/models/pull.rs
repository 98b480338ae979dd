//! A model from the Hub into a folder's `models.toml` and `models.lock`; its files stay in the Hub's cache.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::add::engines;
use super::edit::{Listed, enter};
use super::entry::{EngineName, Entry, Source, Task, is_repo};
use super::error::ModelError;
use super::hub::{Hub, OFFLINE, Snapshot};
use super::lock::{File, is_below};
use super::weights::{
    CONFIG, INDEX, TOKENIZER, choose, converted, engine_of, extension, outside, shards, task,
};

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

/// What is taken of a model, where its own files leave it open.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What it does, if `config.json` does not tell.
    pub task: Option<Task>,
    /// What is to run it.
    pub engine: Option<EngineName>,
    /// Its file of weights, if it is not the usual one.
    pub file: Option<String>,
}

/// Fetches what an engine needs of a model, pins it, and enters the model in `folder`.
///
/// # Errors
/// [`ModelError`]: the Hub or the cache does not give what is needed, the bytes are not the pinned ones, or the folder's
/// files can't be read or written.
pub fn pull(folder: &Path, model: &HubModel, choice: &Choice, quiet: bool) -> Result<Entry, ModelError> {
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
    let engine = choice.engine.or_else(|| engine_of(choice.file.as_deref()?)).unwrap_or_else(preferred);
    let weights = match &choice.file {
        Some(file) => given(file, engine, &at.names),
        None => choose(engine, &at.names, repo).map(str::to_owned),
    }
    .map_err(lacks)?;
    if let Some(data) = outside(&weights, &at.names).filter(|_| engine == EngineName::Embedded) {
        return Err(wrong(format!(
            "{weights} keeps its weights in another file ({data}), which the embedded engine does not read; name a whole .onnx with --file, or take --engine {}",
            EngineName::RustBert
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

    // Another engine's weights of the same commit stay; a second graph would leave open which one is meant.
    files.retain(|name, _| !name.ends_with(extension(engine)));
    files.extend(taking.taken);
    let held =
        |entry: &&Entry| matches!(&entry.source, Source::Hub { revision, .. } if *revision == at.commit);
    let entry = Entry {
        name: name.clone(),
        task,
        engines: engines(engine, known.filter(held).map_or(&[], |entry| &entry.engines)),
        licence: licence(known, at.licence.as_deref()),
        source: Source::Hub { repo: repo.clone(), revision: at.commit.clone() },
        labels: known.and_then(|entry| entry.labels.clone()),
        max_length: known.and_then(|entry| entry.max_length),
        temperature: known.and_then(|entry| entry.temperature),
        files,
    };
    enter(folder, &entry)?;
    Ok(entry)
}

/// The engine of a build, where none is asked for.
pub(super) fn preferred() -> EngineName {
    if cfg!(feature = "rust-bert") { EngineName::RustBert } else { EngineName::Embedded }
}

/// The licence that a person wrote down, or the card's.
pub(super) fn licence(known: Option<&Entry>, card: Option<&str>) -> String {
    const UNKNOWN: &str = "unknown";
    let written = known.map(|entry| entry.licence.as_str()).filter(|licence| *licence != UNKNOWN);
    written.or(card).unwrap_or(UNKNOWN).to_owned()
}

/// The file of weights asked for.
pub(super) fn given(file: &str, engine: EngineName, names: &[String]) -> Result<String, String> {
    let ext = extension(engine);
    if !file.ends_with(ext) {
        return Err(format!("--file {file}: the {engine} engine reads {ext}"));
    }
    if is_below(file) && names.iter().any(|name| name == file) {
        return Ok(file.to_owned());
    }
    let all: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(ext)).collect();
    let all = if all.is_empty() { "none".into() } else { all.join(", ") };
    Err(format!("--file {file}: no such file; of {ext} there is {all}"))
}

/// Files of a commit that were taken so far.
struct Taking<'h> {
    hub: &'h Hub,
    at: &'h Snapshot,
    pins: Option<&'h BTreeMap<String, File>>,
    taken: BTreeMap<String, File>,
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
