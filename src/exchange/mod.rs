//! Records out to annotation tools and tables, and a person's corrections back.
//!
//! A sentence is a task. Offsets count code points in the sentence's own text everywhere but in a tool's file;
//! each tool's module converts to that tool's counting at its edge, and says where the counting is told of.

mod argilla;
mod counting;
mod csv;
mod doccano;
mod label_studio;
mod labels;
mod parquet;
mod prodigy;
mod table;

use std::collections::{HashMap, HashSet};
use std::path::Path;

pub use labels::Vocabulary;

use crate::config::Configuration;
use crate::record::{
    Correction, Dataset, LabelledClaim, LabelledEntity, Offsets, Placed, ReadError, Review, Unread,
    json_lines, text_of,
};
use crate::stance::Status;
use labels::{BOILERPLATE, Labels, Span, claim, label};

/// An annotation tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// <https://labelstud.io>
    LabelStudio,
    /// <https://doccano.github.io/doccano>
    Doccano,
    /// <https://prodi.gy>
    Prodigy,
    /// <https://argilla.io>
    Argilla,
}

/// A flat table of claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// RFC 4180.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// What can't be exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The folder can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record has no place in the tool.
    #[error("{0}")]
    Record(String),
    /// The tool has no such thing.
    #[error("{0}")]
    Tool(&'static str),
    /// JSON could not be written.
    #[error("a task could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// CSV could not be written.
    #[error("the table could not be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// Parquet could not be written.
    #[error("the table could not be written as Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

/// A sentence as an annotator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    doc_id: String,
    sentence_id: String,
    /// The slice of the document, white space as it is.
    text: String,
    /// First code point of the slice in its field.
    start: usize,
    /// The sentence as records carry it.
    sentence: String,
    /// What made the model's labels.
    provenance: String,
    /// The model's entities and the claims that count.
    model: Labels,
    /// The model's claims that do not count.
    uncertain: Vec<String>,
    /// What a person made of it.
    review: Option<Reviewed>,
    /// All claims on it, the person's first.
    known: Vec<LabelledClaim>,
}

#[derive(Debug, Clone, PartialEq)]
struct Reviewed {
    by: String,
    labels: Labels,
}

/// What a tool's file says of a sentence.
#[derive(Debug, PartialEq)]
struct Answer {
    sentence_id: String,
    text: String,
    labels: Labels,
    by: Option<String>,
    at: Option<String>,
    /// The task's [`Task::mark`], if the tool kept it.
    mark: Option<String>,
}

/// An answer and where it stands, or why it is none.
struct Found {
    place: String,
    answer: Result<Answer, Unread>,
}

impl Found {
    /// What was found on a sentence, where that can be told.
    fn new(place: String, sentence_id: Option<&str>, answer: Result<Answer, String>) -> Self {
        let unread = |reason| Unread { sentence_id: sentence_id.map(str::to_owned), reason };
        Self { place, answer: answer.map_err(unread) }
    }

    fn sentence_id(&self) -> Option<&str> {
        match &self.answer {
            Ok(answer) => Some(&answer.sentence_id),
            Err(unread) => unread.sentence_id.as_deref(),
        }
    }
}

