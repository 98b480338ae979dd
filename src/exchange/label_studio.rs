//! Label Studio: a JSON list of tasks with predictions and annotations.
//!
//! Offsets in a `Text` count code points: Label Studio's editor turns JavaScript's places into code
//! points before it stores them ("Store code points instead of js length", pull request 308 of
//! HumanSignal/label-studio-frontend, and `charsToCodePoints` in
//! `web/libs/editor/src/utils/selection-tools.js` of HumanSignal/label-studio, as of 1.23), and its
//! converter slices with them in Python. Versions before that, up to 1.4, counted UTF-16 code units
//! (HumanSignal/label-studio issue 1347); a region of theirs whose text differs is refused.
//!
//! A claim is a path of the `Taxonomy`: topic, stance, holder and, if someone else reports it,
//! source.

use std::path::Path;

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{PlacedAnswer, ToolAnswer};
use super::counting::Counting;
use super::error::ExchangeError;
use super::labels::{AnnotatedSpan, BOILERPLATE, ENTITIES, Labels, entity, from_path, path};
use super::task::AnnotationTask;
use super::vocabulary::{LabelNode, Vocabulary};

use crate::record::ReadError;

const COUNTING: Counting = Counting::CodePoints;

/// Names of the controls, as in [`configuration`].
const ENTITY_CONTROL: &str = "entities";
const CLAIM_CONTROL: &str = "claims";

