//! Reads labels from files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::article::{Coverage, LabelledArticle, Passage, Side};
use super::gold::GoldLine;
use crate::record::{DOCUMENTS, Dataset, READABLE, ReadError, SENTENCES, SentenceRecord, numbered_lines};
use crate::text::Field;

/// Reads labels from output folders of `extract`, folders of gold files, or single files of either
/// kind.
///
/// # Errors
/// Names the file and the line, and how to fix it.
pub fn read(paths: &[PathBuf], side: Side) -> Result<Vec<LabelledArticle>, ReadError> {
    let mut collected = Collected::default();
    for path in paths {
        if [SENTENCES, DOCUMENTS].iter().all(|name| path.join(name).is_file()) {
            collected.folder(path, side)?;
        } else if path.is_dir() {
            for file in files(path)? {
                collected.file(&file, side)?;
            }
        } else {
            collected.file(path, side)?;
        }
    }
    Ok(collected.articles)
}

/// Articles in the order of their first passage, even if their passages are in several files.
#[derive(Default)]
struct Collected {
    articles: Vec<LabelledArticle>,
    places: HashMap<String, usize>,
    passages: HashSet<(usize, Field, usize, usize)>,
}

impl Collected {
    fn folder(&mut self, folder: &Path, side: Side) -> Result<(), ReadError> {
        let dataset = Dataset::read(folder)?;
        for document in &dataset.documents {
            let article = self.article(&document.doc_id);
            article.text_sha256 = Some(document.text_sha256.clone());
            article.coverage = match side {
                Side::Reviewer => Coverage::Passages,
                Side::Model if document.records < document.sentences => Coverage::Thinned,
                Side::Model => Coverage::Whole,
            };
        }
        let path = folder.join(SENTENCES);
        for (index, record) in dataset.sentences.iter().enumerate() {
            self.record(&path, index + 1, record, side)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, side: Side) -> Result<(), ReadError> {
        let values: Vec<(usize, Value)> = numbered_lines(path)?;
        let are_records = values.first().is_some_and(|(_, first)| first.get("sentence_id").is_some());
        if !are_records {
            return values.into_iter().try_for_each(|(number, value)| self.gold_line(path, number, value));
        }
        let mut last: HashMap<String, usize> = HashMap::new();
        for (number, value) in values {
            let record: SentenceRecord = typed(path, number, value)?;
            if !READABLE.contains(&record.schema.as_str()) {
                return Err(ReadError::schema(path, number, &record.schema));
            }
            let article = self.article(&record.doc_id);
            // Without documents, only a gap in the numbers shows that sentences were left out.
            let place = record.sentence_id.rsplit('#').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            let before = last.insert(record.doc_id.clone(), place).unwrap_or(0);
            match side {
                Side::Reviewer => article.coverage = Coverage::Passages,
                Side::Model if place > before + 1 => article.coverage = Coverage::Thinned,
                Side::Model => {}
            }
            self.record(path, number, &record, side)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        path: &Path,
        number: usize,
        record: &SentenceRecord,
        side: Side,
    ) -> Result<(), ReadError> {
        Passage::of_record(record, side)
            .map_or(Ok(()), |passage| self.push(path, number, &record.doc_id, passage))
    }

    fn gold_line(&mut self, path: &Path, number: usize, value: Value) -> Result<(), ReadError> {
        let GoldLine { doc, text_sha256, passage } = typed(path, number, value)?;
        let passage = passage.checked().map_err(|reason| ReadError::line(path, number, reason))?;
        let article = self.article(&doc);
        article.text_sha256 = article.text_sha256.take().or(text_sha256);
        self.push(path, number, &doc, passage)
    }

    fn article(&mut self, id: &str) -> &mut LabelledArticle {
        let at = *self.places.entry(id.to_owned()).or_insert_with(|| {
            self.articles.push(LabelledArticle { id: id.to_owned(), ..LabelledArticle::default() });
            self.articles.len() - 1
        });
        &mut self.articles[at]
    }

    fn push(&mut self, path: &Path, number: usize, id: &str, passage: Passage) -> Result<(), ReadError> {
        let at = self.places.get(id).copied().unwrap_or_default();
        if !self.passages.insert((at, passage.field, passage.start, passage.end)) {
            let (start, end) = (passage.start, passage.end);
            return Err(ReadError::line(
                path,
                number,
                format!("{start}..{end} of {id} stands here a second time; give each article once"),
            ));
        }
        self.article(id).passages.push(passage);
        Ok(())
    }
}

fn typed<T: serde::de::DeserializeOwned>(path: &Path, number: usize, value: Value) -> Result<T, ReadError> {
    let mend = "docs/schema.md lists the fields of gold lines and of records";
    serde_json::from_value(value).map_err(ReadError::json(path, number, mend))
}

/// The gold files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let unreadable = ReadError::file(folder, "give a folder of gold files (*.jsonl)");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(&unreadable)? {
        let path = entry.map_err(&unreadable)?.path();
        if path.extension().is_some_and(|e| e == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
