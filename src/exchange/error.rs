//! What can't be exchanged.

use super::tool::Tool;
use crate::record::ReadError;

/// Why records or a tool's file can't be exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The tool's file can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A sentence's offsets lie outside its document.
    #[error("{sentence_id} does not lie within its document; run extract again")]
    SentenceOutside {
        /// The sentence.
        sentence_id: String,
    },
    /// An entity's offsets lie outside its sentence.
    #[error("{sentence_id}: an entity lies outside the sentence; run extract again")]
    EntityOutside {
        /// The sentence.
        sentence_id: String,
    },
    /// The name of a topic, a stance or an actor is empty or holds the separator of labels.
    #[error("{part:?} can't be part of a label, {label}; rename it in the topics or actors file")]
    LabelPart {
        /// The name.
        part: String,
        /// The label in which it would stand.
        label: String,
    },
    /// The tool is not set up by a file.
    #[error("{}", no_configuration(*.tool))]
    NoConfiguration {
        /// The tool.
        tool: Tool,
    },
    /// JSON could not be written.
    #[error("a task could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// CSV could not be written.
    #[error("the table could not be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// Parquet could not be written.
    #[error("the table could not be written as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
}

fn no_configuration(tool: Tool) -> String {
    let instead = match tool {
        Tool::Doccano => "makes its labels from the tasks themselves",
        Tool::Prodigy => "takes a recipe, which docs/exchange.md gives,",
        Tool::LabelStudio | Tool::Argilla => "can't be set up here",
    };
    format!("{} {instead} and has no configuration file", tool.name())
}
