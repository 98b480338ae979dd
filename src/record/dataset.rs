//! Reads records from their files.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::ReadError;
use super::json_lines::numbered_lines;
use super::schema::{DocumentRecord, READABLE, SentenceRecord};

/// The file with the sentences of an output folder.
pub const SENTENCES: &str = "sentences.jsonl";

/// The file with the documents of an output folder.
pub const DOCUMENTS: &str = "documents.jsonl";

/// The file with the scores of all sentences of an output folder.
pub const SCORES: &str = "scores.jsonl";

/// The documents and sentences of an output folder.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// In the order of the input.
    pub documents: Vec<DocumentRecord>,
    /// Those of all documents, in the same order.
    pub sentences: Vec<SentenceRecord>,
}

impl Dataset {
    /// Reads an output folder of `extract`, and checks that each document has the number of
    /// sentences that its line states, in order.
    ///
    /// # Errors
    /// [`ReadError`], with the file, the line and how to fix it.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let path = |name| folder.join(name);
        let documents = records(&path(DOCUMENTS), |d: &DocumentRecord| &d.schema)?;
        let sentences = records(&path(SENTENCES), |s: &SentenceRecord| &s.schema)?;
        let mut rest = sentences.iter();
        for (line, document) in &documents {
            for number in 1..=document.records {
                let DocumentRecord { doc_id, records, .. } = document;
                match rest.next() {
                    Some((_, sentence)) if sentence.doc_id == *doc_id => {}
                    Some((line, sentence)) => {
                        let reason = format!(
                            "{} stands where {DOCUMENTS} has sentence {number} of {records} of {doc_id}; run \
                             extract again",
                            sentence.sentence_id
                        );
                        return Err(ReadError::line(&path(SENTENCES), *line, reason));
                    }
                    None => {
                        let reason = format!(
                            "{doc_id} has {records} sentences, of which {SENTENCES} ends before number {number}; \
                             run extract again"
                        );
                        return Err(ReadError::line(&path(DOCUMENTS), *line, reason));
                    }
                }
            }
        }
        if let Some((line, stray)) = rest.next() {
            let reason = format!("{} is of no document in {DOCUMENTS}; run extract again", stray.sentence_id);
            return Err(ReadError::line(&path(SENTENCES), *line, reason));
        }
        Ok(Self {
            documents: documents.into_iter().map(|(_, document)| document).collect(),
            sentences: sentences.into_iter().map(|(_, sentence)| sentence).collect(),
        })
    }

    /// Each document with its sentences.
    pub fn articles(&self) -> impl Iterator<Item = (&DocumentRecord, &[SentenceRecord])> {
        let mut rest = self.sentences.as_slice();
        self.documents.iter().map(move |document| {
            // `read` has checked the number of sentences.
            let (own, behind) = rest.split_at(document.records.min(rest.len()));
            rest = behind;
            (document, own)
        })
    }
}

/// The records of a file, each with its line number.
fn records<T: DeserializeOwned>(
    path: &Path,
    schema: fn(&T) -> &String,
) -> Result<Vec<(usize, T)>, ReadError> {
    let found: Vec<(usize, T)> = numbered_lines(path)?;
    match found.iter().find(|(_, record)| !READABLE.contains(&schema(record).as_str())) {
        None => Ok(found),
        Some((line, record)) => Err(ReadError::schema(path, *line, schema(record))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::super::schema::SCHEMA;
    use super::*;

    fn document(id: &str, records: usize) -> Value {
        json!({
            "schema": SCHEMA, "doc_id": id, "title": null, "url": null, "published": null, "language": null,
            "outlet": null, "meta": {}, "text": "Yes.", "repaired": false, "sentences": records,
            "records": records, "entities": 0, "claims": { "auto": 0, "uncertain": 0 }, "boilerplate": 0,
            "input_sha256": "", "text_sha256": "", "records_sha256": "", "provenance": "",
        })
    }

    fn sentence(document: &str, number: usize) -> Value {
        json!({
            "schema": SCHEMA, "doc_id": document, "sentence_id": format!("{document}#{number}"),
            "field": "text", "section": "body", "text": "Yes.", "start": 0, "end": 4, "duplicate_of": null,
            "entities": [], "claims": [], "review": null, "provenance": "",
        })
    }

    fn read(documents: &[Value], sentences: &[Value]) -> Result<Dataset, String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, values) in [(DOCUMENTS, documents), (SENTENCES, sentences)] {
            let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
            fs::write(folder.path().join(name), lines).expect("written");
        }
        Dataset::read(folder.path()).map_err(|e| e.to_string())
    }

    #[test]
    fn documents_and_sentences_that_do_not_match_are_reported_by_line() {
        let documents = [document("a", 2), document("b", 0), document("c", 1)];
        let sentences = [sentence("a", 1), sentence("a", 2), sentence("c", 1)];
        let whole = read(&documents, &sentences).expect("they fit");
        let told: Vec<_> = whole.articles().map(|(d, s)| (d.doc_id.as_str(), s.len())).collect();
        assert_eq!(told, [("a", 2), ("b", 0), ("c", 1)]);
        let cases = [
            (read(&documents[1..], &sentences), "sentences.jsonl, line 1: a#1 stands where"),
            (read(&documents[..2], &sentences), "sentences.jsonl, line 3: c#1 is of no document"),
            (read(&documents, &sentences[1..]), "sentences.jsonl, line 2: c#1 stands where"),
            (read(&documents, &sentences[..2]), "documents.jsonl, line 3: c has 1 sentences"),
        ];
        for (found, part) in cases {
            let told = found.expect_err(part);
            assert!(told.contains(part) && told.contains("documents.jsonl"), "{told}");
            assert!(told.ends_with("run extract again"), "{told}");
        }
    }
}
