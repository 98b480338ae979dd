//! Labels of articles, whoever made them: gold files, reviewed records, predictions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::digest::sha256;
use crate::record::{
    Dataset, DocumentRecord, LabelledClaim, LabelledEntity, ReadError, SCHEMA, SentenceRecord, numbered_lines,
};
use crate::stance::{Claim, Probabilities, Status};
use crate::text::Field;

/// How a file of records is read: a sentence record carries the model's labels and perhaps a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The reviewer's labels; sentences without a review are passed over.
    Gold,
    /// The model's.
    Predicted,
}

/// The labels of an article.
#[derive(Debug, Clone, Default)]
pub struct Article {
    /// The document's id.
    pub id: String,
    /// sha256 of its text, where the file tells.
    pub text_sha256: Option<String>,
    /// Whether all of the text is labelled, so that what is not there says something too.
    pub complete: bool,
    /// Its sentences and, of gold files, its pieces of boilerplate, in the order of the file.
    pub passages: Vec<Passage>,
}

/// A labelled piece of an article. Offsets count code points of the field.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Which text the offsets count in.
    pub field: Field,
    /// First code point.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// The piece itself.
    pub text: String,
    /// Whether it is none of the article's own text.
    pub boilerplate: bool,
    /// Who and what is named.
    pub entities: Vec<LabelledEntity>,
    /// Who takes which stance.
    pub claims: Vec<Stated>,
}

/// A claim, and of a predicted one how the model came to it.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The claim.
    pub claim: LabelledClaim,
    /// What the model says of it.
    pub evidence: Option<Evidence>,
}

/// What the model says of a claim.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// How sure the claim is.
    pub score: f64,
    /// Whether it counts.
    pub status: Status,
    /// What the model was asked.
    pub hypothesis: String,
    /// What it answered.
    pub probabilities: Probabilities,
}

impl Stated {
    /// Whether it is given as a claim, not only kept for the reviewer.
    pub fn counts(&self) -> bool {
        self.evidence.as_ref().is_none_or(|e| e.status == Status::Auto)
    }
}

impl From<&Claim> for Stated {
    fn from(claim: &Claim) -> Self {
        Self {
            claim: claim.into(),
            evidence: Some(Evidence {
                score: claim.score,
                status: claim.status,
                hypothesis: claim.hypothesis.clone(),
                probabilities: claim.probabilities,
            }),
        }
    }
}

impl From<&LabelledClaim> for Stated {
    fn from(claim: &LabelledClaim) -> Self {
        Self { claim: claim.clone(), evidence: None }
    }
}

/// A line of a gold file (`docs/schema.md`).
#[derive(Deserialize)]
struct GoldLine {
    doc: String,
    #[serde(default)]
    text_sha256: Option<String>,
    #[serde(default = "in_text")]
    field: Field,
    start: usize,
    end: usize,
    #[serde(default)]
    text: String,
    #[serde(default)]
    boilerplate: bool,
    #[serde(default)]
    entities: Vec<LabelledEntity>,
    #[serde(default)]
    claims: Vec<LabelledClaim>,
}

fn in_text() -> Field {
    Field::Text
}

/// Reads labels: output folders of `extract`, folders of gold files, single files of either kind.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn read(paths: &[PathBuf], reading: Reading) -> Result<Vec<Article>, ReadError> {
    let mut articles = Vec::new();
    for path in paths {
        if path.join("sentences.jsonl").is_file() && path.join("documents.jsonl").is_file() {
            let dataset = Dataset::read(path)?;
            articles.extend(of_records(&dataset.sentences, &dataset.documents, reading));
        } else if path.is_dir() {
            for file in files(path)? {
                articles.extend(of_file(&file, reading)?);
            }
        } else {
            articles.extend(of_file(path, reading)?);
        }
    }
    if let Some((path, _)) = paths.first().filter(|_| reading == Reading::Gold).zip(none_labelled(&articles))
    {
        return Err(ReadError::line(
            path,
            1,
            "no labelled line here or in the other files; give gold files or reviewed records as --gold",
        ));
    }
    Ok(articles)
}

fn none_labelled(articles: &[Article]) -> Option<()> {
    articles.iter().all(|a| a.passages.is_empty()).then_some(())
}

