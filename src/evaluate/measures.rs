//! The measures of an article.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::align::{Case, Unit};
use super::claims::{ClaimKey, held, reported, stance, topic};
use super::count::Count;
use super::entities::{self, SCHEMES, Scheme};
use super::labels::{NamedWords, Passage, Stated};
use crate::record::LabelledClaim;

/// The kind of items that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Sentences, exact spans.
    Sentences,
    /// Boilerplate lines.
    Boilerplate,
    /// Entities, same span and type.
    EntitiesStrict,
    /// Entities, same span.
    EntitiesExact,
    /// Entities, overlapping spans count half.
    EntitiesPartial,
    /// Entities, same type and overlapping spans.
    EntitiesType,
    /// Claims, by topic.
    ClaimsTopic,
    /// Claims, by topic and stance.
    ClaimsStance,
    /// Claims, by topic, stance and holder.
    ClaimsHolder,
    /// Sources: those of the gold, and the predicted sources of claims whose topic, stance and
    /// holder are right.
    ClaimsSource,
    /// Names of holders: those of the gold for claims whose topic, stance and holder are right. A
    /// name is right if it overlaps the gold's or has the same last word.
    HolderMention,
    /// Words of the evidence: those of claims whose topic and stance are right.
    Evidence,
}

/// How the items of a measure are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// One group with all items.
    All,
    /// Entity type.
    Label,
    /// Topic.
    Topic,
    /// Topic and stance.
    Stance,
    /// Holder.
    Holder,
    /// Topic, stance and holder.
    Claim,
}

/// A measure, restricted to a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measure {
    /// The kind of items.
    pub level: Level,
    /// The kind of group.
    pub cut: Cut,
    /// The group, empty for all.
    pub group: String,
}

/// Counts by measure and group.
pub type Counts = BTreeMap<Measure, Count>;

/// Counts an article.
pub fn counts(case: &Case<'_>) -> Counts {
    let mut tally = Tally::default();
    tally.segmentation(case);
    tally.entities(case);
    for unit in &case.units {
        tally.claims(unit);
    }
    let tells = |found: &&Stated| found.words.evidence.is_some() || found.words.holder.is_some();
    if case.units.iter().any(|unit| unit.predicted.iter().any(tells)) {
        case.units.iter().for_each(|unit| tally.words(unit));
    }
    tally.0
}

#[derive(Default)]
struct Tally(Counts);

impl Tally {
    fn add(&mut self, level: Level, cut: Cut, group: &str, count: Count) {
        *self.0.entry(Measure { level, cut, group: group.to_owned() }).or_default() += count;
    }

    fn segmentation(&mut self, case: &Case<'_>) {
        let Some(found) = &case.segmentation else { return };
        let place = |p: &Passage| (p.field, p.start, p.end);
        let gold = found.gold.iter().map(|line| line.passage).filter(|g| !g.boilerplate).map(place);
        let predicted = found.predicted.iter().copied().map(place);
        self.add(Level::Sentences, Cut::All, "", Count::of(&predicted.collect(), &gold.collect()));
        for line in &found.gold {
            let (dropped, boilerplate) = (line.dropped, line.passage.boilerplate);
            let one = |is: bool| f64::from(u8::from(is));
            let count = Count {
                correct: one(dropped && boilerplate),
                predicted: one(dropped),
                gold: one(boilerplate),
            };
            self.add(Level::Boilerplate, Cut::All, "", count);
        }
    }

    fn entities(&mut self, case: &Case<'_>) {
        for (predicted, gold) in case.entities.values() {
            let labels: HashSet<_> = predicted.iter().chain(gold).map(|s| s.label).collect();
            for scheme in SCHEMES {
                self.add(level(scheme), Cut::All, "", entities::count(predicted, gold, scheme));
                for label in &labels {
                    let only = |spans: &[entities::EntitySpan]| -> Vec<_> {
                        spans.iter().filter(|s| s.label == *label).copied().collect()
                    };
                    let count = entities::count(&only(predicted), &only(gold), scheme);
                    self.add(level(scheme), Cut::Label, &label.to_string(), count);
                }
            }
        }
    }

