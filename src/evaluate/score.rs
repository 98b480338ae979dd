//! Counts as precision, recall and F1.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::{Draws, Interval};
use super::count::Count;
use super::measures::{Counts, Cut, Level, Measure};

/// Scores of a level: over all items, the mean over groups, and by group.
#[derive(Debug, Clone, Serialize)]
pub struct Scores {
    /// Over all items.
    pub micro: Score,
    /// Mean F1 over the finest groups that occur: entity types, topics, stances or claims; none
    /// without groups.
    pub macro_f1: Option<f64>,
    /// By what they are sorted by, and group.
    pub by: BTreeMap<Cut, BTreeMap<String, Score>>,
}

/// Precision, recall and F1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Right ones among the predicted; 0 if none is.
    pub precision: f64,
    /// Found ones among the labelled; 0 if none is.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// 95% interval of F1 over documents; none for a single document, or for what hardly any has.
    pub interval: Option<Interval>,
    /// What they come from.
    #[serde(flatten)]
    pub count: Count,
}

/// Scores of all levels where there is something to find or found; `counts` has those of each
/// article.
pub fn scores(counts: &[Counts], draws: Option<&Draws>) -> BTreeMap<Level, Scores> {
    let mut by_measure: BTreeMap<&Measure, Vec<Count>> = BTreeMap::new();
    for (at, counts) in counts.iter().enumerate() {
        for (measure, count) in counts {
            by_measure.entry(measure).or_insert_with(|| vec![Count::default(); at]).push(*count);
        }
        // An article that has nothing of a measure counts in the draws all the same.
        by_measure.values_mut().for_each(|all| all.resize(at + 1, Count::default()));
    }
    let mut out: BTreeMap<Level, Scores> = BTreeMap::new();
    for (measure, counts) in by_measure {
        let score = score(&counts, draws);
        if score.count.is_empty() {
            // Nothing to find and nothing found says nothing.
            continue;
        }
        // `All` is the first cut of a level.
        let scores = out.entry(measure.level).or_insert_with(|| Scores {
            micro: score,
            macro_f1: None,
            by: BTreeMap::new(),
        });
        if measure.cut != Cut::All {
            scores.by.entry(measure.cut).or_default().insert(measure.group.clone(), score);
        }
    }
    for scores in out.values_mut() {
        // `Cut` is ordered from coarse to fine, but for holders, which lie across.
        let finest = scores.by.iter().rfind(|(cut, _)| **cut != Cut::Holder).map(|(_, groups)| groups);
        scores.macro_f1 =
            finest.map(|groups| groups.values().map(|s| s.f1).sum::<f64>() / groups.len() as f64);
    }
    out
}

fn score(counts: &[Count], draws: Option<&Draws>) -> Score {
    let mut count = Count::default();
    counts.iter().for_each(|c| count += *c);
    Score { interval: draws.and_then(|d| d.interval(counts)), ..count.into() }
}

impl From<Count> for Score {
    /// Without an interval.
    fn from(count: Count) -> Self {
        let (precision, recall, f1) = (count.precision(), count.recall(), count.f1());
        Self { precision, recall, f1, interval: None, count }
    }
}
