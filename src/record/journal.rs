//! What earlier runs have done: finished outputs, and the journal of a run that was cut off.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::assemble::Lines;
use crate::digest::sha256;

const JOURNAL: &str = ".journal.jsonl";

/// What makes a document the same work as an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct Entry {
    /// Its id.
    pub doc_id: String,
    /// Its bytes.
    pub input_sha256: String,
    /// Its text, which the kind of file decides along with the bytes.
    pub text_sha256: String,
    /// Program, models and configuration.
    pub provenance: String,
}

/// The fields of a document's line that tell where its sentences end and whether they are whole.
#[derive(Deserialize)]
struct Extent {
    #[serde(flatten)]
    entry: Entry,
    records: usize,
    records_sha256: String,
}

#[derive(Serialize, Deserialize)]
struct JournalLine {
    document: String,
    sentences: String,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    at: u64,
    len: usize,
}

#[derive(Debug)]
enum Place {
    Journal(Piece),
    Outputs { document: Piece, sentences: Piece, sha256: String },
}

/// Documents that are already done in an output folder.
#[derive(Debug)]
pub struct Cache {
    journal: File,
    path: PathBuf,
    outputs: Option<(File, File)>,
    places: HashMap<Entry, Place>,
}

impl Cache {
    /// Opens the journal of an output folder, drops what a cut-off run left half written, and
    /// finds the documents of finished outputs.
    ///
    /// # Errors
    /// The system's, or that another run is writing to the folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(JOURNAL);
        let journal = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        journal.try_lock().map_err(|_| {
            io::Error::new(
                io::ErrorKind::WouldBlock,
                "another run is writing to this folder; wait for it to end",
            )
        })?;
        let mut cache = Self { journal, path, outputs: None, places: HashMap::new() };
        cache.index_outputs(folder)?;
        cache.index_journal()?;
        Ok(cache)
    }

    /// The lines of a document that was done before, if they are there and whole.
    ///
    /// # Errors
    /// The system's.
    pub fn get(&mut self, entry: &Entry) -> io::Result<Option<Lines>> {
        match self.places.get(entry) {
            None => Ok(None),
            Some(Place::Journal(piece)) => {
                let line = read_piece(&mut self.journal, *piece)?;
                let line: Option<JournalLine> = serde_json::from_str(&line).ok();
                Ok(line.map(|l| Lines { document: l.document, sentences: l.sentences }))
            }
            Some(Place::Outputs { document, sentences, sha256: expected }) => {
                let Some((documents, all_sentences)) = &mut self.outputs else { return Ok(None) };
                let document = read_piece(documents, *document)?;
                let sentences = read_piece(all_sentences, *sentences)?;
                let whole = sha256(sentences.as_bytes()) == *expected;
                Ok(whole.then_some(Lines { document, sentences }))
            }
        }
    }

    /// Adds a document to the journal. It survives a crash once [`Cache::sync`] has returned.
    ///
    /// # Errors
    /// The system's.
    pub fn append(&mut self, lines: &Lines) -> io::Result<()> {
        let line = JournalLine { document: lines.document.clone(), sentences: lines.sentences.clone() };
        let mut line = serde_json::to_string(&line)?;
        line.push('\n');
        self.journal.seek(SeekFrom::End(0))?;
        self.journal.write_all(line.as_bytes())
    }

    /// Makes what was appended durable.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> io::Result<()> {
        self.journal.sync_data()
    }

    /// Removes the journal, once the outputs are in place.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }

    fn index_journal(&mut self) -> io::Result<()> {
        let mut reader = BufReader::new(&self.journal);
        let (mut at, mut bytes) = (0_u64, Vec::new());
        loop {
            bytes.clear();
            let len = reader.read_until(b'\n', &mut bytes)?;
            // A line without its end, or with other content, is where a crash cut the journal off.
            let whole = bytes.ends_with(b"\n");
            let line = whole.then(|| serde_json::from_slice::<JournalLine>(&bytes).ok()).flatten();
            let Some(extent) = line.and_then(|l| serde_json::from_str::<Extent>(&l.document).ok()) else {
                break;
            };
            self.places.insert(extent.entry, Place::Journal(Piece { at, len }));
            at += len as u64;
        }
        self.journal.set_len(at)
    }

    fn index_outputs(&mut self, folder: &Path) -> io::Result<()> {
        let open = |name: &str| match File::open(folder.join(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        };
        let (Some(documents), Some(sentences)) = (open("documents.jsonl")?, open("sentences.jsonl")?) else {
            return Ok(());
        };
        let mut document_lines = BufReader::new(&documents);
        let mut sentence_lines = BufReader::new(&sentences);
        let (mut document_at, mut sentence_at, mut bytes) = (0_u64, 0_u64, Vec::new());
        loop {
            bytes.clear();
            let len = document_lines.read_until(b'\n', &mut bytes)?;
            let Ok(extent) = serde_json::from_slice::<Extent>(&bytes) else { break };
            let document = Piece { at: document_at, len };
            let mut piece = Piece { at: sentence_at, len: 0 };
            for _ in 0..extent.records {
                piece.len += sentence_lines.skip_until(b'\n')?;
            }
            document_at += len as u64;
            sentence_at += piece.len as u64;
            let place = Place::Outputs { document, sentences: piece, sha256: extent.records_sha256 };
            self.places.insert(extent.entry, place);
        }
        self.outputs = Some((documents, sentences));
        Ok(())
    }
}

