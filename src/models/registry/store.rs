//! The registry: the models of a folder's `models.toml`, and the built-in ones for tasks that it
//! has no model for.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::built_in;
use super::entry::{ModelEntry, ModelSource};
use super::listing::{LOCK, MODELS, parse};
use super::lock::Lock;
use crate::digest::sha256;
use crate::models::backend::BackendName;
use crate::models::cache;
use crate::models::error::{ListingError, ModelError};
use crate::models::task::ModelTask;

/// The registry of models: the built-in ones, or those of a folder.
#[derive(Debug, Clone)]
pub struct Registry {
    root: Option<PathBuf>,
    entries: Vec<ModelEntry>,
}

impl Registry {
    /// Opens `models.toml` and `models.lock` in `folder`, or the built-in ones. Tasks that the
    /// folder has no model for use the built-in models.
    ///
    /// # Errors
    /// [`ModelError`] if one of them is missing or invalid. Other files are not read yet.
    pub fn open(folder: Option<&Path>) -> Result<Self, ModelError> {
        let mut registry = Self { root: folder.map(Path::to_path_buf), entries: Vec::new() };
        registry.entries = registry.listed()?;
        if folder.is_some() && built_in::file(MODELS).is_some() {
            for entry in Self::open(None)?.entries {
                if registry.of(entry.task).next().is_none() {
                    registry.entries.push(entry);
                }
            }
        }
        Ok(registry)
    }

    /// The entries of the two files.
    fn listed(&self) -> Result<Vec<ModelEntry>, ModelError> {
        let wrong = |name: &str| {
            let path = self.place(name);
            move |source| ModelError::Listing { path, source }
        };
        let listing = parse(&self.text(MODELS)?).map_err(wrong(MODELS))?;
        // A folder without a lock has no pins: reading a file then reports how to fix it.
        let lock = match &self.root {
            Some(root) if !root.join(LOCK).exists() => Lock::default(),
            _ => Lock::parse(&self.text(LOCK)?).map_err(wrong(LOCK))?,
        };
        listing.into_iter().map(|entry| self.pinned(entry, &lock)).collect()
    }

    /// An entry with the pins of its files.
    fn pinned(&self, mut entry: ModelEntry, lock: &Lock) -> Result<ModelEntry, ModelError> {
        if let (Some(_), ModelSource::BuiltIn(_)) = (&self.root, &entry.source) {
            let built_in = Self::open(None)?.entries;
            let same = built_in.into_iter().find(|known| known.source == entry.source);
            let same =
                same.ok_or_else(|| ModelError::NotBuiltIn { path: self.path(&entry, "config.json") })?;
            return Ok(ModelEntry { files: same.files, ..entry });
        }
        let pins = lock.get(&entry.name);
        if let (ModelSource::Hub { repo, revision }, Some(pinned)) =
            (&entry.source, pins.and_then(|pins| pins.revision.as_ref()))
            && pinned != revision
        {
            return Err(ModelError::OtherRevision {
                path: self.place(MODELS),
                model: entry.name.clone(),
                wanted: format!("{repo}@{revision}"),
                pinned: pinned.clone(),
            });
        }
        entry.files = pins.map(|pins| pins.files.clone()).unwrap_or_default();
        if let (None, ModelSource::Folder(folder)) = (&self.root, &entry.source) {
            entry.source = ModelSource::BuiltIn(folder.clone());
        }
        Ok(entry)
    }

    /// The same models, without their calibrations.
    pub fn without_calibrations(mut self) -> Self {
        self.entries.iter_mut().for_each(|entry| entry.calibration = None);
        self
    }

    /// All models, in the registry's order; built-in ones for missing tasks come last.
    pub fn entries(&self) -> &[ModelEntry] {
        &self.entries
    }

    /// The first model with this task that runs on `backend`, and that backend; without a
    /// `backend`, the first model and its preferred backend.
    ///
    /// # Errors
    /// [`ModelError::NoModel`], which names the models for the task.
    pub fn find(
        &self,
        task: ModelTask,
        backend: Option<BackendName>,
    ) -> Result<(&ModelEntry, BackendName), ModelError> {
        let wanted = |entry: &ModelEntry| match backend {
            Some(backend) => entry.backends.contains(&backend).then_some(backend),
            None => entry.backends.first().copied(),
        };
        self.of(task).find_map(|entry| Some((entry, wanted(entry)?))).ok_or_else(|| ModelError::NoModel {
            path: self.place(MODELS),
            task,
            backend,
            known: self.of(task).map(|entry| (entry.name.clone(), entry.backends.clone())).collect(),
        })
    }

