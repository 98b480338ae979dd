//! The input of a stance model for a sentence: the premise, the actors in question, and the topics.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;

use super::codebook::Codebook;
use super::names::{Name, NamePlace, TaggedText, names};
use super::passage::{BEFORE, Marked, Named, Passage, SENTENCE_BYTES, ending};
use super::topics::{Topic, TopicIndex};
use crate::actors::{Actor, ActorId, ActorMention, Actors};
use crate::text::{NormalizedBytes, Span};

/// At most this many words of the previous sentence are part of a premise, its last ones.
const WORDS_BEFORE: usize = 40;

/// The input of a stance model for a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The index of the sentence in its document.
    pub sentence: usize,
    /// The sentence's normalized text.
    pub text: String,
    /// The actors it names, from left to right.
    pub mentions: Vec<ActorMention>,
    /// Its names, from left to right: of entities, and of actors.
    pub names: Vec<Name>,
    /// The name of each actor that stands last before the sentence.
    pub last_names: Vec<(ActorId, NamePlace)>,
    /// Actors that are named only in the part of the premise before the sentence.
    pub before: Vec<ActorId>,
    /// The candidates for holder, in the order of the table of actors, the narrator last: the
    /// catch-all, and actors named in the premise; if these are fewer than configured, also actors
    /// named earlier, then any others.
    pub candidates: Vec<ActorId>,
    /// The text that the model reads: the sentence, after the previous one if it refers back to
    /// that.
    pub premise: String,
    /// What a topic model reads: the headline and the sentences before it, then the sentence.
    pub passage: Passage,
    /// Topics that pass the gate.
    pub topics: Vec<TopicIndex>,
}

impl Context {
    /// Whether the premise names an actor.
    pub fn is_named(&self, actor: &ActorId) -> bool {
        self.mentions.iter().any(|m| m.actor == *actor) || self.before.contains(actor)
    }

    /// The words of the sentence that bytes of the passage's marked sentence are of, if there are
    /// any.
    pub(super) fn words(&self, marked: Range<usize>) -> Option<Span<NormalizedBytes>> {
        let span = self.passage.sentence.words(marked);
        let text = self.text.get(span.range())?;
        let start = span.start + (text.len() - text.trim_start().len());
        let words = text.trim();
        (!words.is_empty()).then(|| Span::new(start..start + words.len()))
    }

    /// Whether a model reads only the beginning of the sentence, however much it can read.
    pub(crate) fn is_cut(&self) -> bool {
        !self.topics.is_empty() && self.text.len() > SENTENCE_BYTES
    }

    /// A name of this actor: the first one in the sentence, otherwise the last one before it.
    pub fn name_of(&self, actor: &ActorId) -> Option<NamePlace> {
        let own = self.names.iter().find(|name| name.actor.as_ref() == Some(actor));
        let own = own.map(|name| NamePlace { sentence: self.sentence, span: name.span });
        own.or_else(|| self.last_names.iter().find(|(of, _)| of == actor).map(|(_, place)| *place))
    }

    fn named(&self) -> Named<'_> {
        Named { sentence: self.sentence, text: &self.text, mentions: &self.mentions, names: &self.names }
    }

    /// The candidates for source: the actors named in the premise, and the catch-all.
    pub fn reporters<'c>(&'c self, actors: &'c Actors) -> impl Iterator<Item = &'c ActorId> {
        self.candidates.iter().filter(|c| self.is_named(c) || actors.is_catch_all(c))
    }
}

