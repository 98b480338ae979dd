//! The correction that an answer makes.

use std::collections::HashMap;

use super::answer::ToolAnswer;
use super::counting::slice;
use super::labels::{BOILERPLATE, Labels, claim};
use super::task::{AnnotationTask, REVIEW};
use super::tool::Tool;
use crate::record::{LabelledClaim, LabelledEntity, Review};
use crate::review::Correction;

/// The correction that an answer makes, none if the answer is what was exported.
///
/// # Errors
/// What is wrong with the answer, and how to mend it.
pub fn correction(
    tool: Tool,
    answer: ToolAnswer,
    tasks: &HashMap<&str, &AnnotationTask>,
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
    if is_untouched(tool, &answer, task) {
        return Ok(None);
    }
    let Labels { mut entities, claims } = answer.labels;
    let boilerplate = claims.iter().any(|label| label == BOILERPLATE);
    let mut decided: Vec<LabelledClaim> = Vec::new();
    for label in claims.iter().filter(|_| !boilerplate) {
        let mut claim = claim(label)?;
        // Labels don't say whether a claim needs the sentences before; the records do.
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
        from: tool.name().into(),
        boilerplate,
        entities: named,
        claims: decided,
        note: None,
    };
    Ok(Some(Correction { sentence_id: answer.sentence_id, text: task.sentence.clone(), review }))
}

/// Whether an answer is what was exported, not a person's decision.
fn is_untouched(tool: Tool, answer: &ToolAnswer, task: &AnnotationTask) -> bool {
    let labels = answer.labels.sha256();
    let (was_review, exported) = match answer.mark.as_deref().and_then(|mark| mark.split_once(':')) {
        Some((kind, hash)) => (kind == REVIEW, hash.to_owned()),
        None => (task.review.is_some(), task.labels().sha256()),
    };
    match tool {
        // Its file does not say whether a person has seen a task: only a change shows it.
        Tool::Doccano => labels == exported,
        // What was exported as an annotation comes back as one.
        Tool::LabelStudio | Tool::Prodigy => was_review && labels == exported,
        // Reviews go out as suggestions, so each response is a person's.
        Tool::Argilla => false,
    }
}
