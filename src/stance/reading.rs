//! How the stance stage reads a sentence: who is named in it and before it, and which topics it may touch.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Actor, ActorMention, Actors, Configuration, Topic};

/// Stands between a sentence and the one before it in a premise.
const BEFORE: &str = " » ";

/// Words that a premise takes of the sentence before, its last ones.
const WORDS_BEFORE: usize = 40;

/// Bytes that a premise takes of a sentence: far more than the model's longest sequence, far less than
/// a text without a full stop.
const SENTENCE_BYTES: usize = 4096;

/// Bytes that it takes of the sentence before.
const BYTES_BEFORE: usize = 400;

/// Topics that a model knows, by id, with the probability that a sentence touches them.
pub type Relevance = BTreeMap<String, f64>;

/// A sentence as the stance stage reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The sentence, white space made single.
    pub text: String,
    /// Actors it names, from left to right.
    pub mentions: Vec<ActorMention>,
    /// Actors that only what is read before names.
    pub before: Vec<String>,
    /// Who may hold a stance, in the order of the configuration, the narrator last: the catch-all, actors
    /// named here or in what is read before; where these are fewer than configured, earlier ones, then any.
    pub candidates: Vec<String>,
    /// What the model reads: the sentence, behind the one before if it leans on that.
    pub premise: String,
    /// Topics (by index) that the gate lets through.
    pub topics: Vec<usize>,
}

impl Reading {
    /// Whether the sentence, or what is read before it, names an actor.
    pub fn names(&self, actor: &str) -> bool {
        self.mentions.iter().any(|m| m.actor == actor) || self.before.iter().any(|name| name == actor)
    }

    /// Who may report what others say: the actors in sight and the catch-all.
    pub fn reporters<'r>(&'r self, actors: &'r Actors) -> impl Iterator<Item = &'r str> {
        self.candidates.iter().map(String::as_str).filter(|c| self.names(c) || actors.is_catch_all(c))
    }
}

/// Reads the sentences of a document in order.
pub fn read(sentences: &[(&str, &Relevance)], configuration: &Configuration) -> Vec<Reading> {
    let actors = &configuration.actors;
    // Who was named so far, the latest sentence's first: what goes on over several sentences is mostly still theirs.
    let mut recent: Vec<String> = Vec::new();
    let mut out: Vec<Reading> = Vec::with_capacity(sentences.len());
    for &(text, relevance) in sentences {
        let mentions = actors.find(text);
        let leans = mentions.iter().all(|m| actors.is_catch_all(&m.actor))
            || configuration.attribution.refers_back(text);
        let previous = out.last().filter(|_| leans);
        let (premise, mut before) = premise(text, &mentions, previous, &recent, actors);
        before.retain(|actor| mentions.iter().all(|m| m.actor != *actor));
        let candidates = candidates(&mentions, &before, &recent, configuration);
        let admits = |t: &Topic| t.admits(text, relevance.get(&t.id).copied());
        let topics = configuration.topics.iter().enumerate();
        let topics = topics.filter(|(_, t)| admits(t)).map(|(i, _)| i).collect();
        // Of those named together the first stands nearest: it mostly is the subject.
        for mention in mentions.iter().rev().filter(|m| !actors.is_catch_all(&m.actor)) {
            recent.retain(|name| *name != mention.actor);
            recent.insert(0, mention.actor.clone());
        }
        out.push(Reading { text: text.to_owned(), mentions, before, candidates, premise, topics });
    }
    out
}

/// What the model reads of a sentence, and the actors that it shows in front of it.
fn premise(
    text: &str,
    mentions: &[ActorMention],
    previous: Option<&Reading>,
    recent: &[String],
    actors: &Actors,
) -> (String, Vec<String>) {
    let sentence = marked(&text[..text.floor_char_boundary(SENTENCE_BYTES)], mentions);
    let Some(previous) = previous else { return (sentence, Vec::new()) };
    let (end, shown) = ending(&previous.text, &previous.mentions);
    let mut before: Vec<String> = shown.iter().map(|m| m.actor.clone()).collect();
    let end = marked(end, &shown);
    let here: BTreeSet<&String> = before.iter().chain(mentions.iter().map(|m| &m.actor)).collect();
    let one_at_most = here.iter().filter(|name| !actors.is_catch_all(name)).count() < 2;
    let Some(earlier) = recent.iter().find(|name| one_at_most && !here.contains(name)) else {
        return (format!("{end}{BEFORE}{sentence}"), before);
    };
    before.push(earlier.clone());
    (format!("{earlier}: {end}{BEFORE}{sentence}"), before)
}

/// Who may hold a stance: those in sight, then others up to the configured number, the catch-all and the narrator.
fn candidates(
    mentions: &[ActorMention],
    before: &[String],
    recent: &[String],
    configuration: &Configuration,
) -> Vec<String> {
    let actors = &configuration.actors;
    let mut likely: Vec<&str> = mentions.iter().map(|m| &m.actor).chain(before).map(String::as_str).collect();
    likely.retain(|name| !actors.is_catch_all(name));
    likely.sort_unstable();
    likely.dedup();
    for name in recent.iter().chain(actors.all.iter().map(|a| &a.name)) {
        let more = likely.len() < configuration.attribution.candidates;
        if more && !actors.is_catch_all(name) && !likely.contains(&name.as_str()) {
            likely.push(name);
        }
    }
    let may = |actor: &&Actor| actor.catch_all || likely.contains(&actor.name.as_str());
    let candidates = actors.all.iter().filter(may).map(|a| a.name.clone());
    candidates.chain([super::NARRATOR.to_owned()]).collect()
}

