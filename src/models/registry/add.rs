//! Registers a model of a local folder in `models.toml` and `models.lock`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::edit::{Listed, enter};
use super::entry::{ModelEntry, ModelSource, UNKNOWN_LICENCE};
use super::lock::PinnedFile;
use crate::digest::sha256_of;
use crate::models::backend::BackendName;
use crate::models::choice::Choice;
use crate::models::error::ModelError;
use crate::models::names::is_below;
use crate::models::weights::{
    CONFIG, INDEX, TOKENIZER, TaskError, WeightsError, choose, conversion, given, layers, shards, task, whole,
};

/// The reason why a folder's model can't be registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// `models.toml` or `models.lock` can't be read or written.
    #[error(transparent)]
    Registry(#[from] ModelError),
    /// The model's folder or a file of it can't be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The folder or file.
        path: String,
        /// The I/O error.
        source: io::Error,
    },
    /// The folder has no name from which the model's name could be taken.
    #[error("{path}: the folder has no name that the model could have; name the model")]
    Unnamed {
        /// The folder.
        path: String,
    },
    /// A model from the Hub already has this name.
    #[error("{path}: models.toml has a model from the Hub named {name:?}; give this one another name")]
    NameTaken {
        /// The folder.
        path: String,
        /// The name.
        name: String,
    },
    /// The folder has no settings or no tokenizer.
    #[error("{path}: has no {file}; the model's save_pretrained and its tokenizer's write it: `{command}`")]
    Lacks {
        /// The folder.
        path: String,
        /// The file's name.
        file: &'static str,
        /// A command that writes it.
        command: String,
    },
    /// The model's task is unknown.
    #[error("{path}: {source}")]
    Task {
        /// The folder.
        path: String,
        /// The reason.
        source: TaskError,
    },
    /// The weights can't be used.
    #[error("{path}: {source}")]
    Weights {
        /// The folder.
        path: String,
        /// The reason.
        source: WeightsError,
    },
    /// The folder's path can't be written to `models.toml`.
    #[error("{path}: the path is not UTF-8, as models.toml is; rename it")]
    NotUtf8 {
        /// The folder.
        path: String,
    },
}

/// Pins the files of the model in the folder `model` and registers it in `folder`, with the name
/// `name` or that of its own folder.
///
/// # Errors
/// [`AddError`] if a file is missing, or the folder's files can't be read or written.
pub fn add(folder: &Path, model: &Path, name: Option<&str>, choice: &Choice) -> Result<ModelEntry, AddError> {
    let path = || model.display().to_string();
    let listed = Listed::read(folder)?;
    let root = model.canonicalize().map_err(|source| AddError::Unreadable { path: path(), source })?;
    let name = name.or_else(|| root.file_name()?.to_str());
    let name = name.ok_or_else(|| AddError::Unnamed { path: path() })?.to_owned();
    let known = listed.entries.iter().find(|entry| entry.name == name);
    if known.is_some_and(|entry| matches!(entry.source, ModelSource::Hub { .. })) {
        return Err(AddError::NameTaken { path: path(), name });
    }
    let local = Local::open(path(), root, choice.file.as_deref())?;
    let task = match choice.task.or(known.map(|entry| entry.task)) {
        Some(task) => task,
        None => task(&local.bytes(CONFIG)?).map_err(|source| AddError::Task { path: path(), source })?,
    };
    let (backends, weights) = local.weights(choice)?;
    let entry = ModelEntry {
        name,
        task,
        backends,
        licence: UNKNOWN_LICENCE.to_owned(),
        source: ModelSource::Folder(
            place(folder, &local.root).ok_or_else(|| AddError::NotUtf8 { path: path() })?,
        ),
        labels: None,
        max_length: None,
        temperature: None,
        calibration: None,
        files: local.pinned(weights)?,
    }
    .in_place_of(known);
    enter(folder, &entry)?;
    Ok(entry)
}

/// A folder with a model.
struct Local {
    /// As given, for messages.
    shown: String,
    /// The absolute path.
    root: PathBuf,
    /// Names of its files.
    names: Vec<String>,
}

impl Local {
    /// Lists a folder's files; `file` may be in a deeper subfolder than the others.
    fn open(shown: String, root: PathBuf, file: Option<&str>) -> Result<Self, AddError> {
        let names = names(&root);
        let mut names = names.map_err(|source| AddError::Unreadable { path: shown.clone(), source })?;
        if let Some(file) = file
            && is_below(file)
            && !names.iter().any(|name| name == file)
            && root.join(file).is_file()
        {
            names.push(file.to_owned());
        }
        for file in [CONFIG, TOKENIZER] {
            if !names.iter().any(|name| name == file) {
                let command = conversion(&shown);
                return Err(AddError::Lacks { path: shown, file, command });
            }
        }
        Ok(Self { shown, root, names })
    }

