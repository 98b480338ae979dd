//! Applies corrections to the records.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::correction::{Correction, Placed, Refusal};
use super::error::ApplyError;
use super::log::ReviewLog;
use super::valid::valid;
use crate::digest::sha256;
use crate::record::{
    DOCUMENTS, DocumentRecord, Manifest, ReadError, RecordLines, SCORES, SENTENCES, SentenceRecord, text_of,
};
use crate::storage::{MANIFEST, OutputError, OutputWriter, QUARANTINE, hold, is_published};

/// The number of corrections that were applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Sentences whose review is new or changed.
    pub changed: usize,
    /// Sentences that already had the same review.
    pub unchanged: usize,
    /// Corrections that were not applied, in order.
    pub refused: Vec<Refusal>,
}

/// Applies corrections to an output folder: the last one of a sentence becomes its review, and the
/// model's labels stay. If the last one is refused, no earlier one is applied. Records and manifest
/// stay as they are if no review changes. Each correction is first added to the folder's log of
/// reviews, which no extraction changes, unless it is the last one on its sentence there.
///
/// # Errors
/// [`ApplyError`]. The records are then as they were. The log may hold the corrections already, and
/// temporary files named `.*.tmp` may be left, which the next run overwrites. If renaming these
/// failed, the next run finishes it.
pub fn apply(folder: &Path, corrections: Vec<Placed>) -> Result<Applied, ApplyError> {
    if !folder.join(MANIFEST).exists() {
        // Fails before anything, even a lock file, is written to a folder that is not an output
        // folder.
        manifest(folder)?;
    }
    let _lock = hold(folder).map_err(OutputError::at(folder))?;
    let mut manifest = manifest(folder)?;
    // Older versions wrote no scores.
    let has_scores = manifest.outputs.contains_key(SCORES);
    for name in [SENTENCES, DOCUMENTS, QUARANTINE].into_iter().chain(has_scores.then_some(SCORES)) {
        if !is_published(folder, name).map_err(OutputError::at(folder))? {
            return Err(ApplyError::Altered { path: folder.join(name) });
        }
    }
    let log = ReviewLog::read(folder)?;
    let (scores, mut outputs) = match has_scores {
        true => (Some(LineReader::open(folder, SCORES)?), OutputWriter::create(folder)?),
        false => (None, OutputWriter::without_scores(folder)?),
    };
    let done = merge(folder, corrections, scores, &mut outputs)?;
    let quarantine = folder.join(QUARANTINE);
    outputs.quarantine(&fs::read_to_string(&quarantine).map_err(OutputError::at(&quarantine))?)?;
    let finished = outputs.finish()?;
    // The log comes first: after a kill in between, applying the corrections again completes the
    // work.
    log.append(folder, &done.decided)?;
    if done.applied.changed == 0 {
        finished.discard()?;
        return Ok(done.applied);
    }
    manifest.outputs.clone_from(&finished.files);
    finished.publish(&manifest)?;
    Ok(done.applied)
}

struct Merged {
    applied: Applied,
    /// The correction that became the review of each sentence, in the order of the corrections.
    decided: Vec<Correction>,
}

