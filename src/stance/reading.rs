//! Who a sentence names, who speaks in it, and who is carried over from the one before.

use std::ops::Range;

use crate::config::{ActorMention, Attribution, Configuration};

/// How far a speaker may stand from the verb, in bytes.
const REACH: usize = 90;

/// Names of one actor that are asked for: each costs a pass of the model.
const NAMES_EACH: usize = 3;

/// Someone who may hold a stance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The holder that records carry.
    pub actor: String,
    /// How hypotheses name it.
    pub phrase: String,
    /// Whether it comes from the sentence before.
    pub carried: bool,
}

/// Someone who says something in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// The actor.
    pub actor: String,
    /// How hypotheses name it.
    pub phrase: String,
    /// The cue that tells, as written.
    pub cue: String,
    /// Bytes of the cue.
    pub range: Range<usize>,
    /// Whether it comes from the sentence before.
    pub carried: bool,
}

/// A sentence as the stance stage reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The sentence, white space made single.
    pub text: String,
    /// Actors it names, from left to right.
    pub mentions: Vec<ActorMention>,
    /// Who speaks, the outermost first.
    pub speakers: Vec<Speaker>,
    /// Who may hold a stance, each name once.
    pub candidates: Vec<Candidate>,
    /// Topics (by index) that the gate lets through.
    pub topics: Vec<usize>,
}

/// Reads the sentences of a document in order.
pub fn read(sentences: &[String], configuration: &Configuration) -> Vec<Reading> {
    let mut before: Option<Speaker> = None;
    let mut out = Vec::with_capacity(sentences.len());
    for text in sentences {
        let mentions = configuration.actors.find(text);
        let attribution = &configuration.attribution;
        let refers_back = attribution.pronouns.is_match(text)
            || text.starts_with(['"', '“', '‘', '\''])
            || (mentions.is_empty() && attribution.verbs.is_match(text));
        let carried = before.take().filter(|_| refers_back);
        let speakers = speakers(text, &mentions, carried.as_ref(), attribution);
        let mut candidates: Vec<Candidate> = Vec::new();
        let named = mentions.iter().map(|m| (&m.actor, &m.phrase, false));
        let back = carried.iter().filter(|_| speakers.iter().all(|s| s.carried));
        for (actor, phrase, carried) in named.chain(back.map(|s| (&s.actor, &s.phrase, true))) {
            let named = candidates.iter().filter(|c| c.actor == *actor).count();
            let known = candidates.iter().any(|c| c.phrase.eq_ignore_ascii_case(phrase));
            if !known && named < NAMES_EACH {
                candidates.push(Candidate { actor: actor.clone(), phrase: phrase.clone(), carried });
            }
        }
        let topics = configuration.topics.iter().enumerate();
        let topics = topics.filter(|(_, t)| t.admits(text, !mentions.is_empty())).map(|(i, _)| i).collect();
        // The next sentence may go on about who speaks here, or about whom this one is.
        before = speakers.first().cloned().or(carried).or_else(|| mentions.first().map(as_speaker));
        out.push(Reading { text: text.clone(), mentions, speakers, candidates, topics });
    }
    out
}

fn as_speaker(mention: &ActorMention) -> Speaker {
    Speaker {
        actor: mention.actor.clone(),
        phrase: mention.phrase.clone(),
        cue: String::new(),
        range: mention.range.clone(),
        carried: false,
    }
}

