//! A person's decisions into the records.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::assemble::Lines;
use super::journal::hold;
use super::lines::{ReadError, json_lines, numbered_lines, text_of};
use super::offsets::Offsets;
use super::output::{
    DOCUMENTS, MANIFEST, OutputError, Outputs, QUARANTINE, REVIEWS, SENTENCES, is_published, replace,
};
use super::review::{Correction, Review};
use super::schema::{DocumentRecord, Manifest, SentenceRecord};
use crate::digest::sha256;

/// A correction and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// File and line, or file and task.
    pub place: String,
    /// What was decided.
    pub correction: Correction,
}

/// A correction that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Refusal {
    /// File and line, or file and task.
    pub place: String,
    /// What is wrong with it and what mends it.
    pub reason: String,
}

/// What came of corrections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Sentences that carry another review than before.
    pub changed: usize,
    /// Sentences that carried the same one already.
    pub unchanged: usize,
    /// Corrections that were not applied, in their order.
    pub refused: Vec<Refusal>,
}

/// What keeps all corrections from being applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The folder or the log of its reviews can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The folder can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A record could not be put into JSON.
    #[error("a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file is not the one that the manifest tells of.
    #[error("{0} is not what manifest.json tells of; put it back, or run extract again")]
    Altered(String),
}

/// Reads a corrections file; a line that is no correction is refused by itself.
///
/// # Errors
/// Names the file and the mend, if it can't be read at all.
pub fn corrections(path: &Path) -> Result<(Vec<Placed>, Vec<Refusal>), ReadError> {
    let text = text_of(path, "give a file of corrections in JSON Lines")?;
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for (line, correction) in json_lines(&text) {
        let place = format!("{}, line {line}", path.display());
        match correction {
            Ok(correction) => found.push(Placed { place, correction }),
            Err(e) => refused.push(Refusal { place, reason: format!("no correction (docs/schema.md): {e}") }),
        }
    }
    Ok((found, refused))
}

/// Applies corrections to an output folder: the last valid one of a sentence becomes its review, and what the model said stays.
/// Nothing is written if nothing changes. Each decision also goes to the folder's log of reviews, which no extraction touches.
///
/// # Errors
/// [`ApplyError`]; the folder is then as it was.
pub fn apply(folder: &Path, corrections: Vec<Placed>) -> Result<Applied, ApplyError> {
    if !folder.join(MANIFEST).exists() {
        // No folder of this program's is left with so much as a lock file.
        manifest(folder)?;
    }
    let _lock = hold(folder).map_err(OutputError::at(folder))?;
    let mut manifest = manifest(folder)?;
    for name in [SENTENCES, DOCUMENTS, QUARANTINE] {
        if !is_published(folder, name).map_err(OutputError::at(folder))? {
            return Err(ApplyError::Altered(folder.join(name).display().to_string()));
        }
    }
    let log = Log::read(folder)?;
    let mut outputs = Outputs::create(folder)?;
    let done = merge(folder, corrections, &mut outputs)?;
    let quarantine = folder.join(QUARANTINE);
    outputs.quarantine(&fs::read_to_string(&quarantine).map_err(OutputError::at(&quarantine))?)?;
    let finished = outputs.finish()?;
    // The log first: a run that is killed in between is made good by the same corrections once more.
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
    /// What each sentence's review comes from, in the order of the corrections.
    decided: Vec<Correction>,
}

