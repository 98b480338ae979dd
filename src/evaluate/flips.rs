//! Polarity flips: a stance taken for its opposite.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::align::Unit;
use super::claims::{held, stance};
use crate::stance::{Topic, Topics};

/// Stances that oppose no other of their topic (`beside` in `topics.toml`).
#[derive(Debug, Clone, Default)]
pub struct Unopposed(BTreeSet<(String, String)>);

impl Unopposed {
    /// Of these topics.
    pub fn among(topics: &Topics) -> Self {
        let of = |topic: &Topic| -> Vec<(String, String)> {
            let beside = topic.stances.iter().filter(|s| s.beside);
            beside.map(|s| (topic.id.clone(), s.id.clone())).collect()
        };
        Self(topics.iter().flat_map(of).collect())
    }

    fn holds(&self, topic: &str, stance: &str) -> bool {
        self.0.iter().any(|(t, s)| t == topic && s == stance)
    }
}

/// Gold claims of whose topic an opposed stance was predicted in the sentence, and theirs not.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Flips {
    /// Of all gold claims.
    #[serde(flatten)]
    pub all: Share,
    /// By topic.
    pub by_topic: BTreeMap<String, Share>,
}

/// A part of gold claims.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// Gold claims that are flipped.
    pub flipped: usize,
    /// Gold claims.
    pub claims: usize,
    /// The one by the other; 0 without gold claims.
    pub share: f64,
}

impl Share {
    fn add(&mut self, flipped: bool) {
        self.flipped += usize::from(flipped);
        self.claims += 1;
        self.share = self.flipped as f64 / self.claims as f64;
    }
}

/// Counts all pieces of text.
pub fn of(units: &[&Unit<'_>], unopposed: &Unopposed) -> Flips {
    let mut flips = Flips::default();
    for unit in units {
        let mut seen = HashSet::new();
        // The same claim is counted once, whoever else reports it.
        for claim in unit.gold.iter().map(|s| &s.claim).filter(|c| seen.insert(held(c))) {
            let topic = &claim.topic;
            let predicted: HashSet<&str> =
                unit.decided(stance).filter(|c| c.topic == *topic).map(|c| c.stance.as_str()).collect();
            let flipped = !unopposed.holds(topic, &claim.stance)
                && !predicted.contains(claim.stance.as_str())
                && predicted.iter().any(|other| !unopposed.holds(topic, other));
            flips.all.add(flipped);
            flips.by_topic.entry(topic.clone()).or_default().add(flipped);
        }
    }
    flips
}
