//! Topics: what is asked of a sentence.

use std::collections::HashSet;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};

/// The slot of a hypothesis that an actor fills.
pub const HOLDER: &str = "{holder}";

/// One stance of a topic, with the hypothesis that stands for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stance {
    /// Name in records.
    pub id: String,
    /// What the sentence says if someone takes this stance; the [`HOLDER`] slot is theirs.
    pub hypothesis: String,
    /// Score from which a claim counts.
    pub threshold: f64,
    /// Score from which it is kept for the reviewer.
    pub floor: f64,
    /// Whether a holder may take it beside another stance of the topic, which it does not oppose.
    #[serde(default)]
    pub beside: bool,
}

/// One topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Name in records.
    pub id: String,
    /// What it is about, for people.
    pub title: String,
    /// Its stances.
    pub stances: Vec<Stance>,
    /// Probability of a claim, by the entity model, from which the topic is asked about.
    pub relevance: Option<f64>,
    gate: Option<RegexSet>,
}

impl Topic {
    /// Whether a sentence may be about this topic.
    ///
    /// What relevance the entity model sees decides, if it knows the topic and the topic sets a bound for
    /// it; else the regular expressions; without any of these, every sentence passes.
    pub fn admits(&self, sentence: &str, relevance: Option<f64>) -> bool {
        match (relevance, self.relevance, &self.gate) {
            (Some(relevance), Some(bound), _) => relevance >= bound,
            (_, _, Some(gate)) => gate.is_match(sentence),
            (_, _, None) => true,
        }
    }
}

/// A topic's place among a configuration's topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TopicIndex(usize);

/// A stance's place: its topic's, and its own among the topic's stances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StanceIndex {
    /// Where the topic stands.
    pub topic: TopicIndex,
    stance: usize,
}

/// All topics of a configuration.
#[derive(Debug, Clone)]
pub struct Topics(Vec<Topic>);

