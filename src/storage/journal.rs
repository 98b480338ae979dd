//! Documents that earlier runs have computed: in finished outputs, or in the journal of an
//! interrupted run.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::lock::hold;
use super::outputs::is_published;
use crate::digest::sha256;
use crate::record::{DOCUMENTS, RecordLines, SCORES, SENTENCES};

const JOURNAL: &str = ".journal.jsonl";

/// The values that must be equal for a document's records to be reused from an earlier run.
#[derive(Debug, Clone, Deserialize)]
pub struct DocumentKey {
    /// Its id.
    pub doc_id: String,
    /// The hash of its bytes.
    pub input_sha256: String,
    /// The hash of its text: in a file of another kind the same bytes are another text.
    pub text_sha256: String,
    /// The provenance: program, models and configuration.
    pub provenance: String,
}

impl DocumentKey {
    /// A hash over all fields, which the index stores instead of them, to save memory.
    fn hash(&self) -> [u8; 32] {
        let parts = [&self.doc_id, &self.input_sha256, &self.text_sha256, &self.provenance];
        let hashes = parts.map(Sha256::digest);
        Sha256::digest(hashes.concat()).into()
    }
}

/// The fields of a document's line with the number of its sentences, their hash and that of its
/// scores.
#[derive(Deserialize)]
struct Extent {
    #[serde(flatten)]
    document: DocumentKey,
    records: usize,
    records_sha256: String,
    #[serde(default)]
    scores_sha256: String,
}

#[derive(Serialize, Deserialize)]
struct JournalLine {
    document: String,
    document_sha256: String,
    sentences: String,
    #[serde(default)]
    scores: String,
}

impl JournalLine {
    /// The lines, if the document's line is unchanged. It contains the hash of the sentences.
    fn whole(self) -> Option<RecordLines> {
        let whole = sha256(self.document.as_bytes()) == self.document_sha256;
        let Self { document, sentences, scores, .. } = self;
        whole.then_some(RecordLines { document, sentences, scores })
    }
}

#[derive(Debug, Clone, Copy)]
struct ByteRange {
    at: u64,
    len: usize,
}

#[derive(Debug)]
enum Stored {
    Journal(ByteRange),
    Outputs { document: ByteRange, sentences: ByteRange, scores: ByteRange },
}

/// The finished outputs of an earlier run.
#[derive(Debug)]
struct OutputFiles {
    documents: File,
    sentences: File,
    scores: File,
}

/// The documents of an output folder that are already computed.
#[derive(Debug)]
pub struct Cache {
    journal: File,
    path: PathBuf,
    outputs: Option<OutputFiles>,
    places: HashMap<[u8; 32], Stored>,
    /// Held as long as the cache exists, so that no other run writes to the folder.
    _lock: File,
}

