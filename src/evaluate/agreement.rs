//! How far two labellings agree on a topic.

use std::collections::{BTreeMap, BTreeSet};

use super::align::Unit;
use super::claims::{held, stance};

/// What stands where nobody takes a stance.
pub const NONE: &str = "none";

/// Gold stance → predicted stance → how often.
pub type Confusion = BTreeMap<String, BTreeMap<String, usize>>;

/// Agreement on a topic over all pieces of text.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Agreement {
    /// Cohen's kappa of the sets of stances; none where one set is all that both sides ever give.
    pub kappa_stances: Option<f64>,
    /// The same with holders.
    pub kappa_holders: Option<f64>,
    /// What was taken for what.
    pub confusion: Confusion,
}

impl Agreement {
    /// How often a gold stance was taken for another.
    pub fn count(&self, gold: &str, predicted: &str) -> usize {
        self.confusion.get(gold).and_then(|row| row.get(predicted)).copied().unwrap_or(0)
    }
}

/// Agreement by topic.
pub fn by_topic(units: &[&Unit<'_>]) -> BTreeMap<String, Agreement> {
    let claims = units.iter().flat_map(|u| u.gold.iter().copied().chain(u.counted()));
    let topics: BTreeSet<&str> = claims.map(|s| s.claim.topic.as_str()).collect();
    topics.into_iter().map(|topic| (topic.to_owned(), of(units, topic))).collect()
}

fn of(units: &[&Unit<'_>], topic: &str) -> Agreement {
    let (mut stances, mut holders, mut confusion) = (Vec::new(), Vec::new(), Confusion::new());
    for unit in units {
        let gold = || unit.gold.iter().map(|s| &s.claim).filter(|c| c.topic == topic);
        let found = |key| unit.decided(key).filter(|c| c.topic == topic);
        let (mut left, mut right): (BTreeSet<&str>, BTreeSet<&str>) =
            (gold().map(|c| c.stance.as_str()).collect(), found(stance).map(|c| c.stance.as_str()).collect());
        stances.push((joined(left.iter()), joined(right.iter())));
        let (held_left, held_right): (BTreeSet<String>, BTreeSet<String>) =
            (gold().map(held).collect(), found(held).map(held).collect());
        holders.push((joined(held_left.iter()), joined(held_right.iter())));
        let mut pair = |gold: &str, found: &str| {
            *confusion.entry(gold.to_owned()).or_default().entry(found.to_owned()).or_default() += 1;
        };
        let agreed: Vec<&str> = left.intersection(&right).copied().collect();
        for both in &agreed {
            pair(both, both);
            left.remove(both);
            right.remove(both);
        }
        if agreed.is_empty() && left.is_empty() && right.is_empty() {
            pair(NONE, NONE);
        }
        // What is left stands against what is left, in order, and the rest against nothing.
        let (mut left, mut right) = (left.into_iter(), right.into_iter());
        loop {
            match (left.next(), right.next()) {
                (None, None) => break,
                (gold, found) => pair(gold.unwrap_or(NONE), found.unwrap_or(NONE)),
            }
        }
    }
    Agreement { kappa_stances: kappa(&stances), kappa_holders: kappa(&holders), confusion }
}

fn joined(items: impl Iterator<Item = impl AsRef<str>>) -> String {
    items.map(|i| i.as_ref().to_owned()).collect::<Vec<_>>().join("+")
}

/// Cohen's kappa (Cohen, 1960) of pairs of categories; none if chance alone would agree always.
pub fn kappa<T: Ord>(pairs: &[(T, T)]) -> Option<f64> {
    let total = pairs.len() as f64;
    let (mut left, mut right) = (BTreeMap::<&T, f64>::new(), BTreeMap::<&T, f64>::new());
    for (a, b) in pairs {
        *left.entry(a).or_default() += 1.0;
        *right.entry(b).or_default() += 1.0;
    }
    let agreed = pairs.iter().filter(|(a, b)| a == b).count() as f64 / total;
    let chance: f64 =
        left.iter().map(|(key, n)| n * right.get(key).unwrap_or(&0.0)).sum::<f64>() / (total * total);
    (total > 0.0 && chance < 1.0).then(|| (agreed - chance) / (1.0 - chance))
}