/// Why topics can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// They are no such TOML.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// There is none.
    #[error("no [[topic]]: add at least one")]
    NoTopic,
    /// Two topics have one id.
    #[error("topic {0:?} is given twice")]
    TopicTwice(String),
    /// A topic has no stance.
    #[error("topic {0:?} has no [[topic.stance]]")]
    NoStance(String),
    /// A topic's bound of relevance is no probability.
    #[error("topic {topic:?}: relevance {bound} must lie within 0 to 1")]
    Relevance {
        /// The topic.
        topic: String,
        /// The bound.
        bound: f64,
    },
    /// A pattern of a topic's gate is no regular expression.
    #[error("topic {topic:?}, gate {pattern:?}: {source}")]
    Gate {
        /// The topic.
        topic: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: regex::Error,
    },
    /// Two stances of a topic have one id.
    #[error("topic {topic:?}, stance {stance:?} is given twice")]
    StanceTwice {
        /// The topic.
        topic: String,
        /// The stance.
        stance: String,
    },
    /// A hypothesis names no holder.
    #[error("topic {topic:?}, stance {stance:?}: hypothesis {hypothesis:?} has no {HOLDER} slot; add one")]
    NoHolder {
        /// The topic.
        topic: String,
        /// The stance.
        stance: String,
        /// Its hypothesis.
        hypothesis: String,
    },
    /// A stance's bounds are no probabilities that rise.
    #[error(
        "topic {topic:?}, stance {stance:?}: floor {floor} and threshold {threshold} must rise within 0 to 1"
    )]
    Bounds {
        /// The topic.
        topic: String,
        /// The stance.
        stance: String,
        /// Its floor.
        floor: f64,
        /// Its threshold.
        threshold: f64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicsToml {
    topic: Vec<TopicToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicToml {
    id: String,
    title: String,
    #[serde(default)]
    gate: Vec<String>,
    relevance: Option<f64>,
    stance: Vec<Stance>,
}

impl Topics {
    /// Reads and checks `topics.toml`.
    ///
    /// # Errors
    /// [`TopicsError`], naming the topic and stance.
    pub fn from_toml(text: &str) -> Result<Self, TopicsError> {
        let listing: TopicsToml = toml::from_str(text)?;
        if listing.topic.is_empty() {
            return Err(TopicsError::NoTopic);
        }
        let mut seen = HashSet::new();
        for topic in &listing.topic {
            if !seen.insert(topic.id.clone()) {
                return Err(TopicsError::TopicTwice(topic.id.clone()));
            }
        }
        listing.topic.into_iter().map(TopicToml::compile).collect::<Result<_, _>>().map(Self)
    }

    /// All topics in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Topic> {
        self.0.iter()
    }

    /// All topics with their places.
    pub fn indexed(&self) -> impl Iterator<Item = (TopicIndex, &Topic)> {
        self.0.iter().enumerate().map(|(at, topic)| (TopicIndex(at), topic))
    }

    /// The topic at a place.
    ///
    /// # Panics
    /// If the place is one of other topics than these.
    pub fn topic(&self, index: TopicIndex) -> &Topic {
        &self.0[index.0]
    }

    /// The stance at a place.
    ///
    /// # Panics
    /// If the place is one of other topics than these.
    pub fn stance(&self, index: StanceIndex) -> &Stance {
        &self.topic(index.topic).stances[index.stance]
    }

    /// The places of a topic's stances, in their order.
    pub fn stances(&self, topic: TopicIndex) -> impl Iterator<Item = StanceIndex> {
        (0..self.topic(topic).stances.len()).map(move |stance| StanceIndex { topic, stance })
    }
}

impl TopicToml {
    fn compile(self) -> Result<Topic, TopicsError> {
        let Self { id, title, gate, relevance, stance: stances } = self;
        if stances.is_empty() {
            return Err(TopicsError::NoStance(id));
        }
        if let Some(bound) = relevance.filter(|bound| !(0.0..=1.0).contains(bound)) {
            return Err(TopicsError::Relevance { topic: id, bound });
        }
        let mut seen = HashSet::new();
        for stance in &stances {
            if !seen.insert(&stance.id) {
                return Err(TopicsError::StanceTwice { topic: id, stance: stance.id.clone() });
            }
            stance.check(&id)?;
        }
        let gate = (!gate.is_empty()).then(|| compiled(&id, &gate)).transpose()?;
        Ok(Topic { id, title, stances, relevance, gate })
    }
}

/// The patterns of a topic's gate, each at the start of a word, in any case.
fn compiled(topic: &str, patterns: &[String]) -> Result<RegexSet, TopicsError> {
    let wrong = |pattern: &str| {
        let (topic, pattern) = (topic.to_owned(), pattern.to_owned());
        move |source| TopicsError::Gate { topic, pattern, source }
    };
    // Each pattern by itself first, so that the error names the one that is wrong.
    for pattern in patterns {
        Regex::new(pattern).map_err(wrong(pattern))?;
    }
    RegexSetBuilder::new(patterns.iter().map(|p| format!(r"\b(?:{p})")))
        .case_insensitive(true)
        .build()
        .map_err(wrong(&patterns.join("|")))
}

impl Stance {
    fn check(&self, topic: &str) -> Result<(), TopicsError> {
        let Self { hypothesis, floor, threshold, .. } = self;
        let (topic, stance) = (topic.to_owned(), self.id.clone());
        if !hypothesis.contains(HOLDER) {
            let hypothesis = hypothesis.clone();
            return Err(TopicsError::NoHolder { topic, stance, hypothesis });
        }
        if !(0.0..=1.0).contains(floor) || !(*floor..=1.0).contains(threshold) {
            let (floor, threshold) = (*floor, *threshold);
            return Err(TopicsError::Bounds { topic, stance, floor, threshold });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = r#"
        [[topic]]
        id = "visas"
        title = "Visas"
        gate = ['visas?\b', 'consul']
        [[topic.stance]]
        id = "eases"
        hypothesis = "{holder} eases visas."
        threshold = 0.8
        floor = 0.5
    "#;

    fn first(topics: &Topics) -> &Topic {
        topics.iter().next().expect("a topic")
    }

    #[test]
    fn the_built_in_topics_are_valid() {
        let topics = Topics::from_toml(include_str!("../../config/topics.toml")).expect("valid");
        let ids: Vec<&str> = topics.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, ["mediation", "ceasefire_credit", "civilian_casualties"]);
    }

    #[test]
    fn a_gate_matches_at_the_start_of_words_in_any_case() {
        let topics = Topics::from_toml(TOPIC).expect("valid");
        assert!(first(&topics).admits("Consular services resume", None));
        assert!(!first(&topics).admits("Advisas are no word, and nor is preconsular", None));
    }

    #[test]
    fn relevance_decides_where_the_model_knows_the_topic() {
        let text = TOPIC.replace("gate =", "relevance = 0.1\n        gate =");
        let topics = Topics::from_toml(&text).expect("valid");
        assert!(first(&topics).admits("Anything", Some(0.1)));
        assert!(!first(&topics).admits("Visas", Some(0.09)));
        assert!(first(&topics).admits("Visas", None));
    }

    #[test]
    fn a_topic_without_a_gate_asks_every_sentence() {
        let topics = Topics::from_toml(&TOPIC.replace("gate = ['visas?\\b', 'consul']", "")).expect("valid");
        assert!(first(&topics).admits("Anything", None));
    }

    #[test]
    fn errors_name_the_topic_the_stance_and_the_mend() {
        let slot =
            Topics::from_toml(&TOPIC.replace("{holder} eases", "It eases")).expect_err("no slot").to_string();
        assert!(slot.contains("visas") && slot.contains("eases") && slot.contains("{holder}"), "{slot}");
        let order =
            Topics::from_toml(&TOPIC.replace("0.5", "0.9")).expect_err("floor above threshold").to_string();
        assert!(order.contains("floor 0.9"), "{order}");
        assert!(
            Topics::from_toml(&TOPIC.replace("consul", "(")).expect_err("regex").to_string().contains("gate")
        );
        assert!(
            Topics::from_toml(&TOPIC.replace("title", "titel"))
                .expect_err("key")
                .to_string()
                .contains("titel")
        );
        let bound = Topics::from_toml(&TOPIC.replace("title", "relevance = 5.0\n        title"));
        assert!(bound.expect_err("bound").to_string().contains("relevance 5"));
        assert!(Topics::from_toml(&TOPIC.repeat(2)).expect_err("twice").to_string().contains("twice"));
    }
}
