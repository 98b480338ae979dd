//! Topics: what is asked of a sentence.

use std::collections::HashSet;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;

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

/// All topics of a configuration.
#[derive(Debug, Clone)]
pub struct Topics(Vec<Topic>);

impl std::ops::Deref for Topics {
    type Target = [Topic];

    fn deref(&self) -> &[Topic] {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    topic: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
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
    /// What is wrong, naming the topic and stance.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let listing: Listing = toml::from_str(text).map_err(|e| e.to_string())?;
        if listing.topic.is_empty() {
            return Err("no [[topic]]: add at least one".into());
        }
        let mut seen = HashSet::new();
        for topic in &listing.topic {
            if !seen.insert(topic.id.clone()) {
                return Err(format!("topic {:?} is given twice", topic.id));
            }
        }
        listing.topic.into_iter().map(Written::compile).collect::<Result<_, _>>().map(Self)
    }
}

impl Written {
    fn compile(self) -> Result<Topic, String> {
        if self.stance.is_empty() {
            return Err(format!("topic {:?} has no [[topic.stance]]", self.id));
        }
        if let Some(bound) = self.relevance.filter(|bound| !(0.0..=1.0).contains(bound)) {
            return Err(format!("topic {:?}: relevance {bound} must lie within 0 to 1", self.id));
        }
        let mut seen = HashSet::new();
        for stance in &self.stance {
            let place = format!("topic {:?}, stance {:?}", self.id, stance.id);
            if !seen.insert(&stance.id) {
                return Err(format!("{place} is given twice"));
            }
            stance.check().map_err(|e| format!("{place}: {e}"))?;
        }
        let gate = (!self.gate.is_empty())
            .then(|| {
                // Each pattern by itself first, so that the message names the one that is wrong.
                for pattern in &self.gate {
                    Regex::new(pattern).map_err(|e| format!("topic {:?}, gate {pattern:?}: {e}", self.id))?;
                }
                RegexSetBuilder::new(self.gate.iter().map(|p| format!(r"\b(?:{p})")))
                    .case_insensitive(true)
                    .build()
                    .map_err(|e| format!("topic {:?}, gate: {e}", self.id))
            })
            .transpose()?;
        Ok(Topic { id: self.id, title: self.title, stances: self.stance, gate, relevance: self.relevance })
    }
}

impl Stance {
    fn check(&self) -> Result<(), String> {
        if !self.hypothesis.contains(HOLDER) {
            return Err(format!("hypothesis {:?} has no {{holder}} slot; add one", self.hypothesis));
        }
        if !(0.0..=1.0).contains(&self.floor) || !(self.floor..=1.0).contains(&self.threshold) {
            return Err(format!(
                "floor {} and threshold {} must rise within 0 to 1",
                self.floor, self.threshold
            ));
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

    #[test]
    fn the_embedded_topics_are_valid() {
        let topics = Topics::from_toml(include_str!("../../config/topics.toml")).expect("valid");
        let ids: Vec<&str> = topics.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids, ["mediation", "ceasefire_credit", "civilian_casualties"]);
    }

    #[test]
    fn a_gate_matches_at_the_start_of_words_in_any_case() {
        let topics = Topics::from_toml(TOPIC).expect("valid");
        assert!(topics[0].admits("Consular services resume", None));
        assert!(!topics[0].admits("Advisas are no word, and nor is preconsular", None));
    }

    #[test]
    fn relevance_decides_where_the_model_knows_the_topic() {
        let text = TOPIC.replace("gate =", "relevance = 0.1\n        gate =");
        let topics = Topics::from_toml(&text).expect("valid");
        assert!(topics[0].admits("Anything", Some(0.1)));
        assert!(!topics[0].admits("Visas", Some(0.09)));
        assert!(topics[0].admits("Visas", None));
    }

    #[test]
    fn a_topic_without_a_gate_asks_every_sentence() {
        let topics = Topics::from_toml(&TOPIC.replace("gate = ['visas?\\b', 'consul']", "")).expect("valid");
        assert!(topics[0].admits("Anything", None));
    }

    #[test]
    fn errors_name_the_topic_the_stance_and_the_mend() {
        let slot = Topics::from_toml(&TOPIC.replace("{holder} eases", "It eases")).expect_err("no slot");
        assert!(slot.contains("visas") && slot.contains("eases") && slot.contains("{holder}"), "{slot}");
        let order = Topics::from_toml(&TOPIC.replace("0.5", "0.9")).expect_err("floor above threshold");
        assert!(order.contains("floor 0.9"), "{order}");
        assert!(Topics::from_toml(&TOPIC.replace("consul", "(")).expect_err("regex").contains("gate"));
        assert!(Topics::from_toml(&TOPIC.replace("title", "titel")).expect_err("key").contains("titel"));
        let bound = Topics::from_toml(&TOPIC.replace("title", "relevance = 5.0\n        title"));
        assert!(bound.expect_err("bound").contains("relevance 5"));
        assert!(Topics::from_toml(&TOPIC.repeat(2)).expect_err("twice").contains("twice"));
    }
}
