//! The models there are: those of a folder's `models.toml`, and the built-in ones for the tasks it leaves open.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::entry::{EngineName, Entry, Source, Task};
use super::error::ModelError;
use super::lock::Lock;
use super::{embedded, hub};
use crate::digest::sha256;

/// What a person writes.
pub const MODELS: &str = "models.toml";
/// What the program writes.
pub const LOCK: &str = "models.lock";

/// The models there are: those that the program carries, or those in a folder.
#[derive(Debug, Clone)]
pub struct Catalogue {
    root: Option<PathBuf>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[serde(default)]
    model: Vec<Entry>,
}

impl Catalogue {
    /// Opens `models.toml` and `models.lock` in `folder`, or the embedded ones. Tasks that the folder has no
    /// model for are done by the embedded models.
    ///
    /// # Errors
    /// [`ModelError`] if one of them is missing or is no such list. Other files are not read yet.
    pub fn open(folder: Option<&Path>) -> Result<Self, ModelError> {
        let mut catalogue = Self { root: folder.map(Path::to_path_buf), entries: Vec::new() };
        catalogue.entries = catalogue.listed()?;
        if folder.is_some() {
            for entry in Self::open(None)?.entries {
                if catalogue.of(entry.task).next().is_none() {
                    catalogue.entries.push(entry);
                }
            }
        }
        Ok(catalogue)
    }

    /// The entries of the two files.
    fn listed(&self) -> Result<Vec<Entry>, ModelError> {
        let listing = self.text(MODELS).and_then(|text| parse(&text).map_err(|e| self.invalid(MODELS, e)))?;
        // A folder of models that nobody has pinned yet has no lock: the error names the file to be pinned.
        let lock = match &self.root {
            Some(root) if !root.join(LOCK).exists() => Lock::default(),
            _ => self.text(LOCK).and_then(|text| Lock::parse(&text).map_err(|e| self.invalid(LOCK, e)))?,
        };
        let pinned = |mut entry: Entry| {
            let pins = lock.get(&entry.name);
            if let (Source::Hub { repo, revision }, Some(of)) =
                (&entry.source, pins.and_then(|pins| pins.revision.as_ref()))
                && of != revision
            {
                let reason = format!(
                    "{}: revision is {revision}, but {LOCK} pins files of {of}; pin them with `demarche models pull {repo}@{revision}`",
                    entry.name
                );
                return Err(self.invalid(MODELS, reason));
            }
            entry.files = pins.map(|pins| pins.files.clone()).unwrap_or_default();
            if let (None, Source::Folder(folder)) = (&self.root, &entry.source) {
                entry.source = Source::BuiltIn(folder.clone());
            }
            Ok(entry)
        };
        listing.into_iter().map(pinned).collect()
    }

    /// All models, in the catalogue's order; the built-in ones that it falls back to stand last.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The first model with this task that runs on `engine`, and that engine; if none is asked for, the first
    /// model and the engine it prefers.
    ///
    /// # Errors
    /// [`ModelError::NoModel`], which names the models there are for the task.
    pub fn find(&self, task: Task, engine: Option<EngineName>) -> Result<(&Entry, EngineName), ModelError> {
        let wanted = |entry: &Entry| match engine {
            Some(engine) => entry.engines.contains(&engine).then_some(engine),
            None => entry.engines.first().copied(),
        };
        self.of(task).find_map(|entry| Some((entry, wanted(entry)?))).ok_or_else(|| {
            let told = |entry: &Entry| {
                let engines: Vec<String> = entry.engines.iter().map(EngineName::to_string).collect();
                format!("{} on {}", entry.name, engines.join(" and "))
            };
            ModelError::NoModel {
                path: self.place(MODELS),
                task,
                // Each entry has an engine, and each task an entry, so one was asked for.
                engine: engine.unwrap_or(EngineName::Embedded),
                known: self.of(task).map(told).collect::<Vec<_>>().join(", "),
            }
        })
    }