/// The contexts of a document's sentences, in order.
pub fn contexts(sentences: &[TaggedText<'_>], codebook: &Codebook) -> Vec<Context> {
    let actors = &codebook.actors;
    // The actors named so far, those of the latest sentence first: statements over several
    // sentences mostly have the same holder.
    let mut recent: Vec<ActorId> = Vec::new();
    let mut last_names: Vec<(ActorId, NamePlace)> = Vec::new();
    let mut out: Vec<Context> = Vec::with_capacity(sentences.len());
    for (index, &TaggedText { text, entities, relevance }) in sentences.iter().enumerate() {
        let mentions = actors.find(text);
        let names = names(entities, &mentions);
        let leans =
            mentions.iter().all(|m| actors.is_catch_all(&m.actor)) || codebook.attribution.refers_back(text);
        let previous = out.last().filter(|_| leans);
        let (premise, mut before) = premise(text, &mentions, previous, &recent, actors);
        before.retain(|actor| mentions.iter().all(|m| m.actor != *actor));
        let passage = {
            let headline = out.first().filter(|_| index > 2);
            let nearest = out.iter().skip(index.saturating_sub(2));
            let earlier = headline.into_iter().chain(nearest).map(Context::named);
            let own = Named { sentence: index, text, mentions: &mentions, names: &names };
            Passage::of_last(&earlier.chain([own]).collect::<Vec<_>>(), &recent, actors)
        };
        let candidates = candidates(&mentions, &before, &recent, codebook);
        let admits = |t: &Topic| t.admits(text, relevance.get(&t.id).copied());
        let topics = codebook.topics.indexed().filter(|(_, t)| admits(t));
        let topics = topics.map(|(index, _)| index).collect();
        // Of the actors of one sentence the first counts as the nearest: it mostly is the subject.
        for mention in mentions.iter().rev().filter(|m| !actors.is_catch_all(&m.actor)) {
            recent.retain(|actor| *actor != mention.actor);
            recent.insert(0, mention.actor.clone());
        }
        let earlier = last_names.clone();
        for name in &names {
            let Some(actor) = &name.actor else { continue };
            last_names.retain(|(other, _)| other != actor);
            last_names.push((actor.clone(), NamePlace { sentence: index, span: name.span }));
        }
        out.push(Context {
            sentence: index,
            text: text.to_owned(),
            mentions,
            names,
            last_names: earlier,
            before,
            candidates,
            premise,
            passage,
            topics,
        });
    }
    out
}

/// The premise of a sentence, and the actors that it names before the sentence.
fn premise(
    text: &str,
    mentions: &[ActorMention],
    previous: Option<&Context>,
    recent: &[ActorId],
    actors: &Actors,
) -> (String, Vec<ActorId>) {
    let sentence = Marked::new(&text[..text.floor_char_boundary(SENTENCE_BYTES)], mentions).text;
    let Some(previous) = previous else { return (sentence, Vec::new()) };
    let (end, shown) = ending(&previous.text, &previous.mentions, WORDS_BEFORE);
    let mut before: Vec<ActorId> = shown.iter().map(|m| m.actor.clone()).collect();
    let end = Marked::new(end, &shown).text;
    let here: BTreeSet<&ActorId> = before.iter().chain(mentions.iter().map(|m| &m.actor)).collect();
    let one_at_most = here.iter().filter(|actor| !actors.is_catch_all(actor)).count() < 2;
    let Some(earlier) = recent.iter().find(|actor| one_at_most && !here.contains(actor)) else {
        return (format!("{end}{BEFORE}{sentence}"), before);
    };
    before.push(earlier.clone());
    (format!("{earlier}: {end}{BEFORE}{sentence}"), before)
}

/// The candidates for holder: the actors named in the premise, then others up to the configured
/// number, the catch-all and the narrator.
fn candidates(
    mentions: &[ActorMention],
    before: &[ActorId],
    recent: &[ActorId],
    codebook: &Codebook,
) -> Vec<ActorId> {
    let actors = &codebook.actors;
    let mut likely: Vec<&ActorId> = mentions.iter().map(|m| &m.actor).chain(before).collect();
    likely.retain(|actor| !actors.is_catch_all(actor));
    likely.sort_unstable();
    likely.dedup();
    for actor in recent.iter().chain(actors.iter().map(|a| &a.id)) {
        let more = likely.len() < codebook.attribution.candidates;
        if more && !actors.is_catch_all(actor) && !likely.contains(&actor) {
            likely.push(actor);
        }
    }
    let may = |actor: &&Actor| actor.catch_all || likely.contains(&&actor.id);
    let candidates = actors.iter().filter(may).map(|a| a.id.clone());
    candidates.chain([ActorId::narrator()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::Relevance;

    fn actor(name: &str) -> ActorId {
        let codebook = Codebook::built_in().expect("valid");
        codebook.actors.iter().find(|a| a.id.as_str() == name).expect("an actor").id.clone()
    }

    fn contexts_of(sentences: &[&str]) -> Vec<Context> {
        let codebook = Codebook::built_in().expect("valid");
        let relevance = Relevance::default();
        let tagged = |text| TaggedText { text, entities: &[], relevance: &relevance };
        let sentences: Vec<_> = sentences.iter().copied().map(tagged).collect();
        contexts(&sentences, &codebook)
    }

    #[test]
    fn a_place_or_person_is_followed_by_its_actor() {
        let found = contexts_of(&["Dar said Dar told the Indian side that New Delhi's refusal was noted."]);
        let expected =
            "Dar (Pakistan) said Dar told the Indian side that New Delhi (India)'s refusal was noted.";
        assert_eq!(found[0].premise, expected);
    }

    #[test]
    fn a_sentence_that_refers_back_is_read_after_the_previous_one() {
        let found = contexts_of(&["Islamabad said talks were off.", "It added that the offer stood."]);
        assert_eq!(
            found[1].premise,
            "Islamabad (Pakistan) said talks were off. » It added that the offer stood."
        );
        assert!(found[1].is_named(&actor("Pakistan")) && !found[1].is_named(&actor("India")));
    }

    #[test]
    fn a_sentence_that_names_its_own_actor_is_read_alone() {
        let found = contexts_of(&["Islamabad said talks were off.", "Delhi answered nothing."]);
        assert_eq!(found[1].premise, "Delhi (India) answered nothing.");
        assert!(found[1].is_named(&actor("India")) && !found[1].is_named(&actor("Pakistan")));
    }

    #[test]
    fn a_quotation_over_three_sentences_keeps_its_speaker() {
        let found =
            contexts_of(&["“We want calm,” Rubio said.", "“Nothing else helps.", "“Nor would threats."]);
        assert_eq!(found[2].premise, "United States: “Nothing else helps. » “Nor would threats.");
    }

    #[test]
    fn an_actor_in_the_truncated_part_of_a_sentence_is_only_prefixed() {
        let long = format!("Islamabad waited {} for the envoy.", "and waited ".repeat(30).trim());
        let found = contexts_of(&[&long, "It never wavered."]);
        assert!(found[1].premise.starts_with("Pakistan: "), "{}", found[1].premise);
        let two = format!("Islamabad waited {} for Rubio.", "and waited ".repeat(30).trim());
        let found = contexts_of(&[&two, "It never wavered."]);
        assert!(found[1].premise.starts_with("Pakistan: "), "{}", found[1].premise);
        assert!(found[1].premise.contains("Rubio (United States). » It"), "{}", found[1].premise);
    }

    #[test]
    fn if_one_actor_is_named_the_one_named_earlier_is_prefixed() {
        let found =
            contexts_of(&["Misri spoke.", "Nobody called Washington, he said.", "Nor did it call him."]);
        assert_eq!(
            found[2].premise,
            "India: Nobody called Washington (United States), he said. » Nor did it call him."
        );
    }

    #[test]
    fn actors_in_the_premise_are_candidates_then_others_up_to_the_configured_number() {
        let candidates = |configured: usize| {
            let mut codebook = Codebook::built_in().expect("valid");
            codebook.attribution.candidates = configured;
            let relevance = Relevance::default();
            let texts = ["Washington spoke.", "Delhi and Islamabad spoke.", "Nobody spoke."];
            let texts = texts.map(|text| TaggedText { text, entities: &[], relevance: &relevance });
            let found = contexts(&texts, &codebook);
            found.into_iter().map(|r| r.candidates.len() - 2).collect::<Vec<_>>()
        };
        assert_eq!(candidates(0), [1, 2, 2]);
        assert_eq!(candidates(2), [2, 2, 2]);
        assert_eq!(candidates(3), [3, 3, 3]);
    }

    #[test]
    fn a_long_previous_sentence_is_truncated_to_its_end() {
        let long = format!("{} Islamabad waited.", "word ".repeat(90).trim());
        let found = contexts_of(&[&long, "It never wavered."]);
        assert!(found[1].premise.split_whitespace().count() < 60);
        assert!(found[1].premise.contains("waited. » It never wavered."));
        let unbroken = "औ".repeat(5000);
        let found = contexts_of(&[&unbroken, "It never wavered.", &unbroken]);
        assert!(found[1].premise.len() < 500 && found[1].premise.ends_with("It never wavered."));
        assert!(found[2].premise.len() < 5000);
    }
}