impl Cache {
    /// Locks an output folder, finishes the renames of a killed run, removes an incomplete last
    /// line from the journal, and finds the documents that need not be computed again.
    ///
    /// # Errors
    /// The I/O error, or that another run is writing to the folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let lock = hold(folder)?;
        let path = folder.join(JOURNAL);
        let journal = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut cache = Self { journal, path, outputs: None, places: HashMap::new(), _lock: lock };
        cache.index_outputs(folder)?;
        cache.index_journal()?;
        Ok(cache)
    }

    /// The lines of a document that was computed before, if they are present and unchanged.
    ///
    /// # Errors
    /// The I/O error.
    pub fn get(&mut self, document: &DocumentKey) -> io::Result<Option<RecordLines>> {
        let lines = match self.places.get(&document.hash()) {
            None => None,
            Some(Stored::Journal(piece)) => {
                let line = read_piece(&mut self.journal, *piece)?;
                serde_json::from_str::<JournalLine>(&line).ok().and_then(JournalLine::whole)
            }
            Some(Stored::Outputs { document, sentences, scores }) => {
                let Some(files) = &mut self.outputs else { return Ok(None) };
                let document = read_piece(&mut files.documents, *document)?;
                let sentences = read_piece(&mut files.sentences, *sentences)?;
                let scores = read_piece(&mut files.scores, *scores)?;
                Some(RecordLines { document, sentences, scores })
            }
        };
        Ok(lines.filter(|lines| {
            let extent = serde_json::from_str::<Extent>(&lines.document);
            extent.is_ok_and(|extent| {
                extent.records_sha256 == sha256(lines.sentences.as_bytes())
                    && extent.scores_sha256 == sha256(lines.scores.as_bytes())
            })
        }))
    }

    /// Adds a document to the journal. It survives a crash once [`Cache::sync`] has returned.
    ///
    /// # Errors
    /// The I/O error.
    pub fn append(&mut self, lines: &RecordLines) -> io::Result<()> {
        let line = JournalLine {
            document: lines.document.clone(),
            document_sha256: sha256(lines.document.as_bytes()),
            sentences: lines.sentences.clone(),
            scores: lines.scores.clone(),
        };
        let mut line = serde_json::to_string(&line)?;
        line.push('\n');
        self.journal.seek(SeekFrom::End(0))?;
        self.journal.write_all(line.as_bytes())
    }

    /// Syncs the appended documents to disk.
    ///
    /// # Errors
    /// The I/O error.
    pub fn sync(&self) -> io::Result<()> {
        self.journal.sync_data()
    }

    /// Removes the journal, when the outputs are in place.
    ///
    /// # Errors
    /// The I/O error.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }

    fn index_journal(&mut self) -> io::Result<()> {
        let mut reader = BufReader::new(&self.journal);
        let (mut at, mut bytes) = (0_u64, Vec::new());
        loop {
            bytes.clear();
            let len = reader.read_until(b'\n', &mut bytes)?;
            // A crash truncates the journal's last line, which then lacks its line ending or can't
            // be parsed.
            let whole = bytes.ends_with(b"\n");
            let line = whole.then(|| serde_json::from_slice::<JournalLine>(&bytes).ok()).flatten();
            let Some(extent) = line.and_then(|l| serde_json::from_str::<Extent>(&l.document).ok()) else {
                break;
            };
            // Finished outputs come first: they may contain reviews, which the journal never does.
            self.places.entry(extent.document.hash()).or_insert(Stored::Journal(ByteRange { at, len }));
            at += len as u64;
        }
        self.journal.set_len(at)
    }

    fn index_outputs(&mut self, folder: &Path) -> io::Result<()> {
        // The manifest has the hash of the documents' lines, and these have the hashes of the
        // sentences' and the scores' lines.
        let [documents, sentences, scores] = [DOCUMENTS, SENTENCES, SCORES].map(|name| folder.join(name));
        if !is_published(folder, DOCUMENTS)? || !sentences.exists() || !scores.exists() {
            return Ok(());
        }
        let files = OutputFiles {
            documents: File::open(documents)?,
            sentences: File::open(sentences)?,
            scores: File::open(scores)?,
        };
        let mut document_lines = BufReader::new(&files.documents);
        let mut sentence_lines = Lines::new(&files.sentences);
        let mut score_lines = Lines::new(&files.scores);
        let (mut document_at, mut bytes) = (0_u64, Vec::new());
        loop {
            bytes.clear();
            let len = document_lines.read_until(b'\n', &mut bytes)?;
            let Ok(extent) = serde_json::from_slice::<Extent>(&bytes) else { break };
            let document = ByteRange { at: document_at, len };
            document_at += len as u64;
            let (sentences, scores) = (sentence_lines.next(extent.records)?, score_lines.next(1)?);
            self.places.insert(extent.document.hash(), Stored::Outputs { document, sentences, scores });
        }
        self.outputs = Some(files);
        Ok(())
    }
}

/// Finds the places of lines in a file.
struct Lines<'f> {
    reader: BufReader<&'f File>,
    at: u64,
}

impl<'f> Lines<'f> {
    fn new(file: &'f File) -> Self {
        Self { reader: BufReader::new(file), at: 0 }
    }

    /// The place of the next lines, of fewer if the file ends.
    fn next(&mut self, count: usize) -> io::Result<ByteRange> {
        let mut piece = ByteRange { at: self.at, len: 0 };
        for _ in 0..count {
            match self.reader.skip_until(b'\n')? {
                0 => break,
                len => piece.len += len,
            }
        }
        self.at += piece.len as u64;
        Ok(piece)
    }
}