/// The articles of sentence records, as a run streams them.
pub fn of_records(
    sentences: &[SentenceRecord],
    documents: &[DocumentRecord],
    reading: Reading,
) -> Vec<Article> {
    let known: HashMap<&str, &DocumentRecord> = documents.iter().map(|d| (d.doc_id.as_str(), d)).collect();
    let mut grouped = Grouped::default();
    for record in sentences {
        let document = known.get(record.doc_id.as_str());
        let article = grouped.article(&record.doc_id);
        article.text_sha256 = document.map(|d| d.text_sha256.clone());
        // With records left out nobody can tell a dropped sentence from boilerplate.
        article.complete = reading == Reading::Predicted && document.is_none_or(|d| d.records == d.sentences);
        article.passages.extend(passage(record, reading));
    }
    grouped.0.retain(|article| !article.passages.is_empty());
    grouped.0
}

fn passage(record: &SentenceRecord, reading: Reading) -> Option<Passage> {
    let (boilerplate, entities, claims) = match (reading, &record.review) {
        (Reading::Predicted, _) => (
            false,
            record.entities.iter().map(LabelledEntity::from).collect(),
            record.claims.iter().map(Stated::from).collect(),
        ),
        (Reading::Gold, Some(review)) => {
            (review.boilerplate, review.entities.clone(), review.claims.iter().map(Stated::from).collect())
        }
        (Reading::Gold, None) => return None,
    };
    Some(Passage {
        field: record.field,
        start: record.start,
        end: record.end,
        text: record.text.clone(),
        boilerplate,
        entities,
        claims,
    })
}

fn of_file(path: &Path, reading: Reading) -> Result<Vec<Article>, ReadError> {
    let values: Vec<(usize, Value)> = numbered_lines(path)?;
    let are_records = values.first().is_some_and(|(_, first)| first.get("sentence_id").is_some());
    if are_records { records_file(path, values, reading) } else { gold_file(path, values) }
}

fn records_file(
    path: &Path,
    values: Vec<(usize, Value)>,
    reading: Reading,
) -> Result<Vec<Article>, ReadError> {
    let mut sentences = Vec::with_capacity(values.len());
    for (number, value) in values {
        let sentence: SentenceRecord = typed(path, number, value)?;
        if sentence.schema != SCHEMA {
            let reason =
                format!("schema {}, where this program reads {SCHEMA}; run extract again", sentence.schema);
            return Err(ReadError::line(path, number, reason));
        }
        sentences.push(sentence);
    }
    Ok(of_records(&sentences, &[], reading))
}

fn gold_file(path: &Path, values: Vec<(usize, Value)>) -> Result<Vec<Article>, ReadError> {
    let mut grouped = Grouped::default();
    for (number, value) in values {
        let line: GoldLine = typed(path, number, value)?;
        if line.start >= line.end {
            let reason = format!("{}..{} holds no text; offsets are code points", line.start, line.end);
            return Err(ReadError::line(path, number, reason));
        }
        let article = grouped.article(&line.doc);
        article.complete = true;
        article.text_sha256 = article.text_sha256.take().or(line.text_sha256);
        article.passages.push(Passage {
            field: line.field,
            start: line.start,
            end: line.end,
            text: line.text,
            boilerplate: line.boilerplate,
            entities: line.entities,
            claims: line.claims.iter().map(Stated::from).collect(),
        });
    }
    Ok(grouped.0)
}

fn typed<T: serde::de::DeserializeOwned>(path: &Path, number: usize, value: Value) -> Result<T, ReadError> {
    serde_json::from_value(value).map_err(|e| {
        let reason = format!("{e}; docs/schema.md tells the fields of gold lines and of records");
        ReadError::line(path, number, reason)
    })
}

/// The gold files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let unreadable = |source| ReadError::File {
        path: folder.display().to_string(),
        source,
        hint: "give a folder of gold files (*.jsonl)",
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Articles in the order in which they come first.
#[derive(Default)]
struct Grouped(Vec<Article>);

impl Grouped {
    fn article(&mut self, id: &str) -> &mut Article {
        // Lines of an article stand together, so the last one is nearly always the one.
        let at = self.0.iter().rposition(|a| a.id == id).unwrap_or_else(|| {
            self.0.push(Article { id: id.to_owned(), ..Article::default() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}

/// sha256 over labels, whatever files they came in.
pub(super) fn digest(articles: &[Article]) -> String {
    let mut text = String::new();
    for article in articles {
        for p in &article.passages {
            let claims: Vec<_> = p
                .claims
                .iter()
                .map(|s| (&s.claim, s.evidence.as_ref().map(|e| (e.score, e.status))))
                .collect();
            let row = (&article.id, p.field, p.start, p.end, p.boilerplate, &p.entities, claims);
            text.push_str(&serde_json::json!(row).to_string());
        }
    }
    sha256(text.as_bytes())
}