/// Speakers by attribution cues, those of the widest scope first.
fn speakers(
    text: &str,
    mentions: &[ActorMention],
    carried: Option<&Speaker>,
    attribution: &Attribution,
) -> Vec<Speaker> {
    let mut found: Vec<Speaker> = Vec::new();
    let mut add = |mention: Option<&ActorMention>, cue: regex::Match<'_>| {
        let speaker = match (mention, carried) {
            (Some(mention), _) => {
                Speaker { range: cue.range(), cue: cue.as_str().into(), ..as_speaker(mention) }
            }
            (None, Some(carried)) => {
                Speaker { range: cue.range(), cue: cue.as_str().into(), carried: true, ..carried.clone() }
            }
            (None, None) => return,
        };
        if !found.iter().any(|s| s.actor == speaker.actor && s.phrase == speaker.phrase) {
            found.push(speaker);
        }
    };
    for cue in attribution.verbs.find_iter(text) {
        let ahead = nearest_before(text, mentions, cue.start());
        // "Dar, conceded" closes an aside; ", said Dar" is the other way round.
        let aside = ahead.is_some_and(|m| text[m.range.end..cue.start()].trim() == ",");
        let inverted = !aside && text[..cue.start()].trim_end().ends_with([',', '"', '”', '’']);
        let behind = nearest_after(text, mentions, cue.end());
        add(if inverted { behind.or(ahead) } else { ahead }, cue);
    }
    for cue in attribution.prepositions.find_iter(text) {
        add(nearest_after(text, mentions, cue.end()), cue);
    }
    // "…, Dar said" and "according to Dar, …" rule the whole sentence; inside, the first rules the rest.
    let outermost = |s: &Speaker| {
        let trailing =
            text[s.range.end..].chars().count() <= 60 && text[..s.range.start].contains(['"', '”', ',']);
        let leading = attribution.prepositions.is_match(&s.cue);
        if trailing || leading { 0 } else { s.range.start + 1 }
    };
    found.sort_by_key(outermost);
    found
}

/// The closest mention that ends before `at`, within reach and within the clause.
fn nearest_before<'a>(text: &str, mentions: &'a [ActorMention], at: usize) -> Option<&'a ActorMention> {
    mentions.iter().rev().find(|m| m.range.end <= at).filter(|m| {
        let between = &text[m.range.end..at];
        between.len() <= REACH && !between.contains([';', '—', '"', '“', '”', ':'])
    })
}

/// The closest mention that begins after `at`, within reach and within the clause.
fn nearest_after<'a>(text: &str, mentions: &'a [ActorMention], at: usize) -> Option<&'a ActorMention> {
    mentions.iter().find(|m| m.range.start >= at).filter(|m| {
        let between = &text[at..m.range.start];
        between.len() <= REACH && !between.contains([',', ';', '—', '"', '“', '”', ':'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigFiles;

    fn speakers_of(sentences: &[&str]) -> Vec<Vec<String>> {
        let configuration = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let sentences: Vec<String> = sentences.iter().map(|s| s.to_string()).collect();
        let readings = read(&sentences, &configuration);
        readings.iter().map(|r| r.speakers.iter().map(|s| s.phrase.clone()).collect()).collect()
    }

    #[test]
    fn a_speaker_stands_before_the_verb_or_behind_after_a_quotation() {
        assert_eq!(speakers_of(&["Islamabad said on Monday that talks were off."]), [["Islamabad"]]);
        assert_eq!(speakers_of(&["“Talks are off,” said Islamabad."]), [["Islamabad"]]);
        assert_eq!(
            speakers_of(&["Its mouthpiece, Islamabad, said in Doha that talks were off."]),
            [["Islamabad"]]
        );
        assert_eq!(speakers_of(&["According to Beijing, talks are off."]), [["Beijing"]]);
    }

    #[test]
    fn nested_speakers_come_outermost_first() {
        let found = speakers_of(&["Islamabad said Delhi had told Beijing that talks were off."]);
        assert_eq!(found, [["Islamabad", "Delhi"]]);
    }

    #[test]
    fn a_pronoun_carries_the_speaker_over() {
        let found = speakers_of(&["Islamabad said talks were off.", "It added that the offer stood."]);
        assert_eq!(found[1], ["Islamabad"]);
    }

    #[test]
    fn a_sentence_that_names_its_own_speaker_carries_nobody() {
        let configuration = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let sentences = ["Islamabad said talks were off.".to_string(), "Delhi said nothing.".to_string()];
        let readings = read(&sentences, &configuration);
        assert!(readings[1].candidates.iter().all(|c| c.actor == "India"));
    }
}
