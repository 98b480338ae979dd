//! Crash-safe outputs: written under temporary names, synced, and only then renamed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::names::{FILES, MANIFEST, QUARANTINE};
use super::save::OutputError;
use crate::durable::{sync_folder, temporary};
use crate::record::{DOCUMENTS, Manifest, OutputRecord, RecordLines, SCORES, SENTENCES};

/// The files of an output folder while they are being written.
#[derive(Debug)]
pub struct OutputWriter {
    folder: PathBuf,
    sentences: PendingFile,
    /// None in a folder of an older version.
    scores: Option<PendingFile>,
    documents: PendingFile,
    quarantine: PendingFile,
}

/// Files that are written and synced, but not yet renamed to their own names.
#[derive(Debug)]
pub struct FinishedOutputs {
    folder: PathBuf,
    /// Number of lines and hash of each file.
    pub files: BTreeMap<String, OutputRecord>,
}

#[derive(Debug)]
struct PendingFile {
    name: &'static str,
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    records: usize,
}

impl OutputWriter {
    /// Starts the outputs of an existing folder. The files that are there stay until
    /// [`FinishedOutputs::publish`].
    ///
    /// # Errors
    /// The I/O error, with the path.
    pub fn create(folder: &Path) -> Result<Self, OutputError> {
        // `recover` must not find an old temporary manifest next to the new files.
        remove(&temporary(folder, MANIFEST))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            sentences: PendingFile::create(folder, SENTENCES)?,
            scores: Some(PendingFile::create(folder, SCORES)?),
            documents: PendingFile::create(folder, DOCUMENTS)?,
            quarantine: PendingFile::create(folder, QUARANTINE)?,
        })
    }

    /// Like [`OutputWriter::create`], for the records of an older version, which had no scores.
    ///
    /// # Errors
    /// The I/O error, with the path.
    #[cfg_attr(not(feature = "review"), expect(dead_code, reason = "only reviews are added to old records"))]
    pub(crate) fn without_scores(folder: &Path) -> Result<Self, OutputError> {
        let writer = Self::create(folder)?;
        remove(&temporary(folder, SCORES))?;
        Ok(Self { scores: None, ..writer })
    }

    /// Writes a document, its sentences and its scores.
    ///
    /// # Errors
    /// The I/O error, with the path.
    pub fn document(&mut self, lines: &RecordLines) -> Result<(), OutputError> {
        self.documents.write(&lines.document)?;
        if let Some(scores) = &mut self.scores {
            scores.write(&lines.scores)?;
        }
        self.sentences.write(&lines.sentences)
    }

    /// Writes a line of the quarantine, including its line ending.
    ///
    /// # Errors
    /// The I/O error, with the path.
    pub fn quarantine(&mut self, line: &str) -> Result<(), OutputError> {
        self.quarantine.write(line)
    }

    /// Syncs the written data to disk.
    ///
    /// # Errors
    /// The I/O error, with the path.
    pub fn finish(self) -> Result<FinishedOutputs, OutputError> {
        let mut files = BTreeMap::new();
        let all = [Some(self.sentences), self.scores, Some(self.documents), Some(self.quarantine)];
        for pending in all.into_iter().flatten() {
            files.insert(pending.name.to_owned(), pending.finish()?);
        }
        Ok(FinishedOutputs { folder: self.folder, files })
    }
}

impl FinishedOutputs {
    /// Renames all files to their own names, the manifest last.
    ///
    /// # Errors
    /// The I/O error, with the path.
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

    /// Removes the new files, leaves the folder as it was, and returns the quarantine's lines.
    ///
    /// # Errors
    /// The I/O error, with the path.
    pub fn discard(self) -> Result<String, OutputError> {
        let quarantine = temporary(&self.folder, QUARANTINE);
        let lines = fs::read_to_string(&quarantine).map_err(OutputError::at(&quarantine))?;
        for name in [SENTENCES, SCORES, DOCUMENTS, QUARANTINE] {
            remove(&temporary(&self.folder, name))?;
        }
        Ok(lines)
    }
}

impl PendingFile {
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

/// Renames files that are written and synced, the manifest last.
fn put_in_place(folder: &Path) -> io::Result<()> {
    for name in FILES {
        match fs::rename(temporary(folder, name), folder.join(name)) {
            // A run that was killed between two renames has already renamed this file.
            Err(e) if e.kind() == io::ErrorKind::NotFound && name != MANIFEST => {}
            other => other?,
        }
    }
    sync_folder(folder)
}

/// Finishes the renames of a run that was killed between them: its new manifest is complete, and
/// each file that it lists has either its own name or still its temporary one.
pub fn recover(folder: &Path) -> io::Result<()> {
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

/// Whether a file has the hash that the folder's manifest lists.
pub fn is_published(folder: &Path, name: &str) -> io::Result<bool> {
    let outputs = outputs_of(&folder.join(MANIFEST))?.unwrap_or_default();
    let Some(record) = outputs.get(name) else { return Ok(false) };
    Ok(hash_of(&folder.join(name))?.as_ref() == Some(&record.sha256))
}

/// The outputs that a manifest lists, `None` if there is no complete manifest.
fn outputs_of(manifest: &Path) -> io::Result<Option<BTreeMap<String, OutputRecord>>> {
    #[derive(Deserialize)]
    struct ManifestOutputs {
        outputs: BTreeMap<String, OutputRecord>,
    }
    match fs::read(manifest) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        bytes => Ok(serde_json::from_slice::<ManifestOutputs>(&bytes?).ok().map(|manifest| manifest.outputs)),
    }
}

/// sha256 of a file, if it exists.
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
    fn renames_interrupted_by_a_kill_are_finished() {
        let names = [SENTENCES, SCORES, DOCUMENTS, QUARANTINE];
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
    fn files_that_the_new_manifest_does_not_list_are_not_renamed() {
        let folder = tempfile::tempdir().expect("folder");
        fs::write(folder.path().join(SENTENCES), "old").expect("written");
        fs::write(temporary(folder.path(), SENTENCES), "half").expect("written");
        let manifest = format!("{{\"outputs\":{{\"{SENTENCES}\":{{\"records\":1,\"sha256\":\"0\"}}}}}}");
        fs::write(temporary(folder.path(), MANIFEST), manifest).expect("written");
        recover(folder.path()).expect("goes on");
        assert_eq!(fs::read_to_string(folder.path().join(SENTENCES)).expect("there"), "old");
    }
}