/// Copies documents and sentences line by line, and changes the lines whose review changes.
fn merge(
    folder: &Path,
    corrections: Vec<Placed>,
    mut scores: Option<LineReader>,
    outputs: &mut OutputWriter,
) -> Result<Merged, ApplyError> {
    let mut waiting: HashMap<Option<String>, Vec<(usize, Placed)>> = HashMap::new();
    for (index, placed) in corrections.into_iter().enumerate() {
        waiting.entry(placed.sentence_id().map(str::to_owned)).or_default().push((index, placed));
    }
    let mut applied = Applied::default();
    let (mut decided, mut refused) = (Vec::new(), Vec::new());
    let mut documents = LineReader::open(folder, DOCUMENTS)?;
    let mut sentences = LineReader::open(folder, SENTENCES)?;
    while let Some(document_line) = documents.next()? {
        let mut document: DocumentRecord = documents.parse(&document_line)?;
        let own_scores = match &mut scores {
            Some(scores) => scores.next()?.ok_or_else(|| scores.altered())?,
            None => String::new(),
        };
        let mut lines = RecordLines { document: document_line, sentences: String::new(), scores: own_scores };
        let mut changed = false;
        for _ in 0..document.records {
            let Some(line) = sentences.next()? else { return Err(sentences.altered()) };
            let id = serde_json::from_str::<SentenceId>(&line).ok();
            let Some(found) = id.and_then(|id| waiting.remove(&Some(id.sentence_id))) else {
                lines.sentences.push_str(&line);
                continue;
            };
            let mut sentence: SentenceRecord = sentences.parse(&line)?;
            let mut last = None;
            for (index, Placed { place, decision }) in found {
                let read = decision.map_err(|unread| unread.reason);
                match read.and_then(|correction| valid(correction, &sentence, &document)) {
                    Ok(correction) => last = Some((index, correction)),
                    Err(reason) => {
                        // The earlier correction that this one was meant to replace must not be
                        // applied.
                        last = None;
                        refused.push((index, Refusal { place, reason }));
                    }
                }
            }
            let Some((index, correction)) = last else {
                lines.sentences.push_str(&line);
                continue;
            };
            if sentence.review.as_ref() == Some(&correction.review) {
                applied.unchanged += 1;
                lines.sentences.push_str(&line);
            } else {
                applied.changed += 1;
                changed = true;
                sentence.review = Some(correction.review.clone());
                lines.sentences.push_str(&serde_json::to_string(&sentence)?);
                lines.sentences.push('\n');
            }
            decided.push((index, correction));
        }
        if changed {
            document.records_sha256 = sha256(lines.sentences.as_bytes());
            lines.document = serde_json::to_string(&document)? + "\n";
        }
        outputs.document(&lines)?;
    }
    for (index, Placed { place, decision }) in waiting.into_values().flatten() {
        let reason = match decision {
            Ok(Correction { sentence_id: id, .. }) => {
                format!("no sentence {id} in {}; fix the id or remove the line", folder.display())
            }
            Err(unread) => unread.reason,
        };
        refused.push((index, Refusal { place, reason }));
    }
    refused.sort_by_key(|(index, _)| *index);
    decided.sort_by_key(|(index, _)| *index);
    applied.refused = refused.into_iter().map(|(_, refusal)| refusal).collect();
    Ok(Merged { applied, decided: decided.into_iter().map(|(_, correction)| correction).collect() })
}

/// The one field of a sentence that is needed to look up its corrections.
#[derive(serde::Deserialize)]
struct SentenceId {
    sentence_id: String,
}

fn manifest(folder: &Path) -> Result<Manifest, ReadError> {
    let path = &folder.join(MANIFEST);
    let text = text_of(path, "give an output folder of extract")?;
    serde_json::from_str(&text).map_err(|e| ReadError::json(path, e.line(), "run extract again")(e))
}

/// Lines of a file, each with its line ending.
struct LineReader {
    path: std::path::PathBuf,
    file: BufReader<File>,
    line: usize,
}

impl LineReader {
    fn open(folder: &Path, name: &str) -> Result<Self, OutputError> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(OutputError::at(&path))?;
        Ok(Self { path, file: BufReader::new(file), line: 0 })
    }

    fn next(&mut self) -> Result<Option<String>, OutputError> {
        let mut line = String::new();
        self.file.read_line(&mut line).map_err(OutputError::at(&self.path))?;
        self.line += 1;
        Ok((!line.is_empty()).then_some(line))
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, line: &str) -> Result<T, ReadError> {
        serde_json::from_str(line).map_err(ReadError::json(&self.path, self.line, "run extract again"))
    }

    fn altered(&self) -> ApplyError {
        ApplyError::Altered { path: self.path.clone() }
    }
}
