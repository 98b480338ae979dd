//! Durable outputs: written beside their place, synced, and only then put there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::assemble::Lines;
use super::schema::{Manifest, OutputRecord};
use crate::durable::{self, sync_folder, temporary};

pub const SENTENCES: &str = "sentences.jsonl";
pub const DOCUMENTS: &str = "documents.jsonl";
pub(super) const QUARANTINE: &str = "quarantine.jsonl";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const REVIEWS: &str = "reviews.jsonl";

/// The page for a reviewer.
pub const PAGE: &str = "review.html";

/// The files of an output folder that a run writes, in the order in which they are put in their place.
pub const FILES: [&str; 4] = [SENTENCES, DOCUMENTS, QUARANTINE, MANIFEST];

/// All files of an output folder, none of which is an article.
pub const OWN_FILES: [&str; 6] = [SENTENCES, DOCUMENTS, QUARANTINE, MANIFEST, REVIEWS, PAGE];

/// An output that can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct OutputError {
    /// The file or folder.
    pub path: String,
    /// What the system said.
    pub source: io::Error,
}

impl OutputError {
    /// Names the path of a system error.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self { path, source }
    }
}

/// The files of an output folder while they are being written.
#[derive(Debug)]
pub struct Outputs {
    folder: PathBuf,
    sentences: Pending,
    documents: Pending,
    quarantine: Pending,
}

/// Files that are written and synced, but not yet in their place.
#[derive(Debug)]
pub struct Finished {
    folder: PathBuf,
    /// Lines and hash of each file.
    pub files: BTreeMap<String, OutputRecord>,
}

#[derive(Debug)]
struct Pending {
    name: &'static str,
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    records: usize,
}

impl Outputs {
    /// Begins the outputs of a folder, which must exist. What stands there stays until
    /// [`Finished::publish`].
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn create(folder: &Path) -> Result<Self, OutputError> {
        // A manifest beside files that it does not tell of must not be found by `recover`.
        remove(&temporary(folder, MANIFEST))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            sentences: Pending::create(folder, SENTENCES)?,
            documents: Pending::create(folder, DOCUMENTS)?,
            quarantine: Pending::create(folder, QUARANTINE)?,
        })
    }

    /// Writes a document and its sentences.
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn document(&mut self, lines: &Lines) -> Result<(), OutputError> {
        self.documents.write(&lines.document)?;
        self.sentences.write(&lines.sentences)
    }

    /// Writes a line of the quarantine, line end included.
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn quarantine(&mut self, line: &str) -> Result<(), OutputError> {
        self.quarantine.write(line)
    }

    /// Syncs what was written.
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn finish(self) -> Result<Finished, OutputError> {
        let mut files = BTreeMap::new();
        for pending in [self.sentences, self.documents, self.quarantine] {
            files.insert(pending.name.to_owned(), pending.finish()?);
        }
        Ok(Finished { folder: self.folder, files })
    }
}

impl Finished {
    /// Puts all files and the manifest in their place, the manifest last.
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn publish(self, manifest: &Manifest) -> Result<(), OutputError> {
        let path = temporary(&self.folder, MANIFEST);
        let write = || {
            let mut text = serde_json::to_string_pretty(manifest)?;
            text.push('\n');
            let mut file = File::create(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(OutputError::at(&path))?;
        put_in_place(&self.folder).map_err(OutputError::at(&self.folder))
    }

    /// Leaves what stands in the folder as it is, and gives the quarantine's lines.
    ///
    /// # Errors
    /// The system's, with the path.
    pub fn discard(self) -> Result<String, OutputError> {
        let quarantine = temporary(&self.folder, QUARANTINE);
        let lines = fs::read_to_string(&quarantine).map_err(OutputError::at(&quarantine))?;
        for name in [SENTENCES, DOCUMENTS, QUARANTINE] {
            remove(&temporary(&self.folder, name))?;
        }
        Ok(lines)
    }
}

impl Pending {
    fn create(folder: &Path, name: &'static str) -> Result<Self, OutputError> {
        let path = temporary(folder, name);
        let file = File::create(&path).map_err(OutputError::at(&path))?;
        Ok(Self { name, path, file: BufWriter::new(file), hash: Sha256::new(), records: 0 })
    }

    fn write(&mut self, lines: &str) -> Result<(), OutputError> {
        self.hash.update(lines);
        self.records += lines.matches('\n').count();
        self.file.write_all(lines.as_bytes()).map_err(OutputError::at(&self.path))
    }

    fn finish(self) -> Result<OutputRecord, OutputError> {
        let sync = |file: BufWriter<File>| file.into_inner()?.sync_all();
        sync(self.file).map_err(OutputError::at(&self.path))?;
        Ok(OutputRecord { records: self.records, sha256: format!("{:x}", self.hash.finalize()) })
    }
}

/// Replaces one file of a folder: written beside it, synced and put in its place.
pub(super) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
    durable::replace(folder, name, bytes, None).map_err(OutputError::at(&folder.join(name)))
}

/// Writes a file durably: what stood there stays until all of it is written. A link, pipe or device is written to,
/// not replaced.
///
/// # Errors
/// The system's, with the path.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    if fs::symlink_metadata(path).is_ok_and(|known| !known.is_file()) {
        return fs::write(path, bytes).map_err(OutputError::at(path));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) => replace(folder, name, bytes),
        None => {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "no name of a file");
            Err(OutputError { path: path.display().to_string(), source })
        }
    }
}

