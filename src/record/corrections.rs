//! A person's decisions from a file, and whether they hold to their sentences.

use std::path::Path;

use serde_json::Value;

use super::lines::{ReadError, json_lines, text_of};
use super::offsets::Offsets;
use super::review::{Correction, LabelledClaim, Review};
use super::schema::{DocumentRecord, SentenceRecord};

/// A decision and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// File and line, or file and task.
    pub place: String,
    /// What was decided.
    pub decision: Result<Correction, Unread>,
}

/// A decision that can't be read; it takes the place of earlier ones on its sentence all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The sentence, where that can be told.
    pub sentence_id: Option<String>,
    /// What is wrong with it and what mends it.
    pub reason: String,
}

impl Placed {
    /// The sentence that it is on, where that can be told.
    pub(super) fn sentence_id(&self) -> Option<&str> {
        match &self.decision {
            Ok(correction) => Some(&correction.sentence_id),
            Err(unread) => unread.sentence_id.as_deref(),
        }
    }
}

/// A correction that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Refusal {
    /// File and line, or file and task.
    pub place: String,
    /// What is wrong with it and what mends it.
    pub reason: String,
}

/// Reads a corrections file; a line that is no correction says so in its place.
///
/// # Errors
/// Names the file and the mend, if it can't be read at all.
pub fn corrections(path: &Path) -> Result<Vec<Placed>, ReadError> {
    let text = text_of(path, "give a file of corrections in JSON Lines")?;
    let placed = json_lines::<Value>(&text).map(|(line, value)| {
        let told = value.as_ref().ok().and_then(|value| value["sentence_id"].as_str());
        let sentence_id = told.map(str::to_owned);
        let wrong = |e| format!("no correction: {e}; mend or remove the line (docs/schema.md)");
        let correction = value.and_then(|value| serde_json::from_value(value).map_err(wrong));
        Placed {
            place: format!("{}, line {line}", path.display()),
            decision: correction.map_err(|reason| Unread { sentence_id, reason }),
        }
    });
    Ok(placed.collect())
}

/// A correction that holds to its sentence, its entities with their text and nothing twice, or what is wrong with it.
pub fn valid(
    mut correction: Correction,
    sentence: &SentenceRecord,
    document: &DocumentRecord,
) -> Result<Correction, String> {
    if correction.text != sentence.text {
        return Err(format!(
            "the sentence {} reads otherwise here: {:?}; decide on it anew",
            sentence.sentence_id, sentence.text
        ));
    }
    let Review { by, from, boilerplate, entities, claims, .. } = &mut correction.review;
    if by.trim().is_empty() || from.trim().is_empty() {
        return Err("`by` and `from` must tell who decided it and in which tool; fill them in".into());
    }
    if *boilerplate && !(entities.is_empty() && claims.is_empty()) {
        return Err("boilerplate carries no entities and no claims; remove them, or `boilerplate`".into());
    }
    let offsets = Offsets::new(document.field(sentence.field));
    for entity in entities.iter_mut() {
        let (start, end) = (entity.start, entity.end);
        if start >= end || start < sentence.start || end > sentence.end {
            return Err(format!(
                "the entity {start}..{end} does not lie within its sentence, {}..{}; mend its offsets, which count code points",
                sentence.start, sentence.end
            ));
        }
        let slice = offsets.slice(start, end).unwrap_or_default();
        if entity.text.is_empty() {
            entity.text = slice.to_owned();
        }
        if entity.text != slice {
            return Err(format!(
                "the entity {start}..{end} reads {slice:?} in the document, not {:?}; mend its offsets or its text",
                entity.text
            ));
        }
    }
    for claim in claims.iter() {
        let empty = |part: &str| part.trim().is_empty();
        if empty(&claim.topic) || empty(&claim.stance) || empty(&claim.holder) {
            return Err("a claim lacks its topic, stance or holder; fill it in or remove the claim".into());
        }
        match &claim.source {
            Some(source) if empty(source) => {
                return Err("a claim's source is empty; name it or leave it out".into());
            }
            Some(source) if *source == claim.holder => {
                return Err(format!("{source} is both holder and source of a claim; leave the source out"));
            }
            _ => {}
        }
    }
    keep_first(entities, |a, b| a == b);
    keep_first(claims, LabelledClaim::says);
    Ok(correction)
}

/// Drops what was listed before.
fn keep_first<T>(list: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) {
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        if !kept.iter().any(|before| same(before, &item)) {
            kept.push(item);
        }
    }
    *list = kept;
}
