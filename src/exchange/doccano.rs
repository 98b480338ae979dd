//! doccano: JSON Lines of a project of the type "intent detection and slot filling", which has
//! spans and categories.
//!
//! Offsets count UTF-16 code units, as JavaScript does (doccano/doccano issue 2290; what its
//! annotator calls `codePointLength` is a JavaScript string's `length`, as of doccano 1.8.4),
//! unless the project was made with "count grapheme clusters as one character" (pull request 1511),
//! which must be left off. doccano keeps other fields of a line and writes them out again
//! (`ExportedExample.to_dict` in its `backend/data_export/models.py`), so a line keeps its
//! sentence's id.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{PlacedAnswer, ToolAnswer, answers_of_lines};
use super::counting::Counting;
use super::labels::{AnnotatedSpan, Labels, entity};
use super::task::AnnotationTask;

const COUNTING: Counting = Counting::Utf16;

pub fn export(tasks: &[AnnotationTask]) -> String {
    tasks.iter().map(|t| format!("{}\n", task(t))).collect()
}

fn task(task: &AnnotationTask) -> Value {
    let out = |place| COUNTING.out(&task.text, place);
    let span = |span: &AnnotatedSpan| json!([out(span.start), out(span.end), span.label]);
    json!({
        "text": task.text,
        "entities": task.labels().entities.iter().map(span).collect::<Vec<_>>(),
        "cats": task.labels().claims,
        "doc_id": task.doc_id,
        "sentence_id": task.sentence_id,
        "uncertain": task.uncertain.join("\n"),
        "mark": task.mark(),
    })
}

#[derive(Deserialize)]
struct DoccanoLine {
    text: String,
    // Both are required: a project of another type has only one, and the other's labels would be
    // lost.
    entities: Vec<(usize, usize, String)>,
    cats: Vec<String>,
    #[serde(flatten)]
    meta: DoccanoMeta,
    username: Option<String>,
}

#[derive(Deserialize)]
struct DoccanoMeta {
    sentence_id: String,
    mark: Option<String>,
}

pub fn read(path: &Path, text: &str) -> Vec<PlacedAnswer> {
    answers_of_lines(path, text, "/sentence_id", |line| answer(line).map(Some))
}

fn answer(value: Value) -> Result<ToolAnswer, String> {
    let line: DoccanoLine = serde_json::from_value(value).map_err(|e| {
        format!("no line of a project for intent detection and slot filling: {e}; export it again")
    })?;
    let mut labels = Labels { entities: Vec::new(), claims: line.cats };
    for (start, end, label) in &line.entities {
        let (start, end) = COUNTING.span(&line.text, *start, *end)?;
        labels.entities.push(AnnotatedSpan { start, end, label: entity(label)?, score: None });
    }
    Ok(ToolAnswer {
        sentence_id: line.meta.sentence_id,
        text: line.text,
        labels,
        by: line.username,
        at: None,
        mark: line.meta.mark,
    })
}