/// Renames what is written and synced, the manifest last.
fn put_in_place(folder: &Path) -> io::Result<()> {
    for name in FILES {
        match fs::rename(temporary(folder, name), folder.join(name)) {
            // A run that was killed between two renames has done this one.
            Err(e) if e.kind() == io::ErrorKind::NotFound && name != MANIFEST => {}
            other => other?,
        }
    }
    sync_folder(folder)
}

/// Finishes the renames of a run that was killed between them: its new manifest is whole, and each
/// file that it tells of is either in its place or still beside it.
pub(super) fn recover(folder: &Path) -> io::Result<()> {
    let Some(outputs) = outputs_of(&temporary(folder, MANIFEST))? else { return Ok(()) };
    for (name, record) in &outputs {
        let beside = temporary(folder, name);
        let path = if beside.exists() { beside } else { folder.join(name) };
        if hash_of(&path)?.as_ref() != Some(&record.sha256) {
            return Ok(());
        }
    }
    put_in_place(folder)
}

/// Whether a file is the one that the folder's manifest tells of.
pub(super) fn is_published(folder: &Path, name: &str) -> io::Result<bool> {
    let outputs = outputs_of(&folder.join(MANIFEST))?.unwrap_or_default();
    let Some(record) = outputs.get(name) else { return Ok(false) };
    Ok(hash_of(&folder.join(name))?.as_ref() == Some(&record.sha256))
}

/// The outputs that a manifest tells of; none if there is no whole manifest.
fn outputs_of(manifest: &Path) -> io::Result<Option<BTreeMap<String, OutputRecord>>> {
    #[derive(Deserialize)]
    struct Told {
        outputs: BTreeMap<String, OutputRecord>,
    }
    match fs::read(manifest) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        bytes => Ok(serde_json::from_slice::<Told>(&bytes?).ok().map(|told| told.outputs)),
    }
}

/// sha256 of a file, if it is there.
fn hash_of(path: &Path) -> io::Result<Option<String>> {
    let mut hash = Sha256::new();
    match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        file => {
            io::copy(&mut file?, &mut hash)?;
            Ok(Some(format!("{:x}", hash.finalize())))
        }
    }
}

fn remove(path: &Path) -> Result<(), OutputError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(OutputError::at(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_that_a_kill_cut_short_are_finished() {
        let names = [SENTENCES, DOCUMENTS, QUARANTINE];
        for done in 0..=names.len() {
            let folder = tempfile::tempdir().expect("folder");
            let mut outputs = serde_json::Map::new();
            for (index, name) in names.iter().enumerate() {
                fs::write(folder.path().join(name), "old").expect("written");
                let path =
                    if index < done { folder.path().join(name) } else { temporary(folder.path(), name) };
                fs::write(path, name).expect("written");
                let hash = crate::digest::sha256(name.as_bytes());
                outputs.insert((*name).into(), serde_json::json!({ "records": 1, "sha256": hash }));
            }
            let manifest = serde_json::json!({ "outputs": outputs }).to_string();
            fs::write(temporary(folder.path(), MANIFEST), &manifest).expect("written");
            recover(folder.path()).expect("recovers");
            for name in names {
                assert_eq!(fs::read_to_string(folder.path().join(name)).expect("there"), name);
            }
            assert_eq!(fs::read_to_string(folder.path().join(MANIFEST)).expect("there"), manifest);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_one_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().expect("folder");
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        for (path, text) in [(&link, "one"), (&file, "two"), (&link, "three")] {
            save(path, text.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&file).expect("there"), text);
        }
        assert!(link.is_symlink());
        assert!(save(folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 2);
    }

    #[test]
    fn files_that_the_new_manifest_does_not_tell_of_stay_where_they_are() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join(SENTENCES), "old").expect("written");
        fs::write(temporary(folder.path(), SENTENCES), "half").expect("written");
        let manifest = format!("{{\"outputs\":{{\"{SENTENCES}\":{{\"records\":1,\"sha256\":\"0\"}}}}}}");
        fs::write(temporary(folder.path(), MANIFEST), manifest).expect("written");
        recover(folder.path()).expect("goes on");
        assert_eq!(fs::read_to_string(folder.path().join(SENTENCES)).expect("there"), "old");
    }
}
