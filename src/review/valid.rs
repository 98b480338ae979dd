//! Whether a correction fits its sentence.

use super::correction::Correction;
use crate::record::{DocumentRecord, LabelledClaim, Review, SentenceRecord};
use crate::text::{Offsets, Span};

/// A correction that fits its sentence, completed: entities have their text and nothing is listed
/// twice.
///
/// # Errors
/// What is wrong with the correction, and what to do about it.
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
                "the entity {start}..{end} does not lie within its sentence, {}..{}; mend its offsets, which \
                 count code points",
                sentence.start, sentence.end
            ));
        }
        let slice = offsets.slice(Span::new(start..end)).unwrap_or_default();
        if entity.text.is_empty() {
            entity.text = slice.to_owned();
        }
        if entity.text != slice {
            return Err(format!(
                "the entity {start}..{end} reads {slice:?} in the document, not {:?}; mend its offsets or \
                 its text",
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

/// Removes items that repeat an earlier one.
fn keep_first<T>(list: &mut Vec<T>, same: impl Fn(&T, &T) -> bool) {
    let mut kept: Vec<T> = Vec::with_capacity(list.len());
    for item in list.drain(..) {
        if !kept.iter().any(|before| same(before, &item)) {
            kept.push(item);
        }
    }
    *list = kept;
}