    fn of(&self, task: ModelTask) -> impl Iterator<Item = &ModelEntry> {
        self.entries.iter().filter(move |entry| entry.task == task)
    }

    /// The bytes of a model's file, checked against the pinned hash. Those of a built-in model are
    /// borrowed from the program itself.
    ///
    /// # Errors
    /// [`ModelError`] if the file is missing, not pinned or altered.
    pub fn read(&self, entry: &ModelEntry, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        let Some(pinned) = entry.files.get(name) else {
            return Err(ModelError::NotPinned {
                path: self.path(entry, name),
                model: entry.name.clone(),
                command: match &entry.source {
                    ModelSource::Hub { repo, revision } => format!("demarche models pull {repo}@{revision}"),
                    ModelSource::Folder(_) | ModelSource::BuiltIn(_) => "demarche models add".into(),
                },
            });
        };
        let bytes = self.bytes(entry, name, &pinned.sha256)?;
        let found = sha256(&bytes);
        if found != pinned.sha256 {
            let path = self.path(entry, name);
            return Err(ModelError::Altered { path, found, pinned: pinned.sha256.clone() });
        }
        Ok(bytes)
    }

    /// The place of a model's file, for messages.
    pub fn path(&self, entry: &ModelEntry, name: &str) -> String {
        match self.file(entry, name) {
            Ok(place) => place.to_string(),
            Err(_) => format!("{}/{name}", entry.name),
        }
    }

    /// The bytes of a file that is pinned by this hash.
    fn bytes(&self, entry: &ModelEntry, name: &str, sha256: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        let place = self.file(entry, name)?;
        place.read().map_err(|source| {
            let (path, sha256) = (place.to_string(), sha256.to_owned());
            match (source, &entry.source) {
                (None, _) => ModelError::NotBuiltIn { path },
                (Some(source), ModelSource::Hub { repo, revision }) => {
                    ModelError::NotPulled { path, source, sha256, model: format!("{repo}@{revision}") }
                }
                (Some(source), ModelSource::Folder(_) | ModelSource::BuiltIn(_)) => {
                    ModelError::Unreadable { path, source, sha256: Some(sha256) }
                }
            }
        })
    }

    fn file(&self, entry: &ModelEntry, name: &str) -> Result<FilePlace, ModelError> {
        Ok(match &entry.source {
            ModelSource::BuiltIn(folder) => FilePlace::BuiltIn(format!("{folder}/{name}")),
            ModelSource::Folder(folder) => {
                let root = self.root.as_deref().unwrap_or(Path::new(""));
                FilePlace::Disk(root.join(folder).join(name))
            }
            ModelSource::Hub { repo, revision } => {
                let snapshot = cache::snapshot(repo, revision)
                    .map_err(|source| ModelError::Cache { model: format!("{repo}@{revision}"), source })?;
                FilePlace::Disk(snapshot.join(name))
            }
        })
    }

    /// The text of one of the registry's own files.
    fn text(&self, name: &str) -> Result<String, ModelError> {
        let place = self.own(name);
        let bytes = place.read().map_err(|source| match source {
            None => ModelError::NotBuiltIn { path: place.to_string() },
            Some(source) => ModelError::Unreadable { path: place.to_string(), source, sha256: None },
        })?;
        String::from_utf8(bytes.into_owned())
            .map_err(|_| ModelError::Listing { path: place.to_string(), source: ListingError::NotUtf8 })
    }

    fn own(&self, name: &str) -> FilePlace {
        match &self.root {
            Some(root) => FilePlace::Disk(root.join(name)),
            None => FilePlace::BuiltIn(name.to_owned()),
        }
    }

    fn place(&self, name: &str) -> String {
        self.own(name).to_string()
    }
}

/// The place of a file.
enum FilePlace {
    /// In the program, by its path below `models/`.
    BuiltIn(String),
    Disk(PathBuf),
}