    fn claims(&mut self, unit: &Unit<'_>) {
        self.sets(unit, Level::ClaimsTopic, topic, &[(Cut::Topic, topic)]);
        self.sets(unit, Level::ClaimsStance, stance, &[(Cut::Topic, topic), (Cut::Stance, stance)]);
        let cuts: [(Cut, ClaimKey); 3] =
            [(Cut::Topic, topic), (Cut::Holder, |c| c.holder.clone()), (Cut::Claim, held)];
        self.sets(unit, Level::ClaimsHolder, held, &cuts);
        // A source of a wrong claim is not counted as a wrong source; a source of a claim that was
        // not found counts as missed.
        let right: HashSet<String> = unit.gold.iter().map(|s| held(&s.claim)).collect();
        let gold = unit.gold.iter().map(|s| &s.claim);
        let found = unit.decided(held).filter(|c| right.contains(&held(c)));
        self.add(Level::ClaimsSource, Cut::All, "", Count::of(&sourced(found), &sourced(gold)));
    }

    /// Counts where the words of claims stand, for predictions that say so.
    fn words(&mut self, unit: &Unit<'_>) {
        for gold in &unit.gold {
            let same = |key: ClaimKey| unit.counted().find(|found| key(&found.claim) == key(&gold.claim));
            if let (Some(name), Some(found)) = (&gold.words.holder, same(held)) {
                self.add(
                    Level::HolderMention,
                    Cut::All,
                    "",
                    mention_count(found.words.holder.as_ref(), name),
                );
            }
            let found = same(held).or_else(|| same(stance)).and_then(|found| found.words.evidence);
            let words = gold.words.evidence.and_then(|span| unit.words(span));
            if let (Some(gold), Some(found)) = (words, found.and_then(|span| unit.words(span))) {
                self.add(Level::Evidence, Cut::All, "", Count::of(&found, &gold));
            }
        }
    }

    /// Compares the sets of keys, for all items and by group.
    fn sets(&mut self, unit: &Unit<'_>, level: Level, key: ClaimKey, cuts: &[(Cut, ClaimKey)]) {
        let gold: Vec<&LabelledClaim> = unit.gold.iter().map(|s| &s.claim).collect();
        let found: Vec<&LabelledClaim> = unit.decided(key).collect();
        let all: (Cut, ClaimKey) = (Cut::All, |_| String::new());
        for (cut, group) in std::iter::once(&all).chain(cuts) {
            let groups: HashSet<String> = found.iter().chain(&gold).map(|c| group(c)).collect();
            for name in groups {
                let keys = |claims: &[&LabelledClaim]| -> HashSet<String> {
                    claims.iter().filter(|c| group(c) == name).map(|c| key(c)).collect()
                };
                self.add(level, *cut, &name, Count::of(&keys(&found), &keys(&gold)));
            }
        }
    }
}

fn sourced<'c>(claims: impl Iterator<Item = &'c LabelledClaim>) -> HashSet<String> {
    claims.filter(|c| c.source.is_some()).map(reported).collect()
}

/// Whether the name of a holder is right.
fn mention_count(found: Option<&NamedWords>, gold: &NamedWords) -> Count {
    let last = |name: &NamedWords| name.text.split_whitespace().next_back().map(str::to_lowercase);
    let right = found.is_some_and(|found| {
        let overlap = found.place.zip(gold.place).is_some_and(|(a, b)| a[0] < b[1] && b[0] < a[1]);
        overlap || last(found) == last(gold)
    });
    let one = |is: bool| f64::from(u8::from(is));
    Count { correct: one(right), predicted: one(found.is_some()), gold: 1.0 }
}

fn level(scheme: Scheme) -> Level {
    match scheme {
        Scheme::Strict => Level::EntitiesStrict,
        Scheme::Exact => Level::EntitiesExact,
        Scheme::Partial => Level::EntitiesPartial,
        Scheme::Type => Level::EntitiesType,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_right_if_it_overlaps_or_has_the_same_last_word() {
        let name = |text: &str, place| NamedWords { text: text.into(), place };
        let right = |found: NamedWords, gold: NamedWords| mention_count(Some(&found), &gold).correct == 1.0;
        assert!(right(name("Vikram Misri", Some([10, 22])), name("Misri", Some([17, 22]))));
        assert!(right(name("Vikram Misri", None), name("Foreign Secretary misri", Some([0, 23]))));
        assert!(right(name("India", Some([0, 5])), name("India's army", Some([0, 12]))));
        assert!(!right(name("India", Some([30, 35])), name("Misri", Some([0, 5]))));
        let missed = mention_count(None, &name("Misri", None));
        assert_eq!((missed.correct, missed.predicted, missed.gold), (0.0, 0.0, 1.0));
    }
}