/// Reads a piece of a file; bytes that are no UTF-8 are replaced, and then no hash fits.
fn read_piece(file: &mut File, piece: Piece) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(piece.at))?;
    file.take(piece.len as u64).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(id: &str) -> (Entry, Lines) {
        let sentences = format!("{{\"doc_id\":\"{id}\"}}\n");
        let hash = sha256(sentences.as_bytes());
        let document = format!(
            "{{\"doc_id\":\"{id}\",\"input_sha256\":\"i\",\"text_sha256\":\"t\",\"provenance\":\"p\",\
             \"records\":1,\"records_sha256\":\"{hash}\"}}\n"
        );
        let entry = Entry {
            doc_id: id.into(),
            input_sha256: "i".into(),
            text_sha256: "t".into(),
            provenance: "p".into(),
        };
        (entry, Lines { document, sentences })
    }

    #[test]
    fn a_journal_cut_off_anywhere_keeps_its_whole_lines() {
        let folder = tempfile::tempdir().expect("folder");
        let (a, b) = (lines("a"), lines("b"));
        let mut cache = Cache::open(folder.path()).expect("opens");
        cache.append(&a.1).expect("appends");
        let first = cache.journal.metadata().expect("there").len();
        cache.append(&b.1).expect("appends");
        drop(cache);
        let path = folder.path().join(JOURNAL);
        let whole = std::fs::read(&path).expect("reads");
        for cut in (0..=whole.len()).step_by(7).chain([first as usize, whole.len()]) {
            std::fs::write(&path, &whole[..cut]).expect("writes");
            let mut cache = Cache::open(folder.path()).expect("opens");
            let found = cache.get(&a.0).expect("reads");
            assert_eq!(found, (cut >= first as usize).then_some(a.1.clone()), "cut at {cut}");
            assert_eq!(cache.get(&b.0).expect("reads").is_some(), cut == whole.len(), "cut at {cut}");
            cache.append(&b.1).expect("appends");
            drop(cache);
            let mut cache = Cache::open(folder.path()).expect("opens");
            assert_eq!(cache.get(&b.0).expect("reads"), Some(b.1.clone()), "cut at {cut}");
        }
    }

    #[test]
    fn finished_outputs_are_used_only_while_their_hash_fits() {
        let folder = tempfile::tempdir().expect("folder");
        let (a, b) = (lines("a"), lines("b"));
        let write =
            |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("writes");
        write("documents.jsonl", format!("{}{}", a.1.document, b.1.document));
        write("sentences.jsonl", format!("{}{}", a.1.sentences, b.1.sentences.replace('b', "x")));
        let mut cache = Cache::open(folder.path()).expect("opens");
        assert_eq!(cache.get(&a.0).expect("reads"), Some(a.1));
        assert_eq!(cache.get(&b.0).expect("reads"), None);
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let folder = tempfile::tempdir().expect("folder");
        let _held = Cache::open(folder.path()).expect("opens");
        assert!(Cache::open(folder.path()).expect_err("locked").to_string().contains("another run"));
    }
}
