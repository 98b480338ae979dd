//! `models.toml`: the list of models, each file pinned by size and sha256.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::embedded;
use crate::digest::sha256;
use crate::engine::EngineError;

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Token classification: who and what is named.
    Ner,
    /// Natural language inference on a pair of texts.
    Nli,
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Task::Ner => "ner",
            Task::Nli => "nli",
        })
    }
}

/// A pinned file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Size in bytes.
    pub size: u64,
    /// Lower-case hexadecimal sha256 of the bytes.
    pub sha256: String,
}

/// One model of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name that outputs carry.
    pub name: String,
    /// What it does.
    pub task: Task,
    /// Folder of its files, below the catalogue's.
    pub folder: String,
    /// Licence, as an SPDX expression.
    pub licence: String,
    /// Files by name.
    pub files: BTreeMap<String, File>,
}

/// Why a model can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or can't be read.
    #[error("{path}: {reason}; restore the model files, or name another folder with --models")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A file's bytes are not the pinned ones.
    #[error(
        "{path}: sha256 is {found}, but models.toml pins {pinned}; the file was altered or cut off: restore it"
    )]
    Altered {
        /// The file.
        path: String,
        /// Hash of the bytes there are.
        found: String,
        /// Hash in the catalogue.
        pinned: String,
    },
    /// A file does not hold what it should.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The catalogue lists no model for a task.
    #[error("{path}: no model has the task {task}; add a [[model]] for it")]
    NoModel {
        /// The catalogue's file.
        path: String,
        /// The task asked for.
        task: Task,
    },
    /// The engine refuses the graph.
    #[error("{path}: {source}")]
    Engine {
        /// The file.
        path: String,
        /// What the engine said.
        source: EngineError,
    },
}

/// The models there are: those that the program carries, or those in a folder.
#[derive(Debug, Clone)]
pub struct Catalogue {
    root: Option<PathBuf>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    model: Vec<Entry>,
}

impl Catalogue {
    /// Opens `models.toml` in `folder`, or the embedded one.
    ///
    /// # Errors
    /// [`ModelError`] if it is missing or is no such list. Other files are not read yet.
    pub fn open(folder: Option<&Path>) -> Result<Self, ModelError> {
        let mut catalogue = Self { root: folder.map(Path::to_path_buf), entries: Vec::new() };
        let bytes = catalogue
            .bytes("models.toml")
            .map_err(|reason| ModelError::Unreadable { path: catalogue.path("models.toml"), reason })?;
        let listing: Listing = toml::from_str(&String::from_utf8_lossy(&bytes)).map_err(|e| {
            ModelError::Invalid { path: catalogue.path("models.toml"), reason: e.to_string() }
        })?;
        if listing.model.is_empty() {
            let reason = "no [[model]]: add one for each task".into();
            return Err(ModelError::Invalid { path: catalogue.path("models.toml"), reason });
        }
        catalogue.entries = listing.model;
        Ok(catalogue)
    }

    /// All models, in the catalogue's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The first model with this task.
    ///
    /// # Errors
    /// [`ModelError::NoModel`].
    pub fn find(&self, task: Task) -> Result<&Entry, ModelError> {
        self.entries
            .iter()
            .find(|entry| entry.task == task)
            .ok_or_else(|| ModelError::NoModel { path: self.path("models.toml"), task })
    }

    /// The bytes of a model's file, held against the pinned hash.
    ///
    /// # Errors
    /// [`ModelError`] if the file is missing, not listed or altered.
    pub fn read(&self, entry: &Entry, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        let below = format!("{}/{name}", entry.folder);
        let path = self.path(&below);
        let Some(pinned) = entry.files.get(name) else {
            let reason = format!("models.toml pins no sha256 for it; add it to {}", entry.name);
            return Err(ModelError::Invalid { path, reason });
        };
        let bytes = self.bytes(&below).map_err(|reason| ModelError::Unreadable {
            path: path.clone(),
            reason: format!("{reason} (models.toml pins sha256 {})", pinned.sha256),
        })?;
        let found = sha256(&bytes);
        if found != pinned.sha256 {
            return Err(ModelError::Altered { path, found, pinned: pinned.sha256.clone() });
        }
        Ok(bytes)
    }

    /// Where a file stands, for messages.
    pub(super) fn path(&self, below: &str) -> String {
        match &self.root {
            Some(root) => root.join(below).display().to_string(),
            None => format!("embedded models/{below}"),
        }
    }

    /// The bytes of a file, or what the system said.
    fn bytes(&self, below: &str) -> Result<Cow<'static, [u8]>, String> {
        match &self.root {
            Some(root) => std::fs::read(root.join(below)).map(Cow::Owned).map_err(|e| e.to_string()),
            None => embedded::FILES
                .iter()
                .find(|(name, _)| *name == below)
                .map(|(_, bytes)| Cow::Borrowed(*bytes))
                .ok_or_else(|| "the program does not carry this file".into()),
        }
    }
}
