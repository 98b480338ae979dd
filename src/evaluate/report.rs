//! All that was measured at once.

use serde::Serialize;

use super::evaluation::Evaluation;
use super::rows::ner::NerScores;
use super::rows::nli::NliScores;
use super::score::Score;

/// Version of the report's shape.
pub const SCHEMA: &str = "demarche-evaluation/1";

/// What was measured; what was not is left out.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// Records or other labels held against gold.
    #[serde(flatten)]
    pub labels: Option<Evaluation>,
    /// Claims of labelled passages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passages: Option<Evaluation>,
    /// Claims on topics that are none of the configuration's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub further_topics: Option<Evaluation>,
    /// The NLI model on labelled pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nli: Option<NliScores>,
    /// The entity model on labelled texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ner: Option<NerScores>,
    /// Sentence splitting on labelled texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentences: Option<Score>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            labels: None,
            passages: None,
            further_topics: None,
            nli: None,
            ner: None,
            sentences: None,
        }
    }
}

impl Report {
    /// Whether every labelled text was held against a prediction.
    pub fn is_complete(&self) -> bool {
        let parts = [&self.labels, &self.passages, &self.further_topics];
        parts.into_iter().flatten().all(|evaluation| evaluation.inputs.are_complete())
    }
}
