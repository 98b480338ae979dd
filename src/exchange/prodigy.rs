//! Prodigy: JSON Lines of tasks for a `blocks` interface of `ner_manual` and `choice`.
//!
//! Offsets are spaCy's and count code points: Prodigy takes a span's `start` and `end` from spaCy's
//! tokens, whose `idx` is a place in a Python string (<https://prodi.gy/docs/api-interfaces>,
//! <https://spacy.io/api/token>). Answered tasks have an `answer`; `reject` and `ignore` say
//! nothing about labels.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{PlacedAnswer, ToolAnswer, answers_of_lines};
use super::counting::Counting;
use super::labels::{AnnotatedSpan, BOILERPLATE, Labels, entity};
use super::task::AnnotationTask;
use super::vocabulary::Vocabulary;

const COUNTING: Counting = Counting::CodePoints;

pub fn export(tasks: &[AnnotationTask], vocabulary: &Vocabulary) -> String {
    tasks.iter().map(|t| format!("{}\n", task(t, vocabulary))).collect()
}

fn task(task: &AnnotationTask, vocabulary: &Vocabulary) -> Value {
    let labels = task.labels();
    let own = labels.claims.iter().chain(&task.model.claims).chain(&task.uncertain);
    // The sentence's own labels come first, then all others.
    let mut offered: Vec<&str> = Vec::new();
    for label in own.chain(&vocabulary.claims).map(String::as_str).chain([BOILERPLATE]) {
        if !offered.contains(&label) {
            offered.push(label);
        }
    }
    let out = |place| COUNTING.out(&task.text, place);
    let span = |s: &AnnotatedSpan| json!({ "start": out(s.start), "end": out(s.end), "label": s.label });
    let mut value = json!({
        "text": task.text,
        "spans": labels.entities.iter().map(span).collect::<Vec<_>>(),
        "options": offered.iter().map(|label| json!({ "id": label, "text": label })).collect::<Vec<_>>(),
        "accept": labels.claims,
        "meta": { "doc_id": task.doc_id, "sentence_id": task.sentence_id, "mark": task.mark() },
    });
    if task.review.is_some() {
        value["answer"] = json!("accept");
    }
    value
}

#[derive(Deserialize)]
struct ProdigyLine {
    text: String,
    // Both are required: the labels of a missing one would be lost.
    spans: Vec<ProdigySpan>,
    accept: Vec<String>,
    meta: ProdigyMeta,
    answer: Option<String>,
    #[serde(rename = "_annotator_id")]
    annotator: Option<String>,
    #[serde(rename = "_session_id")]
    session: Option<String>,
    #[serde(rename = "_timestamp")]
    timestamp: Option<Value>,
}

#[derive(Deserialize)]
struct ProdigySpan {
    start: usize,
    end: usize,
    label: String,
}

#[derive(Deserialize)]
struct ProdigyMeta {
    sentence_id: String,
    mark: Option<String>,
}

pub fn read(path: &Path, text: &str) -> Vec<PlacedAnswer> {
    answers_of_lines(path, text, "/meta/sentence_id", answer)
}

/// The answer in a line, if a person accepted the task.
fn answer(value: Value) -> Result<Option<ToolAnswer>, String> {
    let line: ProdigyLine = serde_json::from_value(value)
        .map_err(|e| format!("no task of this program's: {e}; give what `prodigy db-out` writes"))?;
    if line.answer.as_deref() != Some("accept") {
        return Ok(None);
    }
    let mut labels = Labels { entities: Vec::new(), claims: line.accept };
    for span in &line.spans {
        let (start, end) = COUNTING.span(&line.text, span.start, span.end)?;
        labels.entities.push(AnnotatedSpan { start, end, label: entity(&span.label)?, score: None });
    }
    Ok(Some(ToolAnswer {
        sentence_id: line.meta.sentence_id,
        text: line.text,
        labels,
        by: line.annotator.or(line.session),
        at: line.timestamp.as_ref().and_then(|time| match time {
            Value::Number(seconds) => Some(seconds.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => None,
        }),
        mark: line.meta.mark,
    }))
}
