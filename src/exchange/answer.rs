//! A person's answer to a task, as it is read from a tool's file.

use std::path::Path;

use serde_json::Value;

use super::labels::Labels;
use crate::record::json_lines;
use crate::review::Unread;

/// What a tool's file says of a sentence.
#[derive(Debug, PartialEq)]
pub struct ToolAnswer {
    pub sentence_id: String,
    pub text: String,
    pub labels: Labels,
    pub by: Option<String>,
    pub at: Option<String>,
    /// The mark that went out with the task, if the tool kept it.
    pub mark: Option<String>,
}

/// An answer and its place in the file, or why it can't be read.
pub struct PlacedAnswer {
    pub place: String,
    pub answer: Result<ToolAnswer, Unread>,
}

impl PlacedAnswer {
    /// An answer on a sentence, whose id is known even if the answer can't be read.
    pub fn new(place: String, sentence_id: Option<&str>, answer: Result<ToolAnswer, String>) -> Self {
        let unread = |reason| Unread { sentence_id: sentence_id.map(str::to_owned), reason };
        Self { place, answer: answer.map_err(unread) }
    }

    /// The sentence that it is on, if that is known.
    pub fn sentence_id(&self) -> Option<&str> {
        match &self.answer {
            Ok(answer) => Some(&answer.sentence_id),
            Err(unread) => unread.sentence_id.as_deref(),
        }
    }
}

/// The answers in JSON Lines. `id` is the JSON pointer of the sentence's id in a line; a line may
/// hold no answer.
pub fn answers_of_lines(
    path: &Path,
    text: &str,
    id: &str,
    answer: fn(Value) -> Result<Option<ToolAnswer>, String>,
) -> Vec<PlacedAnswer> {
    let answers = json_lines::<Value>(text).filter_map(|(line, value)| {
        let sentence_id =
            value.as_ref().ok().and_then(|value| value.pointer(id)?.as_str()).map(str::to_owned);
        let value = value.map_err(|e| format!("{e}; mend or remove the line"));
        let answer = value.and_then(answer).transpose()?;
        Some(PlacedAnswer::new(format!("{}, line {line}", path.display()), sentence_id.as_deref(), answer))
    });
    answers.collect()
}