/// Reads part of a file. Invalid UTF-8 is replaced, so that the hash no longer matches.
fn read_piece(file: &mut File, piece: ByteRange) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(piece.at))?;
    file.take(piece.len as u64).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(id: &str) -> (DocumentKey, RecordLines) {
        let sentences = format!("{{\"doc_id\":\"{id}\"}}\n");
        let scores = format!("{{\"scores_of\":\"{id}\"}}\n");
        let (hash, scores_hash) = (sha256(sentences.as_bytes()), sha256(scores.as_bytes()));
        let document = format!(
            "{{\"doc_id\":\"{id}\",\"input_sha256\":\"i\",\"text_sha256\":\"t\",\"provenance\":\"p\",\
             \"records\":1,\"records_sha256\":\"{hash}\",\"scores_sha256\":\"{scores_hash}\"}}\n"
        );
        let entry = DocumentKey {
            doc_id: id.into(),
            input_sha256: "i".into(),
            text_sha256: "t".into(),
            provenance: "p".into(),
        };
        (entry, RecordLines { document, sentences, scores })
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
    fn an_altered_journal_line_is_not_used() {
        let folder = tempfile::tempdir().expect("folder");
        let (a, b) = (lines("a"), lines("b"));
        let mut cache = Cache::open(folder.path()).expect("opens");
        cache.append(&a.1).expect("appends");
        cache.append(&b.1).expect("appends");
        drop(cache);
        let path = folder.path().join(JOURNAL);
        let text = std::fs::read_to_string(&path).expect("reads");
        let altered = text.replacen(
            "\"sentences\":\"{\\\"doc_id\\\":\\\"a",
            "\"sentences\":\"{\\\"doc_id\\\":\\\"x",
            1,
        );
        assert_ne!(altered, text);
        std::fs::write(&path, altered).expect("writes");
        let mut cache = Cache::open(folder.path()).expect("opens");
        assert_eq!(cache.get(&a.0).expect("reads"), None);
        assert_eq!(cache.get(&b.0).expect("reads"), Some(b.1));
    }

    #[test]
    fn finished_outputs_are_used_only_while_their_hashes_fit() {
        let folder = tempfile::tempdir().expect("folder");
        let (a, b) = (lines("a"), lines("b"));
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writes");
        let documents = format!("{}{}", a.1.document, b.1.document);
        let hash = sha256(documents.as_bytes());
        write(
            "manifest.json",
            &format!("{{\"outputs\":{{\"documents.jsonl\":{{\"records\":2,\"sha256\":\"{hash}\"}}}}}}"),
        );
        write("documents.jsonl", &documents);
        write("sentences.jsonl", &format!("{}{}", a.1.sentences, b.1.sentences.replace('b', "x")));
        write("scores.jsonl", &format!("{}{}", a.1.scores, b.1.scores));
        let mut cache = Cache::open(folder.path()).expect("opens");
        assert_eq!(cache.get(&a.0).expect("reads"), Some(a.1.clone()));
        assert_eq!(cache.get(&b.0).expect("reads"), None);
        drop(cache);
        write("documents.jsonl", &documents.replace("\"records\":1", "\"records\":999999999999999"));
        let mut cache = Cache::open(folder.path()).expect("opens");
        assert_eq!(cache.get(&a.0).expect("reads"), None);
    }

    #[test]
    fn finished_outputs_take_precedence_over_a_leftover_journal() {
        let folder = tempfile::tempdir().expect("folder");
        let (entry, plain) = lines("a");
        let mut cache = Cache::open(folder.path()).expect("opens");
        cache.append(&plain).expect("appends");
        drop(cache);
        let sentences = plain.sentences.replace('}', ",\"review\":{}}");
        let hash = sha256(sentences.as_bytes());
        let reviewed = RecordLines {
            document: plain.document.replace(&sha256(plain.sentences.as_bytes()), &hash),
            sentences,
            scores: plain.scores.clone(),
        };
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writes");
        let hash = sha256(reviewed.document.as_bytes());
        write(
            "manifest.json",
            &format!("{{\"outputs\":{{\"documents.jsonl\":{{\"records\":1,\"sha256\":\"{hash}\"}}}}}}"),
        );
        write("documents.jsonl", &reviewed.document);
        write("sentences.jsonl", &reviewed.sentences);
        write("scores.jsonl", &reviewed.scores);
        let mut cache = Cache::open(folder.path()).expect("opens");
        assert_eq!(cache.get(&entry).expect("reads"), Some(reviewed));
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let folder = tempfile::tempdir().expect("folder");
        let _held = Cache::open(folder.path()).expect("opens");
        assert!(Cache::open(folder.path()).expect_err("locked").to_string().contains("another run"));
    }
}
