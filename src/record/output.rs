//! Durable outputs: written beside their place, synced, and only then put there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::assemble::Lines;
use super::schema::{Manifest, OutputRecord};

const SENTENCES: &str = "sentences.jsonl";
const DOCUMENTS: &str = "documents.jsonl";
const QUARANTINE: &str = "quarantine.jsonl";
const MANIFEST: &str = "manifest.json";

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

/// The four files of an output folder while they are being written.
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
            let name = pending.name.to_owned();
            files.insert(name, pending.finish()?);
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
        let mut text = serde_json::to_string_pretty(manifest)
            .map_err(io::Error::other)
            .map_err(OutputError::at(&path))?;
        text.push('\n');
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(OutputError::at(&path))?;
        for name in [SENTENCES, DOCUMENTS, QUARANTINE, MANIFEST] {
            let place = self.folder.join(name);
            fs::rename(temporary(&self.folder, name), &place).map_err(OutputError::at(&place))?;
        }
        sync_folder(&self.folder).map_err(OutputError::at(&self.folder))
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

fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.tmp"))
}

/// A rename is durable once the folder that holds it is synced.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems do not open folders as files.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