/// Writes documents and sentences anew, each line as it was but where a review changes.
fn merge(folder: &Path, corrections: Vec<Placed>, outputs: &mut Outputs) -> Result<Merged, ApplyError> {
    let mut waiting: HashMap<String, Vec<(usize, Placed)>> = HashMap::new();
    for (index, placed) in corrections.into_iter().enumerate() {
        waiting.entry(placed.correction.sentence_id.clone()).or_default().push((index, placed));
    }
    let mut applied = Applied::default();
    let (mut decided, mut refused) = (Vec::new(), Vec::new());
    let mut documents = Reader::open(folder, DOCUMENTS)?;
    let mut sentences = Reader::open(folder, SENTENCES)?;
    while let Some(document_line) = documents.next()? {
        let mut document: DocumentRecord = documents.parse(&document_line)?;
        let mut lines = Lines { document: document_line, sentences: String::new() };
        let mut changed = false;
        for _ in 0..document.records {
            let Some(line) = sentences.next()? else { return Err(sentences.altered()) };
            let told = serde_json::from_str::<Told>(&line).ok();
            let Some(found) = told.and_then(|told| waiting.remove(&told.sentence_id)) else {
                lines.sentences.push_str(&line);
                continue;
            };
            let mut sentence: SentenceRecord = sentences.parse(&line)?;
            let mut last = None;
            for (index, placed) in found {
                match valid(placed.correction, &sentence, &document) {
                    Ok(correction) => last = Some((index, correction)),
                    Err(reason) => refused.push((index, Refusal { place: placed.place, reason })),
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
    for (index, placed) in waiting.into_values().flatten() {
        let id = &placed.correction.sentence_id;
        let reason = format!("no sentence {id} in {}; mend the id or remove the line", folder.display());
        refused.push((index, Refusal { place: placed.place, reason }));
    }
    refused.sort_by_key(|(index, _)| *index);
    decided.sort_by_key(|(index, _)| *index);
    applied.refused = refused.into_iter().map(|(_, refusal)| refusal).collect();
    Ok(Merged { applied, decided: decided.into_iter().map(|(_, correction)| correction).collect() })
}

/// The one field of a sentence that tells whether anything is decided on it.
#[derive(serde::Deserialize)]
struct Told {
    sentence_id: String,
}

/// A correction that holds to its sentence, its entities with their text, or what is wrong with it.
fn valid(
    mut correction: Correction,
    sentence: &SentenceRecord,
    document: &DocumentRecord,
) -> Result<Correction, String> {
    if correction.text != sentence.text {
        return Err(format!(
            "the sentence {} reads otherwise here: {:?}; decide on it anew",
            sentence.sentence_id, sentence.text
        ));
    }
    let Review { by, from, boilerplate, entities, claims, .. } = &mut correction.review;
    if by.trim().is_empty() || from.trim().is_empty() {
        return Err("`by` and `from` must tell who decided it and in which tool; fill them in".into());
    }
    if *boilerplate && !(entities.is_empty() && claims.is_empty()) {
        return Err("boilerplate carries no entities and no claims; remove them, or `boilerplate`".into());
    }
    let offsets = Offsets::new(document.field(sentence.field));
    for entity in entities {
        let (start, end) = (entity.start, entity.end);
        if start >= end || start < sentence.start || end > sentence.end {
            return Err(format!(
                "the entity {start}..{end} does not lie within its sentence, {}..{}; mend its offsets, which count code points",
                sentence.start, sentence.end
            ));
        }
        let slice = offsets.slice(start, end).unwrap_or_default();
        if entity.text.is_empty() {
            entity.text = slice.to_owned();
        }
        if entity.text != slice {
            return Err(format!(
                "the entity {start}..{end} reads {slice:?} in the document, not {:?}; mend its offsets or its text",
                entity.text
            ));
        }
    }
    for claim in claims {
        let empty = |part: &str| part.trim().is_empty();
        if empty(&claim.topic) || empty(&claim.stance) || empty(&claim.holder) {
            return Err("a claim lacks its topic, stance or holder; fill it in or remove the claim".into());
        }
        match &claim.source {
            Some(source) if empty(source) => {
                return Err("a claim's source is empty; name it or leave it out".into());
            }
            Some(source) if *source == claim.holder => {
                return Err(format!("{source} is both holder and source of a claim; leave the source out"));
            }
            _ => {}
        }
    }
    Ok(correction)
}

/// The folder's log of reviews.
struct Log {
    text: String,
    /// The last decision on each sentence.
    last: HashMap<String, Correction>,
}

impl Log {
    fn read(folder: &Path) -> Result<Self, ApplyError> {
        let path = folder.join(REVIEWS);
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::none()),
            text => text.map_err(OutputError::at(&path))?,
        };
        let all: Vec<(usize, Correction)> = numbered_lines(&path)?;
        let last = all.into_iter().map(|(_, c)| (c.sentence_id.clone(), c)).collect();
        Ok(Self { text, last })
    }

    fn none() -> Self {
        Self { text: String::new(), last: HashMap::new() }
    }

    /// Adds what is not the last word on its sentence already.
    fn append(mut self, folder: &Path, decided: &[Correction]) -> Result<(), ApplyError> {
        let before = self.text.len();
        for correction in decided.iter().filter(|c| self.last.get(&c.sentence_id) != Some(c)) {
            if !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push('\n');
            }
            self.text.push_str(&serde_json::to_string(correction)?);
            self.text.push('\n');
        }
        if self.text.len() > before {
            replace(folder, REVIEWS, self.text.as_bytes())?;
        }
        Ok(())
    }
}

fn manifest(folder: &Path) -> Result<Manifest, ReadError> {
    let path = &folder.join(MANIFEST);
    let text = text_of(path, "give an output folder of extract")?;
    serde_json::from_str(&text)
        .map_err(|e| ReadError::line(path, e.line(), format!("{e}; run extract again")))
}

/// Lines of a file, each with its line end.
struct Reader {
    path: std::path::PathBuf,
    file: BufReader<File>,
    line: usize,
}

impl Reader {
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
        serde_json::from_str(line)
            .map_err(|e| ReadError::line(&self.path, self.line, format!("{e}; run extract again")))
    }

    fn altered(&self) -> ApplyError {
        ApplyError::Altered(self.path.display().to_string())
    }
}
