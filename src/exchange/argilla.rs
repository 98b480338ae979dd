//! Argilla 2: a JSON list of records, as its `to_json` and `from_json` write and read them.
//!
//! Offsets count UTF-16 code units, because its page stores places of the browser's selection
//! (argilla-io/argilla issue 5729, `highlighting.ts`). Its server however refuses a span that ends
//! behind the text's last code point (`SpanQuestionResponseValueValidator`), so a text with emoji
//! is padded with spaces to as many code points as it has code units. The spaces are dropped on
//! import.
//!
//! Responses belong to users of the server, whom this program does not know, so reviews are
//! exported as suggestions too, with the reviewer as the agent. On import, each submitted response
//! is a review. A question without a label is left out, since the server accepts no empty answer to
//! a question of several labels.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::{PlacedAnswer, ToolAnswer};
use super::counting::Counting;
use super::error::ExchangeError;
use super::labels::{AnnotatedSpan, ENTITIES, Labels, entity};
use super::task::AnnotationTask;
use super::vocabulary::Vocabulary;

use crate::record::ReadError;

const COUNTING: Counting = Counting::Utf16;

/// Names of the questions.
const ENTITY_QUESTION: &str = "entities";
const CLAIM_QUESTION: &str = "claims";

pub fn export(tasks: &[AnnotationTask]) -> Result<String, ExchangeError> {
    let all: Vec<Value> = tasks.iter().map(record).collect();
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

fn record(task: &AnnotationTask) -> Value {
    let labels = task.labels();
    let agent = task.review.as_ref().map_or(&task.provenance, |review| &review.by);
    let code_points = task.text.chars().count();
    let padding = COUNTING.out(&task.text, code_points) - code_points;
    let out = |place| COUNTING.out(&task.text, place);
    let span = |s: &AnnotatedSpan| json!({ "start": out(s.start), "end": out(s.end), "label": s.label });
    let mut suggestions = Map::new();
    if !labels.entities.is_empty() {
        let spans: Vec<Value> = labels.entities.iter().map(span).collect();
        let scores: Option<Vec<f64>> = labels.entities.iter().map(|s| s.score).collect();
        suggestions
            .insert(ENTITY_QUESTION.into(), json!({ "value": spans, "score": scores, "agent": agent }));
    }
    if !labels.claims.is_empty() {
        suggestions
            .insert(CLAIM_QUESTION.into(), json!({ "value": labels.claims, "score": null, "agent": agent }));
    }
    json!({
        "id": task.sentence_id,
        "fields": { "text": format!("{}{}", task.text, " ".repeat(padding)) },
        "metadata": { "doc_id": task.doc_id, "uncertain": task.uncertain.join("\n") },
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
    })
}

/// The labels of both questions.
pub fn configuration(vocabulary: &Vocabulary) -> Result<String, ExchangeError> {
    let labels = json!({ ENTITY_QUESTION: ENTITIES, CLAIM_QUESTION: vocabulary.labels() });
    Ok(serde_json::to_string_pretty(&labels)? + "\n")
}

#[derive(Deserialize)]
struct ArgillaRecord {
    id: String,
    fields: ArgillaFields,
    #[serde(default)]
    responses: ArgillaResponses,
}

#[derive(Deserialize)]
struct ArgillaFields {
    text: String,
}

/// By question, as the Python client writes them, or a list by user, as the server does.
#[derive(Deserialize)]
#[serde(untagged)]
enum ArgillaResponses {
    ByQuestion(BTreeMap<String, Vec<ArgillaResponse>>),
    ByUser(Vec<ArgillaUserResponse>),
}

impl Default for ArgillaResponses {
    fn default() -> Self {
        Self::ByUser(Vec::new())
    }
}

#[derive(Deserialize)]
struct ArgillaResponse {
    value: Value,
    user_id: Option<String>,
    status: Option<String>,
}

#[derive(Deserialize)]
struct ArgillaUserResponse {
    values: Option<BTreeMap<String, ArgillaValue>>,
    status: String,
    user_id: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct ArgillaValue {
    value: Value,
}

#[derive(Deserialize)]
struct ArgillaSpan {
    start: usize,
    end: usize,
    label: String,
}

/// What one person answered.
#[derive(Default)]
struct PersonsAnswers {
    by: Option<String>,
    at: Option<String>,
    answers: Vec<(String, Value)>,
}

pub fn read(path: &Path, text: &str) -> Result<Vec<PlacedAnswer>, ReadError> {
    let records: Vec<Value> = serde_json::from_str(text)
        .map_err(|e| ReadError::json(path, e.line(), "give what `dataset.records.to_json` writes")(e))?;
    let mut found = Vec::new();
    for (index, value) in records.into_iter().enumerate() {
        let place = format!("{}, record {}", path.display(), index + 1);
        let id = value["id"].as_str().map(str::to_owned);
        match serde_json::from_value::<ArgillaRecord>(value) {
            Ok(ArgillaRecord { id, fields, responses }) => {
                let answers = people(responses).into_iter().map(|given| answer(&id, &fields.text, given));
                found.extend(answers.map(|answer| PlacedAnswer::new(place.clone(), Some(&id), answer)));
            }
            Err(e) => {
                let reason =
                    format!("no record of this program's: {e}; give what `dataset.records.to_json` writes");
                found.push(PlacedAnswer::new(place, id.as_deref(), Err(reason)));
            }
        }
    }
    Ok(found)
}

/// The submitted responses by person, the latest one last.
fn people(responses: ArgillaResponses) -> Vec<PersonsAnswers> {
    match responses {
        ArgillaResponses::ByUser(mut all) => {
            all.retain(|response| response.status == "submitted");
            all.sort_by(|a, b| a.updated_at.cmp(&b.updated_at));
            let given = all.into_iter().map(|response| PersonsAnswers {
                by: response.user_id,
                at: response.updated_at,
                answers: response.values.unwrap_or_default().into_iter().map(|(q, v)| (q, v.value)).collect(),
            });
            given.collect()
        }
        ArgillaResponses::ByQuestion(all) => {
            let mut people: Vec<PersonsAnswers> = Vec::new();
            for (question, responses) in all {
                for response in responses {
                    if response.status.is_some_and(|status| status != "submitted") {
                        continue;
                    }
                    let at =
                        people.iter().position(|given| given.by == response.user_id).unwrap_or_else(|| {
                            people.push(PersonsAnswers {
                                by: response.user_id.clone(),
                                ..PersonsAnswers::default()
                            });
                            people.len() - 1
                        });
                    people[at].answers.push((question.clone(), response.value));
                }
            }
            people
        }
    }
}

fn answer(id: &str, padded: &str, given: PersonsAnswers) -> Result<ToolAnswer, String> {
    let text = padded.trim_end_matches(' ');
    let wrong = |e: serde_json::Error| format!("a response is not as it should be: {e}; export it again");
    let mut labels = Labels::default();
    for (question, value) in given.answers {
        match question.as_str() {
            ENTITY_QUESTION => {
                for marked in serde_json::from_value::<Vec<ArgillaSpan>>(value).map_err(wrong)? {
                    let (start, end) = COUNTING.span(text, marked.start, marked.end)?;
                    labels.entities.push(AnnotatedSpan {
                        start,
                        end,
                        label: entity(&marked.label)?,
                        score: None,
                    });
                }
            }
            CLAIM_QUESTION => labels.claims = serde_json::from_value(value).map_err(wrong)?,
            // Refused: its content would be lost.
            _ => {
                return Err(format!(
                    "the question {question:?} has no place in a review; take its responses out of the file"
                ));
            }
        }
    }
    Ok(ToolAnswer {
        sentence_id: id.to_owned(),
        text: text.to_owned(),
        labels,
        // The client writes an unknown user as Python's `None`.
        by: given.by.filter(|by| by != "None"),
        at: given.at,
        mark: None,
    })
}
