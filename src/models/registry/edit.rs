//! Changes `models.toml`, which people edit too, and `models.lock`.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Table, Value};

use super::entry::{ModelEntry, ModelSource};
use super::listing::{LOCK, MODELS, parse};
use super::lock::{Lock, ModelPins};
use crate::durable::{self, lockable};
use crate::models::calibration::Calibration;
use crate::models::error::{ListingError, ModelError};

const HEAD: &str = "# Which model does which task; models.lock pins their files.\n";

/// The two files of a folder.
pub struct Listed {
    /// The text of `models.toml`, empty if there is none.
    text: String,
    /// Its entries.
    pub entries: Vec<ModelEntry>,
    /// The pins.
    pub lock: Lock,
}

impl Listed {
    /// Reads both files of a folder; either may be missing.
    ///
    /// # Errors
    /// [`ModelError`] if one of them is invalid.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let text = |name: &str| match fs::read_to_string(folder.join(name)) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(String::new()),
            Err(e) if e.kind() == ErrorKind::InvalidData => Err(wrong(folder, name)(ListingError::NotUtf8)),
            other => other.map_err(|source| ModelError::Unreadable {
                path: shown(folder, name),
                source,
                sha256: None,
            }),
        };
        let (models, pins) = (text(MODELS)?, text(LOCK)?);
        let entries = parse(&models).map_err(wrong(folder, MODELS))?;
        let lock = if pins.is_empty() { Ok(Lock::default()) } else { Lock::parse(&pins) };
        Ok(Self { text: models, entries, lock: lock.map_err(wrong(folder, LOCK))? })
    }
}

/// Registers a model and pins its files. Everything else that a person wrote into `models.toml` is
/// kept.
///
/// # Errors
/// [`ModelError`] if a file is invalid, or can't be written.
pub fn enter(folder: &Path, entry: &ModelEntry) -> Result<(), ModelError> {
    let unwritable = |name: &str| {
        let path = shown(folder, name);
        move |source| ModelError::Unwritable { path, source }
    };
    fs::create_dir_all(folder).map_err(unwritable(""))?;
    let _lock = locked(folder).map_err(unwritable(""))?;
    // Read again: the download may have taken hours.
    let Listed { text, entries, mut lock } = Listed::read(folder)?;
    let models = match entries.iter().find(|known| known.name == entry.name) {
        Some(known) => changed(&text, known, entry),
        None => Ok(appended(&text, entry)),
    };
    let models = models.and_then(|text| parse(&text).map(|_| text)).map_err(wrong(folder, MODELS))?;
    lock.set(ModelPins {
        name: entry.name.clone(),
        revision: match &entry.source {
            ModelSource::Hub { revision, .. } => Some(revision.clone()),
            ModelSource::Folder(_) | ModelSource::BuiltIn(_) => None,
        },
        files: entry.files.clone(),
    });
    for (name, text) in [(LOCK, lock.text()), (MODELS, models)] {
        replace(folder, name, &text).map_err(unwritable(name))?;
    }
    Ok(())
}

/// Sets the calibration of a model. A built-in model that the folder does not list is added.
/// Everything else that a person wrote into `models.toml` is kept.
///
/// # Errors
/// [`ModelError`] if the file is invalid, lacks the model, or can't be written.
pub fn calibrate(folder: &Path, entry: &ModelEntry, calibration: &Calibration) -> Result<(), ModelError> {
    let unwritable = |source| ModelError::Unwritable { path: shown(folder, MODELS), source };
    fs::create_dir_all(folder).map_err(unwritable)?;
    let _lock = locked(folder).map_err(unwritable)?;
    let Listed { text, entries, .. } = Listed::read(folder)?;
    let is_listed = entries.iter().any(|known| known.name == entry.name);
    let add = !is_listed && matches!(entry.source, ModelSource::BuiltIn(_));
    let text = if add { appended(&text, entry) } else { text };
    let mut table = InlineTable::new();
    table.insert("slope", calibration.slope.into());
    table.insert("intercept", calibration.intercept.into());
    table.extend(calibration.threshold.map(|threshold| ("threshold", Value::from(threshold))));
    let text = edited(&text, &entry.name, |model| set(model, "calibration", table.into()));
    let text = text.and_then(|text| parse(&text).map(|_| text)).map_err(wrong(folder, MODELS))?;
    replace(folder, MODELS, &text).map_err(unwritable)
}