/// A text with the actor's name behind each opaque name where it first stands: "Misri (India)".
fn marked(text: &str, mentions: &[ActorMention]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    let mut seen: Vec<&str> = Vec::new();
    for mention in mentions.iter().filter(|m| m.opaque) {
        // A mention behind the end of a text that was cut.
        let Some(name) = text.get(mention.range.clone()) else { break };
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        out.push_str(&text[at..mention.range.end]);
        out.push_str(&format!(" ({})", mention.actor));
        at = mention.range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The last words of a text, and the mentions that stand whole in them.
fn ending<'t>(text: &'t str, mentions: &[ActorMention]) -> (&'t str, Vec<ActorMention>) {
    let from = text.ceil_char_boundary(text.len().saturating_sub(BYTES_BEFORE));
    let mut spaces = text[from..].rmatch_indices(' ').map(|(at, _)| from + at);
    let from = spaces.nth(WORDS_BEFORE - 1).map_or(from, |at| at + 1);
    let moved =
        |m: &ActorMention| ActorMention { range: m.range.start - from..m.range.end - from, ..m.clone() };
    (&text[from..], mentions.iter().filter(|m| m.range.start >= from).map(moved).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigFiles;

    fn readings(sentences: &[&str]) -> Vec<Reading> {
        let configuration = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let relevance = Relevance::default();
        let sentences: Vec<_> = sentences.iter().map(|s| (*s, &relevance)).collect();
        read(&sentences, &configuration)
    }

    #[test]
    fn a_seat_or_person_is_read_with_its_side() {
        let found = readings(&["Dar said Dar told the Indian side that New Delhi's refusal was noted."]);
        let expected =
            "Dar (Pakistan) said Dar told the Indian side that New Delhi (India)'s refusal was noted.";
        assert_eq!(found[0].premise, expected);
    }

    #[test]
    fn a_sentence_that_leans_on_the_one_before_is_read_behind_it() {
        let found = readings(&["Islamabad said talks were off.", "It added that the offer stood."]);
        assert_eq!(
            found[1].premise,
            "Islamabad (Pakistan) said talks were off. » It added that the offer stood."
        );
        assert!(found[1].names("Pakistan") && !found[1].names("India"));
    }

    #[test]
    fn a_sentence_that_names_its_own_actor_stands_alone() {
        let found = readings(&["Islamabad said talks were off.", "Delhi answered nothing."]);
        assert_eq!(found[1].premise, "Delhi (India) answered nothing.");
        assert!(found[1].names("India") && !found[1].names("Pakistan"));
    }

    #[test]
    fn a_quotation_over_three_sentences_keeps_its_speaker() {
        let found = readings(&["“We want calm,” Rubio said.", "“Nothing else helps.", "“Nor would threats."]);
        assert_eq!(found[2].premise, "United States: “Nothing else helps. » “Nor would threats.");
    }

    #[test]
    fn an_actor_cut_away_with_the_beginning_of_a_sentence_is_not_in_sight_but_stands_in_front() {
        let long = format!("Islamabad waited {} for the envoy.", "and waited ".repeat(30).trim());
        let found = readings(&[&long, "It never wavered."]);
        assert!(found[1].premise.starts_with("Pakistan: "), "{}", found[1].premise);
        let two = format!("Islamabad waited {} for Rubio.", "and waited ".repeat(30).trim());
        let found = readings(&[&two, "It never wavered."]);
        assert!(found[1].premise.starts_with("Pakistan: "), "{}", found[1].premise);
        assert!(found[1].premise.contains("Rubio (United States). » It"), "{}", found[1].premise);
    }

    #[test]
    fn where_one_side_is_in_sight_the_one_named_earlier_goes_ahead() {
        let found = readings(&["Misri spoke.", "Nobody called Washington, he said.", "Nor did it call him."]);
        assert_eq!(
            found[2].premise,
            "India: Nobody called Washington (United States), he said. » Nor did it call him."
        );
    }

    #[test]
    fn whoever_is_in_sight_may_hold_a_stance_and_then_others_up_to_the_configured_number() {
        let candidates = |configured: usize| {
            let mut configuration = Configuration::load(&ConfigFiles::default()).expect("embedded");
            configuration.attribution.candidates = configured;
            let relevance = Relevance::default();
            let texts =
                ["Washington spoke.", "Delhi and Islamabad spoke.", "Nobody spoke."].map(|t| (t, &relevance));
            let found = read(&texts, &configuration);
            found.into_iter().map(|r| r.candidates.len() - 2).collect::<Vec<_>>()
        };
        assert_eq!(candidates(0), [1, 2, 2]);
        assert_eq!(candidates(2), [2, 2, 2]);
        assert_eq!(candidates(3), [3, 3, 3]);
    }

    #[test]
    fn a_long_sentence_before_is_cut_to_its_end() {
        let long = format!("{} Islamabad waited.", "word ".repeat(90).trim());
        let found = readings(&[&long, "It never wavered."]);
        assert!(found[1].premise.split_whitespace().count() < 60);
        assert!(found[1].premise.contains("waited. » It never wavered."));
        let unbroken = "औ".repeat(5000);
        let found = readings(&[&unbroken, "It never wavered.", &unbroken]);
        assert!(found[1].premise.len() < 500 && found[1].premise.ends_with("It never wavered."));
        assert!(found[2].premise.len() < 5000);
    }
}