impl Tool {
    /// What reviews say that they are from.
    pub fn name(self) -> &'static str {
        match self {
            Self::LabelStudio => "label-studio",
            Self::Doccano => "doccano",
            Self::Prodigy => "prodigy",
            Self::Argilla => "argilla",
        }
    }

    /// Writes tasks in the tool's format.
    ///
    /// # Errors
    /// [`ExchangeError::Json`].
    pub fn export(self, tasks: &[Task], vocabulary: &Vocabulary) -> Result<String, ExchangeError> {
        match self {
            Self::LabelStudio => label_studio::export(tasks),
            Self::Doccano => doccano::export(tasks),
            Self::Prodigy => prodigy::export(tasks, vocabulary),
            Self::Argilla => argilla::export(tasks),
        }
    }

    /// Writes what sets the tool up for these tasks.
    ///
    /// # Errors
    /// That the tool has no such file, and what it has instead.
    pub fn configuration(self, vocabulary: &Vocabulary) -> Result<String, ExchangeError> {
        match self {
            Self::LabelStudio => Ok(label_studio::configuration(vocabulary)),
            Self::Argilla => argilla::configuration(vocabulary),
            Self::Doccano => Err(ExchangeError::Tool(
                "doccano makes its labels from the tasks themselves and has no configuration; leave --config out",
            )),
            Self::Prodigy => Err(ExchangeError::Tool(
                "Prodigy takes a recipe, which docs/exchange.md gives, and no configuration; leave --config out",
            )),
        }
    }

    /// Reads a file of the tool's as corrections of these tasks, `by` standing for a reviewer whom it does not name.
    /// Of several answers on a sentence the last one counts, and if that one is untouched, none.
    ///
    /// # Errors
    /// Names the file, and the place in it that can't be read.
    pub fn import(self, path: &Path, tasks: &[Task], by: &str) -> Result<Vec<Placed>, ExchangeError> {
        let text = &text_of(path, "give a file that the tool has exported, in UTF-8")?;
        let found = match self {
            Self::LabelStudio => label_studio::read(path, text)?,
            Self::Doccano => doccano::read(path, text),
            Self::Prodigy => prodigy::read(path, text),
            Self::Argilla => argilla::read(path, text)?,
        };
        let by_id: HashMap<&str, &Task> = tasks.iter().map(|t| (t.sentence_id.as_str(), t)).collect();
        let mut placed = Vec::new();
        let mut later: HashSet<String> = HashSet::new();
        for found in found.into_iter().rev() {
            let is_last = found.sentence_id().is_none_or(|id| later.insert(id.to_owned()));
            let Found { place, answer } = found;
            let decision = answer.and_then(|answer| {
                let sentence_id = Some(answer.sentence_id.clone());
                let corrected = self.correction(answer, &by_id, by);
                corrected.map_err(|reason| Unread { sentence_id, reason })
            });
            match decision {
                Ok(Some(correction)) if is_last => placed.push(Placed { place, decision: Ok(correction) }),
                Ok(_) => {}
                Err(unread) => placed.push(Placed { place, decision: Err(unread) }),
            }
        }
        placed.reverse();
        Ok(placed)
    }

    /// What a person decided by an answer; nothing if it is what was exported.
    fn correction(
        self,
        answer: Answer,
        tasks: &HashMap<&str, &Task>,
        by: &str,
    ) -> Result<Option<Correction>, String> {
        let id = &answer.sentence_id;
        let Some(task) = tasks.get(id.as_str()) else {
            return Err(format!("no sentence {id} in the folder; name the folder that the task came from"));
        };
        if answer.text != task.text {
            return Err(format!(
                "the sentence {id} reads otherwise in the folder: {:?}; export it again",
                task.text
            ));
        }
        if self.is_untouched(&answer, task) {
            return Ok(None);
        }
        let Labels { mut entities, claims } = answer.labels;
        let boilerplate = claims.iter().any(|label| label == BOILERPLATE);
        let mut decided: Vec<LabelledClaim> = Vec::new();
        for label in claims.iter().filter(|_| !boilerplate) {
            let mut claim = claim(label)?;
            // Labels do not tell whether a claim takes the sentences before; records do.
            claim.context = task.known.iter().any(|known| known.context && known.says(&claim));
            decided.push(claim);
        }
        if boilerplate {
            entities.clear();
        }
        let offsets = Offsets::new(&task.text);
        let mut named: Vec<LabelledEntity> = Vec::new();
        for span in entities {
            let Some(text) = offsets.slice(span.start, span.end).filter(|text| !text.is_empty()) else {
                return Err(format!(
                    "the entity {}..{} does not lie within its sentence; mark it again in the tool",
                    span.start, span.end
                ));
            };
            named.push(LabelledEntity {
                text: text.to_owned(),
                label: span.label,
                start: task.start + span.start,
                end: task.start + span.end,
            });
        }
        named.sort_by_key(|entity| (entity.start, entity.end));
        let review = Review {
            by: answer.by.filter(|by| !by.trim().is_empty()).unwrap_or_else(|| by.to_owned()),
            at: answer.at,
            from: self.name().into(),
            boilerplate,
            entities: named,
            claims: decided,
            note: None,
        };
        Ok(Some(Correction { sentence_id: answer.sentence_id, text: task.sentence.clone(), review }))
    }

    /// Whether an answer is what was exported rather than what a person decided.
    fn is_untouched(self, answer: &Answer, task: &Task) -> bool {
        let labels = answer.labels.sha256();
        let (was_review, exported) = match answer.mark.as_deref().and_then(|mark| mark.split_once(':')) {
            Some((kind, hash)) => (kind == REVIEW, hash.to_owned()),
            None => (task.review.is_some(), task.labels().sha256()),
        };
        match self {
            // Nothing but a change tells a task that a person has seen.
            Self::Doccano => labels == exported,
            // What was exported as an annotation comes back as one.
            Self::LabelStudio | Self::Prodigy => was_review && labels == exported,
            // Reviews go out as suggestions, so that each response is a person's.
            Self::Argilla => false,
        }
    }
}