impl FilePlace {
    /// The bytes. The error is the I/O error, or `None` if there is no such built-in file.
    fn read(&self) -> Result<Cow<'static, [u8]>, Option<io::Error>> {
        match self {
            Self::BuiltIn(below) => built_in::file(below).map(Cow::Borrowed).ok_or(None),
            Self::Disk(path) => fs::read(path).map(Cow::Owned).map_err(Some),
        }
    }
}

impl Display for FilePlace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(below) => write!(f, "built-in models/{below}"),
            Self::Disk(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::models::weights::LAYERS;

    /// A folder with this `models.toml` and no lock.
    fn open(models: &str) -> Result<Registry, String> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(MODELS), models).expect("written");
        Registry::open(Some(folder.path())).map_err(|e| e.to_string())
    }

    fn model(name: &str, task: ModelTask, backends: &str) -> String {
        format!(
            "[[model]]\nname = {name:?}\ntask = \"{task}\"\nengines = [{backends}]\nlicence = \"MIT\"\nfolder = \"f\"\n"
        )
    }

    #[test]
    fn the_first_model_with_the_backend_asked_for_is_found() {
        let both = open(&format!(
            "{}{}",
            model("big", ModelTask::Ner, "\"libtorch\""),
            model("small", ModelTask::Ner, "\"onnx\", \"libtorch\"")
        ))
        .expect("opens");
        let found =
            |backend| both.find(ModelTask::Ner, backend).map(|(e, on)| (e.name.clone(), on)).expect("found");
        assert_eq!(found(None), ("big".into(), BackendName::Libtorch));
        assert_eq!(found(Some(BackendName::Libtorch)), ("big".into(), BackendName::Libtorch));
        assert_eq!(found(Some(BackendName::Onnx)), ("small".into(), BackendName::Onnx));
    }

    #[test]
    fn a_backend_that_no_model_has_is_refused_with_a_list_of_models() {
        let one = open(&model("big", ModelTask::Ner, "\"libtorch\"")).expect("opens");
        let error = one.find(ModelTask::Ner, Some(BackendName::Onnx)).expect_err("refused").to_string();
        for word in [MODELS, "ner", "onnx", "big on libtorch"] {
            assert!(error.contains(word), "{word}: {error}");
        }
    }

    #[cfg(feature = "bundled-models")]
    #[test]
    fn a_task_without_a_model_falls_back_to_the_built_in_one() {
        let ner = open(&model("mine", ModelTask::Ner, "\"onnx\"")).expect("opens");
        assert_eq!(ner.find(ModelTask::Ner, None).map(|(e, _)| e.name.as_str()).ok(), Some("mine"));
        let (nli, backend) = ner.find(ModelTask::Nli, None).expect("built-in");
        assert_eq!(
            (&nli.source, nli.name.as_str(), backend),
            (&ModelSource::BuiltIn("topics".into()), "mpnet-l12-topics", BackendName::Onnx)
        );
        assert!(ner.read(nli, "config.json").is_ok());
        assert_eq!(nli.weights(BackendName::Onnx), LAYERS);
        assert_eq!(ner.entries().len(), 2);
    }

    #[test]
    fn a_file_without_a_pin_is_refused_with_the_command_that_pins() {
        let ner = open(&model("mine", ModelTask::Ner, "\"onnx\"")).expect("opens");
        let error = ner.read(&ner.entries()[0], "config.json").expect_err("not pinned").to_string();
        assert!(error.contains("mine") && error.contains("demarche models add"), "{error}");
    }

    #[test]
    fn two_models_of_one_name_are_refused() {
        let twice = model("mine", ModelTask::Ner, "\"onnx\"").repeat(2);
        assert!(open(&twice).is_err_and(|e| e.contains("two models are named \"mine\"")));
    }

    #[test]
    fn pins_of_another_revision_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = ("a".repeat(40), "b".repeat(40));
        let entry = model("n", ModelTask::Ner, "\"libtorch\"")
            .replace("folder = \"f\"", &format!("hub = \"o/n\"\nrevision = \"{new}\""));
        fs::write(folder.path().join(MODELS), entry).expect("written");
        let lock = format!("version = 1\n[[model]]\nname = \"n\"\nrevision = \"{old}\"\nfiles = {{}}\n");
        fs::write(folder.path().join(LOCK), lock).expect("written");
        let error = Registry::open(Some(folder.path())).expect_err("refused").to_string();
        assert!(error.contains(&format!("models pull o/n@{new}")), "{error}");
    }
}