pub fn export(tasks: &[AnnotationTask]) -> Result<String, ExchangeError> {
    let all: Vec<Value> = tasks.iter().map(task).collect();
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

fn task(task: &AnnotationTask) -> Value {
    let mut out = json!({
        "data": {
            "text": task.text,
            "doc_id": task.doc_id,
            "sentence_id": task.sentence_id,
            "uncertain": task.uncertain.join("\n"),
            "mark": task.mark(),
        },
        "predictions": [{ "model_version": task.provenance, "result": result(&task.text, &task.model) }],
    });
    if let Some(review) = &task.review {
        out["annotations"] =
            json!([{ "was_cancelled": false, "result": result(&task.text, &review.labels) }]);
    }
    out
}

fn result(text: &str, labels: &Labels) -> Vec<Value> {
    let mut result: Vec<Value> =
        labels.entities.iter().enumerate().map(|(n, e)| region(text, n, e)).collect();
    if !labels.claims.is_empty() {
        let paths: Vec<Vec<&str>> = labels.claims.iter().map(|label| path(label)).collect();
        result.push(json!({
            "id": CLAIM_CONTROL,
            "from_name": CLAIM_CONTROL,
            "to_name": "text",
            "type": "taxonomy",
            "value": { "taxonomy": paths },
        }));
    }
    result
}

fn region(text: &str, number: usize, span: &AnnotatedSpan) -> Value {
    let mut out = json!({
        "id": format!("entity-{number}"),
        "from_name": ENTITY_CONTROL,
        "to_name": "text",
        "type": "labels",
        "value": {
            "start": COUNTING.out(text, span.start),
            "end": COUNTING.out(text, span.end),
            "text": text.chars().skip(span.start).take(span.end - span.start).collect::<String>(),
            "labels": [span.label],
        },
    });
    if let Some(score) = span.score {
        out["score"] = json!(score);
    }
    out
}

/// The labelling interface: the text, its entities, and a tree of claims.
pub fn configuration(vocabulary: &Vocabulary) -> String {
    let colour = |index: usize| ["#c2410c", "#1d4ed8", "#15803d", "#7e22ce"][index % ENTITIES.len()];
    let markup = html! {
        View {
            // Offsets count all white space of a text, so all of it must show.
            Style { ".htx-text { white-space: pre-wrap; }" }
            Labels name=(ENTITY_CONTROL) toName="text" {
                @for (index, label) in ENTITIES.iter().enumerate() {
                    Label value=(label) background=(colour(index)) {}
                }
            }
            Text name="text" value="$text" {}
            Taxonomy name=(CLAIM_CONTROL) toName="text" placeholder="topic / stance / holder / reported by" {
                @for topic in vocabulary.tree() { (choice(&topic, 0, &vocabulary.sources)) }
                Choice value=(BOILERPLATE) {}
            }
            Header value="Claims that the model is not sure of" size="6" {}
            Text name="uncertain" value="$uncertain" {}
        }
    };
    markup.into_string() + "\n"
}

/// A choice and those below it. Below a holder are all who may report the claim, except the holder.
fn choice(node: &LabelNode, depth: usize, sources: &[String]) -> Markup {
    html! {
        Choice value=(node.name) {
            @for below in &node.below { (choice(below, depth + 1, sources)) }
            @if depth == 2 {
                @for source in sources.iter().filter(|source| **source != node.name) { Choice value=(source) {} }
            }
        }
    }
}

#[derive(Deserialize)]
struct StudioTask {
    data: StudioData,
    #[serde(default)]
    annotations: Vec<Value>,
}

#[derive(Deserialize)]
struct StudioData {
    text: String,
    sentence_id: String,
    mark: Option<String>,
}

#[derive(Deserialize)]
struct StudioAnnotation {
    #[serde(default)]
    was_cancelled: bool,
    completed_by: Option<Value>,
    created_at: Option<String>,
    updated_at: Option<String>,
    result: Vec<StudioRegion>,
}

#[derive(Deserialize)]
struct StudioRegion {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct StudioSpan {
    start: usize,
    end: usize,
    text: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct StudioChoices {
    taxonomy: Vec<Vec<String>>,
}

pub fn read(path: &Path, text: &str) -> Result<Vec<PlacedAnswer>, ReadError> {
    let tasks: Vec<Value> = serde_json::from_str(text).map_err(|e| {
        ReadError::json(path, e.line(), "export from Label Studio as JSON, a list of tasks")(e)
    })?;
    let mut found = Vec::new();
    for (index, task) in tasks.into_iter().enumerate() {
        let place = format!("{}, task {}", path.display(), index + 1);
        let id = task["data"]["sentence_id"].as_str().map(str::to_owned);
        let found_here = |answer| PlacedAnswer::new(place.clone(), id.as_deref(), answer);
        let exported: StudioTask = match serde_json::from_value(task) {
            Ok(exported) => exported,
            Err(e) => {
                let reason = format!("no task of this program's: {e}; export as JSON, not as JSON-MIN");
                found.push(found_here(Err(reason)));
                continue;
            }
        };
        let mut answers: Vec<(Option<String>, Result<ToolAnswer, String>)> = Vec::new();
        for annotation in exported.annotations {
            let at = ["updated_at", "created_at"].iter().find_map(|at| annotation[at].as_str());
            let at = at.map(str::to_owned);
            match serde_json::from_value::<StudioAnnotation>(annotation) {
                Ok(annotation) if annotation.was_cancelled => {}
                Ok(annotation) => answers.push((at, answer(&exported.data, annotation))),
                Err(e) => answers
                    .push((at, Err(format!("an annotation is not as it should be: {e}; export it again")))),
            }
        }
        // The latest of several people's counts. Times are RFC 3339 in UTC, which sort as text.
        answers.sort_by(|a, b| a.0.cmp(&b.0));
        found.extend(answers.into_iter().map(|(_, answer)| found_here(answer)));
    }
    Ok(found)
}

fn answer(data: &StudioData, annotation: StudioAnnotation) -> Result<ToolAnswer, String> {
    let wrong = |e: serde_json::Error| format!("a region is not as it should be: {e}; export it again");
    let mut labels = Labels::default();
    for region in annotation.result {
        match region.kind.as_str() {
            "labels" => {
                let marked: StudioSpan = serde_json::from_value(region.value).map_err(wrong)?;
                let (start, end) = COUNTING.span(&data.text, marked.start, marked.end)?;
                if let Some(told) = marked.text.filter(|told| !same(told, &data.text, start, end)) {
                    return Err(format!(
                        "the region {start}..{end} does not read {told:?} there; Label Studio before 1.5 counted \
                         otherwise, so mark it again in a later one"
                    ));
                }
                for label in &marked.labels {
                    labels.entities.push(AnnotatedSpan { start, end, label: entity(label)?, score: None });
                }
            }
            "taxonomy" => {
                let chosen: StudioChoices = serde_json::from_value(region.value).map_err(wrong)?;
                labels.claims.extend(chosen.taxonomy.iter().map(|path| from_path(path)));
            }
            // Refused: its content would be lost.
            kind => {
                return Err(format!(
                    "a region of the type {kind:?} has no place in a review; remove it in Label Studio, and \
                     keep to the labelling interface that this program writes"
                ));
            }
        }
    }
    Ok(ToolAnswer {
        sentence_id: data.sentence_id.clone(),
        text: data.text.clone(),
        labels,
        by: annotation.completed_by.as_ref().and_then(person),
        at: annotation.updated_at.or(annotation.created_at),
        mark: data.mark.clone(),
    })
}

/// Whether a region's text is that of the sentence, except for white space and the editor's way of
/// writing line ends.
fn same(told: &str, text: &str, start: usize, end: usize) -> bool {
    let slice: String = text.chars().skip(start).take(end - start).collect();
    let plain = |s: &str| s.replace("\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    plain(told) == plain(&slice)
}

/// A user: a number, or an object with an address.
fn person(value: &Value) -> Option<String> {
    match value {
        Value::Number(id) => Some(id.to_string()),
        Value::String(name) => Some(name.clone()),
        Value::Object(user) => user.get("email").or_else(|| user.get("id")).and_then(person),
        _ => None,
    }
}