const REVIEW: &str = "review";

impl Task {
    /// The tasks of a dataset, in its order.
    ///
    /// # Errors
    /// [`ExchangeError::Record`], as for offsets that lie outside the document.
    pub fn all(dataset: &Dataset) -> Result<Vec<Self>, ExchangeError> {
        let mut tasks = Vec::with_capacity(dataset.sentences.len());
        for (document, sentences) in dataset.articles() {
            let [title, text] = [crate::text::Field::Title, crate::text::Field::Text]
                .map(|field| (field, Offsets::new(document.field(field))));
            for sentence in sentences {
                let offsets = if sentence.field == title.0 { &title.1 } else { &text.1 };
                let Some(slice) = offsets.slice(sentence.start, sentence.end) else {
                    return Err(ExchangeError::Record(format!(
                        "{} does not lie within its document; run extract again",
                        sentence.sentence_id
                    )));
                };
                tasks.push(Self::new(document.doc_id.clone(), slice.to_owned(), sentence)?);
            }
        }
        Ok(tasks)
    }

    fn new(
        doc_id: String,
        text: String,
        sentence: &crate::record::SentenceRecord,
    ) -> Result<Self, ExchangeError> {
        let start = sentence.start;
        let span = |entity: LabelledEntity, score| {
            let inside = entity.start >= start && entity.end <= sentence.end && entity.start < entity.end;
            let fault = || {
                let id = &sentence.sentence_id;
                ExchangeError::Record(format!("{id}: an entity lies outside the sentence; run extract again"))
            };
            inside
                .then(|| Span {
                    start: entity.start - start,
                    end: entity.end - start,
                    label: entity.label,
                    score,
                })
                .ok_or_else(fault)
        };
        let labelled = |status| {
            let of_status = sentence.claims.iter().filter(move |c| c.status == status);
            of_status.map(|c| label(&c.into())).collect::<Result<Vec<_>, _>>()
        };
        let model = Labels {
            entities: sentence
                .entities
                .iter()
                .map(|e| span(e.into(), Some(e.score)))
                .collect::<Result<_, _>>()?,
            claims: labelled(Status::Auto)?,
        };
        let reviewed = |review: &Review| {
            let mut claims = review.claims.iter().map(label).collect::<Result<Vec<_>, _>>()?;
            if review.boilerplate {
                claims.push(BOILERPLATE.into());
            }
            let entities = review.entities.iter().map(|e| span(e.clone(), None)).collect::<Result<_, _>>()?;
            Ok::<_, ExchangeError>(Reviewed { by: review.by.clone(), labels: Labels { entities, claims } })
        };
        let decided = sentence.review.iter().flat_map(|review| review.claims.iter().cloned());
        Ok(Self {
            doc_id,
            sentence_id: sentence.sentence_id.clone(),
            text,
            start,
            sentence: sentence.text.clone(),
            provenance: sentence.provenance.clone(),
            model,
            uncertain: labelled(Status::Uncertain)?,
            review: sentence.review.as_ref().map(reviewed).transpose()?,
            known: decided.chain(sentence.claims.iter().map(Into::into)).collect(),
        })
    }

    /// The labels that an annotator begins with.
    fn labels(&self) -> &Labels {
        self.review.as_ref().map_or(&self.model, |review| &review.labels)
    }

    /// Goes with a task through the tool: whether it went out reviewed, and a hash over its labels.
    fn mark(&self) -> String {
        let kind = if self.review.is_some() { REVIEW } else { "model" };
        format!("{kind}:{}", self.labels().sha256())
    }
}

impl Vocabulary {
    /// All that an annotator may say: what the configuration knows, and what stands in the tasks.
    ///
    /// # Errors
    /// Names what can't be part of a label.
    pub fn new(configuration: &Configuration, tasks: &[Task]) -> Result<Self, ExchangeError> {
        let told = tasks.iter().flat_map(|task| &task.known);
        Self::of(configuration, told)
    }
}

impl Table {
    /// Writes one row a claim.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub fn export(self, dataset: &Dataset) -> Result<Vec<u8>, ExchangeError> {
        let rows = table::rows(dataset);
        match self {
            Self::Csv => csv::export(&rows),
            Self::Parquet => parquet::export(&rows),
        }
    }
}

/// JSON Lines: a value of each line that is not empty, and its place.
fn placed_lines(
    path: &Path,
    text: &str,
) -> impl Iterator<Item = (String, Result<serde_json::Value, String>)> {
    json_lines(text).map(|(line, value)| (format!("{}, line {line}", path.display()), value))
}

/// JSON Lines of these values.
fn lines_of(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}
