//! Records out to annotation tools and tables, and a person's corrections back.
//!
//! A sentence is a task. Offsets count code points in the sentence's own text everywhere but in a tool's file;
//! each tool's module converts to that tool's counting at its edge, and says where the counting is told of.

mod answer;
mod argilla;
mod counting;
mod csv;
mod doccano;
mod label_studio;
mod labels;
mod parquet;
mod prodigy;
mod table;
mod task;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::Value;

pub use labels::Vocabulary;
pub use task::Task;

use crate::config::Configuration;
use crate::record::{Dataset, ReadError, json_lines, text_of};
use crate::review::{Placed, Unread};
use answer::{Answer, Found};

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

/// What a tool's JSON Lines say; `id` points to the sentence's id in a line, and a line may say nothing.
fn found_lines(
    path: &Path,
    text: &str,
    id: &str,
    answer: fn(Value) -> Result<Option<Answer>, String>,
) -> Vec<Found> {
    let found = json_lines::<Value>(text).filter_map(|(line, value)| {
        let told = value.as_ref().ok().and_then(|value| value.pointer(id)?.as_str()).map(str::to_owned);
        let answer = value.and_then(answer).transpose()?;
        Some(Found::new(format!("{}, line {line}", path.display()), told.as_deref(), answer))
    });
    found.collect()
}

/// JSON Lines of these values.
fn lines_of(values: impl Iterator<Item = Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}
