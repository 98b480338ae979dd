//! Topics, their stances and hypotheses.

use std::collections::HashSet;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};

/// The slot for the holder in a hypothesis.
pub const HOLDER: &str = "{holder}";

/// One stance of a topic, with its hypothesis.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stance {
    /// Its name in records.
    pub id: String,
    /// The sentence that follows from a text that takes this stance; [`HOLDER`] is the slot for the
    /// holder.
    pub hypothesis: String,
    /// Claims with at least this score count; `None`: the threshold of the model.
    pub threshold: Option<f64>,
    /// Claims with at least this score are kept for the reviewer; `None`: [`Bounds::FLOOR`].
    pub floor: Option<f64>,
    /// Whether a holder may take it together with another stance of the topic, which it does not
    /// oppose.
    #[serde(default)]
    pub beside: bool,
}

/// Which scores a claim needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// To count.
    pub threshold: f64,
    /// To be kept for the reviewer.
    pub floor: f64,
}

impl Bounds {
    /// The threshold for a model that has none.
    pub const THRESHOLD: f64 = 0.5;
    /// The floor of a stance that has none.
    pub const FLOOR: f64 = 0.1;

    /// The bounds of a stance, with this threshold if it has none.
    pub fn of(stance: &Stance, threshold: f64) -> Self {
        let threshold = stance.threshold.unwrap_or(threshold.max(stance.floor.unwrap_or(0.0)));
        Self { threshold, floor: stance.floor.unwrap_or(Self::FLOOR.min(threshold)) }
    }
}

/// One topic.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name in records.
    pub id: String,
    /// Its title, for people.
    pub title: String,
    /// Its stances.
    pub stances: Vec<Stance>,
    /// The topic is asked about if the entity model gives a claim on it at least this probability.
    pub relevance: Option<f64>,
    gate: Option<RegexSet>,
}

impl Topic {
    /// Whether a sentence may be about this topic.
    ///
    /// If the entity model knows the topic and the topic sets `relevance`, the probability decides;
    /// otherwise the regular expressions. Without either, every sentence passes.
    pub fn admits(&self, sentence: &str, relevance: Option<f64>) -> bool {
        match (relevance, self.relevance, &self.gate) {
            (Some(relevance), Some(bound), _) => relevance >= bound,
            (_, _, Some(gate)) => gate.is_match(sentence),
            (_, _, None) => true,
        }
    }
}

/// The index of a topic in a configuration's topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TopicIndex(usize);

/// The index of a stance: that of its topic, and its own among the topic's stances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StanceIndex {
    /// The index of the topic.
    pub topic: TopicIndex,
    stance: usize,
}

/// All topics of a configuration.
#[derive(Debug, Clone)]
pub struct Topics(Vec<Topic>);

/// The reason why topics are invalid.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// The text is not TOML of this form.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// There is no topic.
    #[error("no [[topic]]: add at least one")]
    NoTopic,
    /// Two topics have the same id.
    #[error("topic {0:?} is given twice")]
    TopicTwice(String),
    /// A topic has no stance.
    #[error("topic {0:?} has no [[topic.stance]]")]
    NoStance(String),
    /// A topic's `relevance` is not a probability.
    #[error("topic {topic:?}: relevance {bound} must lie within 0 to 1")]
    Relevance {
        /// The topic.
        topic: String,
        /// The value.
        bound: f64,
    },
    /// A pattern of a topic's gate is not a regular expression.
    #[error("topic {topic:?}, gate {pattern:?}: {source}")]
    Gate {
        /// The topic.
        topic: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: regex::Error,
    },
    /// Two stances of a topic have the same id.
    #[error("topic {topic:?}, stance {stance:?} is given twice")]
    StanceTwice {
        /// The topic.
        topic: String,
        /// The stance.
        stance: String,
    },
    /// A hypothesis has no slot for the holder.
    #[error("topic {topic:?}, stance {stance:?}: hypothesis {hypothesis:?} has no {HOLDER} slot; add one")]
    NoHolder {
        /// The topic.
        topic: String,
        /// The stance.
        stance: String,
        /// Its hypothesis.
        hypothesis: String,
    },
    /// A stance's bounds are not two probabilities in ascending order.
    #[error(
        "topic {topic:?}, stance {stance:?}: floor {floor} and threshold {threshold} must be in ascending order within 0 to 1"
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
    /// [`TopicsError`], which names the topic and the stance.
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

    /// All topics in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Topic> {
        self.0.iter()
    }

    /// All topics with their indices.
    pub fn indexed(&self) -> impl Iterator<Item = (TopicIndex, &Topic)> {
        self.0.iter().enumerate().map(|(at, topic)| (TopicIndex(at), topic))
    }

    /// The topic with an index.
    ///
    /// # Panics
    /// If the index belongs to other topics.
    pub fn topic(&self, index: TopicIndex) -> &Topic {
        &self.0[index.0]
    }

    /// The stance with an index.
    ///
    /// # Panics
    /// If the index belongs to other topics.
    pub fn stance(&self, index: StanceIndex) -> &Stance {
        &self.topic(index.topic).stances[index.stance]
    }

    /// Sets the floor of every stance.
    pub(crate) fn set_floors(&mut self, floor: f64) {
        self.0.iter_mut().flat_map(|topic| &mut topic.stances).for_each(|stance| stance.floor = Some(floor));
    }

    /// The indices of a topic's stances, in order.
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

/// The patterns of a topic's gate, which match at the start of a word, ignoring case.
fn compiled(topic: &str, patterns: &[String]) -> Result<RegexSet, TopicsError> {
    let wrong = |pattern: &str| {
        let (topic, pattern) = (topic.to_owned(), pattern.to_owned());
        move |source| TopicsError::Gate { topic, pattern, source }
    };
    // Compile each pattern by itself first, so that the error names the invalid one.
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
        let Self { hypothesis, .. } = self;
        let Bounds { threshold, floor } = Bounds::of(self, Bounds::THRESHOLD);
        let (topic, stance) = (topic.to_owned(), self.id.clone());
        if !hypothesis.contains(HOLDER) {
            let hypothesis = hypothesis.clone();
            return Err(TopicsError::NoHolder { topic, stance, hypothesis });
        }
        if !(0.0..=1.0).contains(&floor) || !(floor..=1.0).contains(&threshold) {
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
    fn a_stance_without_bounds_takes_those_of_the_model() {
        let of = |lines: &str| {
            let text = TOPIC.replace("threshold = 0.8\n        floor = 0.5", lines);
            let topics = Topics::from_toml(&text).expect("valid");
            let Bounds { threshold, floor } = Bounds::of(&first(&topics).stances[0], 0.35);
            (threshold, floor)
        };
        assert_eq!(of(""), (0.35, 0.1));
        assert_eq!(of("threshold = 0.05"), (0.05, 0.05));
        assert_eq!(of("floor = 0.4"), (0.4, 0.4));
        assert_eq!(of("threshold = 0.8\n floor = 0.0"), (0.8, 0.0));
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
    fn errors_name_the_topic_the_stance_and_how_to_fix_them() {
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