/// Waits until no other process registers a model; the lock is held as long as the file is open.
fn locked(folder: &Path) -> io::Result<File> {
    let file = lockable(folder)?;
    // Some network file systems don't support locks; there the last process wins.
    let _ = file.lock();
    Ok(file)
}

/// The error that one of the folder's own files is invalid.
fn wrong(folder: &Path, name: &str) -> impl FnOnce(ListingError) -> ModelError {
    let path = shown(folder, name);
    move |source| ModelError::Listing { path, source }
}

fn shown(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// The keys of an entry that the program writes.
fn keys(entry: &ModelEntry) -> Vec<(&'static str, Value)> {
    let backends: Array = entry.backends.iter().map(|backend| backend.to_string()).collect();
    let mut keys = vec![
        ("name", Value::from(&entry.name)),
        ("task", entry.task.to_string().into()),
        ("backends", backends.into()),
        ("licence", Value::from(&entry.licence)),
    ];
    match &entry.source {
        ModelSource::BuiltIn(folder) => keys.push(("built_in", folder.into())),
        ModelSource::Folder(folder) => keys.push(("folder", folder.into())),
        ModelSource::Hub { repo, revision } => {
            keys.extend([("hub", repo.into()), ("revision", revision.into())]);
        }
    }
    keys
}

fn appended(text: &str, entry: &ModelEntry) -> String {
    let mut table = Table::new();
    for (key, value) in keys(entry) {
        table.insert(key, value.into());
    }
    let before = if text.is_empty() { HEAD } else { text };
    let end = if before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{end}\n[[model]]\n{table}")
}

/// Sets the keys that differ, without moving them.
fn changed(text: &str, known: &ModelEntry, entry: &ModelEntry) -> Result<String, ListingError> {
    let (old, new) = (keys(known), keys(entry));
    edited(text, &entry.name, |table| {
        for (key, _) in old.iter().filter(|(key, _)| new.iter().all(|(k, _)| k != key)) {
            table.remove(key);
        }
        for (key, value) in new {
            if old.iter().any(|(k, v)| *k == key && v.to_string() == value.to_string()) {
                continue;
            }
            // A file of an earlier version keeps its key for the backends.
            let key = if key == "backends" && table.contains_key("engines") { "engines" } else { key };
            set(table, key, value);
        }
    })
}

/// The text with a change in the table of a model.
fn edited(text: &str, name: &str, change: impl FnOnce(&mut Table)) -> Result<String, ListingError> {
    let mut document: DocumentMut = text.parse()?;
    let tables = document.get_mut("model").and_then(|item| item.as_array_of_tables_mut());
    let table = tables
        .into_iter()
        .flat_map(|tables| tables.iter_mut())
        .find(|table| table.get("name").and_then(|name| name.as_str()) == Some(name))
        .ok_or_else(|| ListingError::NoTable(name.to_owned()))?;
    change(table);
    Ok(document.to_string())
}

/// Sets a key. A comment after the old value was written by a person, and is kept.
fn set(table: &mut Table, key: &str, mut value: Value) {
    if let Some(before) = table.get(key).and_then(|item| item.as_value()) {
        *value.decor_mut() = before.decor().clone();
    }
    table.insert(key, value.into());
}

/// Replaces a file atomically, so that a kill leaves either the old one or the new one. Links are
/// followed, and permissions are kept.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = folder.join(name);
    let path = path.canonicalize().unwrap_or(path);
    let permissions = fs::metadata(&path).ok().map(|metadata| metadata.permissions());
    let folder = path.parent().unwrap_or(folder);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(name);
    durable::replace(folder, name, text.as_bytes(), permissions)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::models::backend::BackendName;
    use crate::models::registry::lock::PinnedFile;
    use crate::models::task::ModelTask;

    fn entry(revision: &str) -> ModelEntry {
        let file = PinnedFile { size: 1, sha256: revision.into() };
        ModelEntry {
            name: "o/n".into(),
            task: ModelTask::Ner,
            backends: vec![BackendName::Libtorch],
            licence: "mit".into(),
            source: ModelSource::Hub { repo: "o/n".into(), revision: revision.into() },
            labels: None,
            max_length: None,
            temperature: None,
            calibration: None,
            files: BTreeMap::from([("config.json".into(), file)]),
        }
    }

    #[test]
    fn edits_by_a_person_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let below = folder.path().join("a/b");
        let (old, new) = ("a".repeat(40), "b".repeat(40));
        enter(&below, &entry(&old)).expect("entered");
        let path = below.join(MODELS);
        let written = fs::read_to_string(&path).expect("written");
        assert!(written.starts_with(HEAD), "{written}");

        let own = format!(
            "# mine\n\n[[model]] # the best\nlicence   = 'mit'  # asked them\nname=\"o/n\"\ntask = \"ner\"\nengines = [ \"rust-bert\" ] # no onnx\nhub = \"o/n\"\nrevision = \"{old}\"   # of May\nmax_length = 128\n# the end"
        );
        fs::write(&path, &own).expect("written");
        enter(&below, &entry(&new)).expect("entered");
        assert_eq!(fs::read_to_string(&path).expect("written"), own.replace(&old, &new));

        let both = vec![BackendName::Onnx, BackendName::Libtorch];
        enter(&below, &ModelEntry { backends: both, ..entry(&new) }).expect("entered");
        let own = own.replace("[ \"rust-bert\" ] #", "[\"onnx\", \"libtorch\"] #");
        assert_eq!(fs::read_to_string(&path).expect("written"), own.replace(&old, &new));

        let other =
            ModelEntry { name: "other".into(), source: ModelSource::Folder("x".into()), ..entry(&new) };
        enter(&below, &other).expect("entered");
        let both = fs::read_to_string(&path).expect("written");
        assert!(both.starts_with(&own.replace(&old, &new)), "{both}");
        let Listed { entries, lock, .. } = Listed::read(&below).expect("read");
        assert_eq!(entries.iter().map(|e| &*e.name).collect::<Vec<_>>(), ["o/n", "other"]);
        assert_eq!(entries[0].max_length, Some(128));
        let revision = |name: &str| lock.get(name).and_then(|pinned| pinned.revision.clone());
        assert_eq!((revision("o/n"), revision("other")), (Some(new), None));
    }

    #[test]
    fn a_calibration_is_set_beside_what_a_person_wrote() {
        let folder = tempfile::tempdir().expect("a folder");
        enter(folder.path(), &entry(&"a".repeat(40))).expect("entered");
        let path = folder.path().join(MODELS);
        let written = format!("# mine\n{}", fs::read_to_string(&path).expect("written"));
        fs::write(&path, &written).expect("written");
        let set = |threshold| {
            let calibration = Calibration { slope: 0.5, intercept: -1.25, threshold };
            calibrate(folder.path(), &entry("x"), &calibration).expect("set");
            fs::read_to_string(&path).expect("written")
        };
        let line = "calibration = { slope = 0.5, intercept = -1.25, threshold = 0.4 }\n";
        assert_eq!(set(Some(0.4)), format!("{written}{line}"));
        assert_eq!(set(None), format!("{written}{}", line.replace(", threshold = 0.4", "")));
        let same = Calibration { slope: 1.0, intercept: 0.0, threshold: None };
        let other = ModelEntry { name: "p".into(), ..entry("x") };
        let error = calibrate(folder.path(), &other, &same).expect_err("no such model").to_string();
        assert!(error.contains("\"p\""), "{error}");
        let built_in = ModelEntry { source: ModelSource::BuiltIn("b".into()), ..other };
        let new = folder.path().join("new");
        calibrate(&new, &built_in, &same).expect("set");
        let entries = Listed::read(&new).expect("read").entries;
        assert_eq!((&entries[0].source, entries[0].calibration), (&built_in.source, Some(same)));
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_the_files_where_they_could_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        enter(folder.path(), &entry(&"a".repeat(40))).expect("entered");
        let path = folder.path().join(MODELS);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("set");
        enter(folder.path(), &entry(&"b".repeat(40))).expect("entered");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 2);
    }

    #[test]
    fn no_model_is_lost_if_several_are_registered_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for i in 0..16 {
                let entry = ModelEntry { name: format!("n{i}"), ..entry(&"a".repeat(40)) };
                let folder = folder.path();
                scope.spawn(move || enter(folder, &entry).expect("entered"));
            }
        });
        let Listed { entries, lock, .. } = Listed::read(folder.path()).expect("read");
        assert_eq!(entries.len(), 16);
        assert!(entries.iter().all(|entry| lock.get(&entry.name).is_some()));
    }

    #[test]
    fn an_invalid_list_is_not_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(MODELS);
        fs::write(&path, "[[model]]\nname = 1\n").expect("written");
        let error = enter(folder.path(), &entry(&"a".repeat(40))).expect_err("refused").to_string();
        assert!(error.contains(MODELS), "{error}");
        assert!(!folder.path().join(LOCK).exists());
    }
}
