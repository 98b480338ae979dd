//! Two predictions on the same gold.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::align::{Case, Unit};
use super::bootstrap::{self, Difference, Draws};
use super::claims::held;
use super::count::Count;
use super::measures::{Counts, Cut, Level};
use crate::text::Field;

/// How a prediction differs from the baseline.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Differences in F1 over all items.
    pub differences: BTreeMap<Level, Difference>,
    /// McNemar's test over pieces of text whose claims are all right, or not.
    pub mcnemar: McNemar,
    /// Passages with other claims than in the baseline.
    pub changed: Vec<Change>,
}

/// Passages that are right in one prediction alone.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct McNemar {
    /// Right now, wrong in the baseline.
    pub better: usize,
    /// Wrong now, right in the baseline.
    pub worse: usize,
    /// Probability of such a split if both were equally good, exact and two-sided.
    pub p: f64,
}

/// A passage with other claims than in the baseline.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// The article.
    pub doc: String,
    /// First code point.
    pub start: usize,
    /// The passage.
    pub text: String,
    /// What is labelled, as topic, stance and holder.
    pub gold: BTreeSet<String>,
    /// What is predicted.
    pub predicted: BTreeSet<String>,
    /// What the baseline predicts.
    pub baseline: BTreeSet<String>,
}

/// Compares two predictions; both have a case for each gold article, in its order.
pub fn of(
    cases: &[Case<'_>],
    counts: &[Counts],
    baseline: &[Case<'_>],
    baseline_counts: &[Counts],
    draws: Option<&Draws>,
) -> Comparison {
    let levels: BTreeSet<Level> =
        counts.iter().chain(baseline_counts).flat_map(|c| c.keys().map(|m| m.level)).collect();
    let all = |counts: &[Counts], level: Level| -> Vec<Count> {
        let of = |c: &Counts| c.iter().find(|(m, _)| m.level == level && m.cut == Cut::All).map(|(_, c)| *c);
        counts.iter().map(|c| of(c).unwrap_or_default()).collect()
    };
    let differences = levels.into_iter().map(|level| {
        (level, bootstrap::difference(draws, &all(counts, level), &all(baseline_counts, level)))
    });
    let (mut better, mut worse, mut changed) = (0, 0, Vec::new());
    for (case, old) in cases.iter().zip(baseline) {
        for (now, before) in pairs(case, old) {
            let Some(unit) = now.or(before) else { continue };
            let gold: BTreeSet<String> = unit.gold.iter().map(|s| held(&s.claim)).collect();
            let (predicted, baseline) =
                (now.map(claims).unwrap_or_default(), before.map(claims).unwrap_or_default());
            match (predicted == gold, baseline == gold) {
                (true, false) => better += 1,
                (false, true) => worse += 1,
                _ => {}
            }
            if predicted != baseline {
                let (doc, text) = (case.id.to_owned(), unit.text.to_owned());
                changed.push(Change { doc, start: unit.start, text, gold, predicted, baseline });
            }
        }
    }
    let p = bootstrap::mcnemar(better, worse);
    Comparison { differences: differences.collect(), mcnemar: McNemar { better, worse, p }, changed }
}

/// The gold's passages in both predictions, then what stands beside the gold in either.
fn pairs<'c, 'l>(
    now: &'c Case<'l>,
    before: &'c Case<'l>,
) -> Vec<(Option<&'c Unit<'l>>, Option<&'c Unit<'l>>)> {
    let shared = now.passages.min(before.passages);
    let (passages, beside) = now.units.split_at(shared);
    let (old_passages, old_beside) = before.units.split_at(shared);
    let place = |u: &Unit<'_>| (u.field == Field::Title, u.start, u.text.to_owned());
    let mut others: BTreeMap<_, (Option<&Unit<'l>>, Option<&Unit<'l>>)> = BTreeMap::new();
    beside.iter().for_each(|u| others.entry(place(u)).or_default().0 = Some(u));
    old_beside.iter().for_each(|u| others.entry(place(u)).or_default().1 = Some(u));
    passages.iter().zip(old_passages).map(|(a, b)| (Some(a), Some(b))).chain(others.into_values()).collect()
}

fn claims(unit: &Unit<'_>) -> BTreeSet<String> {
    unit.counted().map(|s| held(&s.claim)).collect()
}
