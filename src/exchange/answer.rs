//! What comes back of a task: a person's answer, and the correction that it makes.

use std::collections::HashMap;

use super::Tool;
use super::counting::slice;
use super::labels::{BOILERPLATE, Labels, claim};
use super::task::{REVIEW, Task};
use crate::record::{LabelledClaim, LabelledEntity, Review};
use crate::review::{Correction, Unread};

/// What a tool's file says of a sentence.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) sentence_id: String,
    pub(super) text: String,
    pub(super) labels: Labels,
    pub(super) by: Option<String>,
    pub(super) at: Option<String>,
    /// The task's [`Task::mark`], if the tool kept it.
    pub(super) mark: Option<String>,
}

/// An answer and where it stands, or why it is none.
pub(super) struct Found {
    pub(super) place: String,
    pub(super) answer: Result<Answer, Unread>,
}

impl Found {
    /// What was found on a sentence, where that can be told.
    pub(super) fn new(place: String, sentence_id: Option<&str>, answer: Result<Answer, String>) -> Self {
        let unread = |reason| Unread { sentence_id: sentence_id.map(str::to_owned), reason };
        Self { place, answer: answer.map_err(unread) }
    }

    pub(super) fn sentence_id(&self) -> Option<&str> {
        match &self.answer {
            Ok(answer) => Some(&answer.sentence_id),
            Err(unread) => unread.sentence_id.as_deref(),
        }
    }
}

impl Tool {
    /// What a person decided by an answer; nothing if it is what was exported.
    pub(super) fn correction(
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
        let mut named: Vec<LabelledEntity> = Vec::new();
        for span in entities {
            let Some(text) = slice(&task.text, span.start, span.end).filter(|text| !text.is_empty()) else {
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