    fn of(&self, task: Task) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.task == task)
    }

    /// The bytes of a model's file, held against the pinned hash.
    ///
    /// # Errors
    /// [`ModelError`] if the file is missing, not pinned or altered.
    pub fn read(&self, entry: &Entry, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        let path = self.path(entry, name);
        let Some(pinned) = entry.files.get(name) else {
            let mend = match &entry.source {
                Source::Hub { repo, revision } => format!("demarche models pull {repo}@{revision}"),
                Source::Folder(_) | Source::BuiltIn(_) => "demarche models add".into(),
            };
            let reason =
                format!("{LOCK} pins no such file of the model {}; pin its files with `{mend}`", entry.name);
            return Err(self.unfit(entry, name, reason));
        };
        let bytes = self.bytes(entry, name).map_err(|reason| {
            let (path, reason) = (path.clone(), format!("{reason} ({LOCK} pins sha256 {})", pinned.sha256));
            match &entry.source {
                Source::Hub { repo, revision } => {
                    ModelError::NotPulled { path, reason, model: format!("{repo}@{revision}") }
                }
                Source::Folder(_) | Source::BuiltIn(_) => ModelError::Unreadable { path, reason },
            }
        })?;
        let found = sha256(&bytes);
        if found != pinned.sha256 {
            return Err(ModelError::Altered { path, found, pinned: pinned.sha256.clone() });
        }
        Ok(bytes)
    }

    /// The error that a model's file is not what it should be.
    pub(super) fn unfit(&self, entry: &Entry, name: &str, reason: String) -> ModelError {
        ModelError::Invalid { path: self.path(entry, name), reason }
    }

    /// Where a model's file stands, for messages.
    pub fn path(&self, entry: &Entry, name: &str) -> String {
        match self.file(entry, name) {
            Ok(Place::Embedded(below)) => format!("embedded models/{below}"),
            Ok(Place::Disk(path)) => path.display().to_string(),
            Err(_) => format!("{}/{name}", entry.name),
        }
    }

    /// The bytes of a file, or what the system said.
    fn bytes(&self, entry: &Entry, name: &str) -> Result<Cow<'static, [u8]>, String> {
        match self.file(entry, name)? {
            Place::Embedded(below) => carried(&below).map(Cow::Borrowed),
            Place::Disk(path) => std::fs::read(path).map(Cow::Owned).map_err(|e| e.to_string()),
        }
    }

    fn file(&self, entry: &Entry, name: &str) -> Result<Place, String> {
        Ok(match &entry.source {
            Source::BuiltIn(folder) => Place::Embedded(format!("{folder}/{name}")),
            Source::Folder(folder) => {
                Place::Disk(self.root.iter().collect::<PathBuf>().join(folder).join(name))
            }
            Source::Hub { repo, revision } => Place::Disk(hub::snapshot(repo, revision)?.join(name)),
        })
    }

    /// The text of one of the catalogue's own files.
    fn text(&self, name: &str) -> Result<String, ModelError> {
        let unreadable = |reason: String| ModelError::Unreadable { path: self.place(name), reason };
        let bytes = match &self.root {
            Some(root) => {
                std::fs::read(root.join(name)).map(Cow::Owned).map_err(|e| unreadable(e.to_string()))?
            }
            None => carried(name).map(Cow::Borrowed).map_err(unreadable)?,
        };
        String::from_utf8(bytes.into_owned()).map_err(|_| self.invalid(name, "not UTF-8".into()))
    }

    fn place(&self, name: &str) -> String {
        match &self.root {
            Some(root) => root.join(name).display().to_string(),
            None => format!("embedded models/{name}"),
        }
    }

    fn invalid(&self, name: &str, reason: String) -> ModelError {
        ModelError::Invalid { path: self.place(name), reason }
    }
}

enum Place {
    Embedded(String),
    Disk(PathBuf),
}

fn carried(below: &str) -> Result<&'static [u8], String> {
    let found = embedded::FILES.iter().find(|(name, _)| *name == below);
    found.map(|(_, bytes)| *bytes).ok_or_else(|| "the program does not carry this file".into())
}