    fn unreadable(&self, file: &str) -> impl Fn(io::Error) -> AddError {
        let path = Path::new(&self.shown).join(file).display().to_string();
        move |source| AddError::Unreadable { path: path.clone(), source }
    }

    fn unfit(&self, source: WeightsError) -> AddError {
        AddError::Weights { path: self.shown.clone(), source }
    }

    fn bytes(&self, file: &str) -> Result<Vec<u8>, AddError> {
        fs::read(self.root.join(file)).map_err(self.unreadable(file))
    }

    /// The backends that the folder has weights for, preferred first, and those weights.
    fn weights(&self, choice: &Choice) -> Result<(Vec<BackendName>, Vec<String>), AddError> {
        if let Some(files) = layers(&self.names).filter(|_| choice.file.is_none()) {
            return Ok((vec![BackendName::Onnx], files));
        }
        let of_file = choice.file.as_deref().map(|file| {
            let unread = || self.unfit(WeightsError::NoBackend { file: file.to_owned() });
            BackendName::of_file(file).ok_or_else(unread)
        });
        let of_file = of_file.transpose()?;
        let asked = choice.backend.or(of_file);
        let (mut backends, mut weights) = (Vec::new(), Vec::new());
        for backend in BackendName::ALL {
            let file = choice.file.as_deref().filter(|_| of_file == Some(backend));
            let wanted = match asked {
                Some(_) => [choice.backend, of_file].contains(&Some(backend)),
                None => self.names.iter().any(|name| BackendName::of_file(name) == Some(backend)),
            };
            match self.of_backend(backend, file) {
                Ok(parts) => {
                    backends.push(backend);
                    weights.extend(parts);
                }
                // Errors in the weights of a backend that was not asked for are ignored.
                Err(error) if wanted => return Err(error),
                Err(_) => {}
            }
        }
        let preferred = asked.unwrap_or_else(BackendName::preferred);
        let first = backends.iter().find(|backend| **backend == preferred).or(backends.first());
        match first {
            Some(first) => Ok((first.first_of(&backends), weights)),
            // The error mentions what else the folder has, such as pickle files.
            None => self.of_backend(preferred, None).map(|weights| (vec![preferred], weights)),
        }
    }

    /// The files of a backend's weights: `file`, or the usual ones.
    fn of_backend(&self, backend: BackendName, file: Option<&str>) -> Result<Vec<String>, AddError> {
        let weights = match file {
            Some(file) => given(file, backend, &self.names),
            None => choose(backend, &self.names, &self.shown),
        };
        let weights = weights.map_err(|e| self.unfit(e))?;
        whole(&weights, &self.names).map_err(|e| self.unfit(e))?;
        let mut parts = Vec::new();
        if weights == INDEX {
            parts = shards(&self.bytes(INDEX)?).map_err(|e| self.unfit(e))?;
        }
        parts.push(weights);
        Ok(parts)
    }

    /// The selected files, with size and hash.
    fn pinned(&self, weights: Vec<String>) -> Result<BTreeMap<String, PinnedFile>, AddError> {
        let files = [CONFIG, TOKENIZER].map(str::to_owned).into_iter().chain(weights);
        let pinned = |file: String| {
            let (size, sha256) = sha256_of(&self.root.join(&file)).map_err(self.unreadable(&file))?;
            Ok((file, PinnedFile { size, sha256 }))
        };
        files.map(pinned).collect()
    }
}

/// A folder's path for `models.toml`: relative if it is below the folder of that file, so that both
/// can be moved together, otherwise absolute. `None` if it is not UTF-8.
fn place(folder: &Path, model: &Path) -> Option<String> {
    let below =
        folder.canonicalize().ok().and_then(|root| Some(model.strip_prefix(root).ok()?.to_path_buf()));
    let place = below.unwrap_or_else(|| model.to_path_buf());
    // The folder of models.toml itself has no relative name.
    let place = if place.as_os_str().is_empty() { PathBuf::from(".") } else { place };
    place.to_str().map(str::to_owned)
}

/// Names of the files in a folder, and in its `onnx/`.
fn names(model: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for (folder, prefix) in [(model.to_path_buf(), ""), (model.join("onnx"), "onnx/")] {
        if prefix.is_empty() || folder.is_dir() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if let (true, Some(name)) = (entry.path().is_file(), entry.file_name().to_str()) {
                    names.push(format!("{prefix}{name}"));
                }
            }
        }
    }
    names.sort();
    Ok(names)
}
