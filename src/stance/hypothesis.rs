//! Hypotheses: a stance put into a sentence, with somebody in its slot.

use super::codebook::Codebook;
use super::topics::{HOLDER, StanceIndex};
use crate::actors::ActorId;

/// That someone takes the stance.
pub fn of_anyone(codebook: &Codebook, stance: StanceIndex) -> String {
    capitalized(filled(codebook, stance, codebook.actors.anyone()))
}

/// That this holder takes it.
pub fn of_holder(codebook: &Codebook, stance: StanceIndex, holder: &ActorId) -> String {
    capitalized(filled(codebook, stance, codebook.actors.phrase(holder)))
}

/// That `source` reports that `holder` takes it.
pub fn of_source(codebook: &Codebook, stance: StanceIndex, holder: &ActorId, source: &ActorId) -> String {
    let claim = filled(codebook, stance, codebook.actors.phrase(holder));
    let source = codebook.actors.phrase(source);
    capitalized(codebook.attribution.source_hypothesis(source, &claim))
}

/// The longest hypothesis of each stance, in every slot the longest phrase: what a model must have
/// room for.
pub fn longest(codebook: &Codebook) -> Vec<String> {
    let actors = &codebook.actors;
    let narrator = actors.phrase(&ActorId::narrator());
    let phrases = actors.iter().map(|a| a.phrase.as_str()).chain([actors.anyone(), narrator]);
    let phrase = phrases.max_by_key(|p| p.len()).unwrap_or_default();
    let stances = codebook.topics.iter().flat_map(|topic| &topic.stances);
    let reported = |hypothesis: &String| {
        codebook.attribution.source_hypothesis(phrase, &hypothesis.replace(HOLDER, phrase))
    };
    stances.map(|stance| reported(&stance.hypothesis)).collect()
}

fn filled(codebook: &Codebook, stance: StanceIndex, phrase: &str) -> String {
    codebook.topics.stance(stance).hypothesis.replace(HOLDER, phrase)
}

/// The first letter made a capital: a phrase such as "the United States" may begin a hypothesis.
fn capitalized(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