/// Reads the text of a `models.toml`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let listing: Listing = toml::from_str(text).map_err(|e| e.to_string())?;
    for (i, entry) in listing.model.iter().enumerate() {
        if listing.model[..i].iter().any(|other| other.name == entry.name) {
            return Err(format!("two models are named {:?}; rename one", entry.name));
        }
    }
    Ok(listing.model)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with this `models.toml`, no lock.
    fn open(models: &str) -> Result<Catalogue, String> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(MODELS), models).expect("written");
        Catalogue::open(Some(folder.path())).map_err(|e| e.to_string())
    }

    fn model(name: &str, task: Task, engines: &str) -> String {
        format!(
            "[[model]]\nname = {name:?}\ntask = \"{task}\"\nengines = [{engines}]\nlicence = \"MIT\"\nfolder = \"f\"\n"
        )
    }

    #[test]
    fn the_first_model_with_the_engine_asked_for_is_found() {
        let both = open(&format!(
            "{}{}",
            model("big", Task::Ner, "\"rust-bert\""),
            model("small", Task::Ner, "\"embedded\", \"rust-bert\"")
        ))
        .expect("opens");
        let found = |engine| both.find(Task::Ner, engine).map(|(e, on)| (e.name.clone(), on)).expect("found");
        assert_eq!(found(None), ("big".into(), EngineName::RustBert));
        assert_eq!(found(Some(EngineName::RustBert)), ("big".into(), EngineName::RustBert));
        assert_eq!(found(Some(EngineName::Embedded)), ("small".into(), EngineName::Embedded));
    }

    #[test]
    fn an_engine_that_no_model_has_is_refused_with_those_there_are() {
        let one = open(&model("big", Task::Ner, "\"rust-bert\"")).expect("opens");
        let error = one.find(Task::Ner, Some(EngineName::Embedded)).expect_err("refused").to_string();
        for word in [MODELS, "ner", "embedded", "big on rust-bert"] {
            assert!(error.contains(word), "{word}: {error}");
        }
    }

    #[test]
    fn a_task_without_a_model_falls_back_to_the_built_in_one() {
        let ner = open(&model("mine", Task::Ner, "\"embedded\"")).expect("opens");
        assert_eq!(ner.find(Task::Ner, None).map(|(e, _)| e.name.as_str()).ok(), Some("mine"));
        let (nli, engine) = ner.find(Task::Nli, None).expect("built-in");
        assert_eq!(
            (&nli.source, nli.name.as_str(), engine),
            (&Source::BuiltIn("nli".into()), "mpnet-l6-nli", EngineName::Embedded)
        );
        assert!(ner.read(nli, "config.json").is_ok());
        assert_eq!(nli.weights(EngineName::Embedded), ["model.onnx"]);
        assert_eq!(ner.entries().len(), 2);
    }

    #[test]
    fn a_file_without_a_pin_is_refused_with_the_command_that_pins() {
        let ner = open(&model("mine", Task::Ner, "\"embedded\"")).expect("opens");
        let error = ner.read(&ner.entries()[0], "config.json").expect_err("not pinned").to_string();
        assert!(error.contains("mine") && error.contains("demarche models add"), "{error}");
    }

    #[test]
    fn two_models_of_one_name_are_refused() {
        let twice = model("mine", Task::Ner, "\"embedded\"").repeat(2);
        assert!(open(&twice).is_err_and(|e| e.contains("two models are named \"mine\"")));
    }

    #[test]
    fn pins_of_another_revision_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = ("a".repeat(40), "b".repeat(40));
        let entry = model("n", Task::Ner, "\"rust-bert\"")
            .replace("folder = \"f\"", &format!("hub = \"o/n\"\nrevision = \"{new}\""));
        fs::write(folder.path().join(MODELS), entry).expect("written");
        let lock = format!("version = 1\n[[model]]\nname = \"n\"\nrevision = \"{old}\"\nfiles = {{}}\n");
        fs::write(folder.path().join(LOCK), lock).expect("written");
        let error = Catalogue::open(Some(folder.path())).expect_err("refused").to_string();
        assert!(error.contains(&format!("models pull o/n@{new}")), "{error}");
    }
}
