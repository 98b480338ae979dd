//! Questions: what the NLI model is asked about a sentence, in three rounds.
//!
//! First whether anyone takes a stance; of a stance that is taken, who; of a claim, who reports it.
//! So most sentences cost a question a stance, and few are asked about every actor. A model that knows roles says all
//! three to the first round's questions.

use super::decide::{Taken, Verdict, needs_holders, taken};
use super::{NARRATOR, Reading};
use crate::config::{Configuration, HOLDER, Topics};

/// What a question asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aspect {
    /// Whether anyone takes the stance.
    Stance,
    /// Whether this holder does.
    Holder(String),
    /// Whether `source` reports the claim of `holder`.
    Source {
        /// Whose claim it is.
        holder: String,
        /// Who may report it.
        source: String,
    },
}

/// One hypothesis about a sentence's premise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Index of the topic.
    pub topic: usize,
    /// Index of the stance in the topic.
    pub stance: usize,
    /// What is asked for.
    pub aspect: Aspect,
    /// The hypothesis, its slots filled.
    pub hypothesis: String,
}

/// The first round: each stance of the topics that the gate lets through.
pub fn stances(reading: &Reading, _: &[Verdict<'_>], configuration: &Configuration) -> Vec<Question> {
    let topics = &configuration.topics;
    let all = reading.topics.iter().flat_map(|&t| (0..topics[t].stances.len()).map(move |s| (t, s)));
    let ask = |(topic, stance)| Question {
        topic,
        stance,
        aspect: Aspect::Stance,
        hypothesis: capitalised(filled(topics, topic, stance, &configuration.actors.anyone)),
    };
    all.map(ask).collect()
}

/// The second round: the candidates for each stance that is at or above its floor.
pub fn holders(reading: &Reading, verdicts: &[Verdict<'_>], configuration: &Configuration) -> Vec<Question> {
    let topics = &configuration.topics;
    let open = verdicts.iter().filter(|v| needs_holders(v, configuration));
    open.flat_map(|v| {
        let (topic, stance) = (v.question.topic, v.question.stance);
        reading.candidates.iter().map(move |holder| Question {
            topic,
            stance,
            aspect: Aspect::Holder(holder.clone()),
            hypothesis: capitalised(filled(topics, topic, stance, configuration.actors.phrase(holder))),
        })
    })
    .collect()
}

/// The third round: who else may report each claim.
pub fn sources(reading: &Reading, verdicts: &[Verdict<'_>], configuration: &Configuration) -> Vec<Question> {
    let (topics, actors) = (&configuration.topics, &configuration.actors);
    let open = |t: &Taken<'_>| t.holder != NARRATOR && t.stance.answer.roles.is_empty();
    let claims = taken(verdicts, configuration).into_iter().filter(open);
    claims
        .flat_map(|t| {
            let Question { topic, stance, .. } = *t.stance.question;
            let claim = filled(topics, topic, stance, actors.phrase(t.holder));
            let others = reading.reporters(actors).filter(move |c| *c != t.holder);
            others.map(move |source| Question {
                topic,
                stance,
                aspect: Aspect::Source { holder: t.holder.to_owned(), source: source.to_owned() },
                hypothesis: capitalised(
                    configuration.attribution.source_hypothesis(actors.phrase(source), &claim),
                ),
            })
        })
        .collect()
}

/// The longest hypothesis of each stance, in every slot the longest phrase: what the model must have room for.
pub fn longest(configuration: &Configuration) -> Vec<String> {
    let actors = &configuration.actors;
    let phrases = actors.all.iter().map(|a| &a.phrase).chain([&actors.anyone, &actors.narrator]);
    let phrase = phrases.max_by_key(|p| p.len()).map_or("", |p| p);
    let templates = configuration.topics.iter().flat_map(|t| &t.stances).map(|s| &s.hypothesis);
    let source = |t: &String| configuration.attribution.source_hypothesis(phrase, &t.replace(HOLDER, phrase));
    templates.map(source).collect()
}

fn filled(topics: &Topics, topic: usize, stance: usize, phrase: &str) -> String {
    topics[topic].stances[stance].hypothesis.replace(HOLDER, phrase)
}

/// The first letter made a capital: a phrase such as "the United States" may begin a hypothesis.
fn capitalised(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
