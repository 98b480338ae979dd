//! Confidence intervals by the bootstrap over documents (Efron, 1979), and tests of a difference.

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::count::Count;

/// Number of bootstrap samples.
const DRAWS: usize = 2_000;

/// An interval that contains 95% of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A difference between two predictions of the same documents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// F1 of the prediction minus F1 of the baseline.
    pub f1: f64,
    /// 95% of the samples; `None` for a single document, or if most samples contain no item.
    pub interval: Option<Interval>,
    /// Twice the share of samples on the other side of zero, at most 1: a paired bootstrap test;
    /// `None` for a single document.
    pub p: Option<f64>,
}

/// Bootstrap samples of documents, which depend only on the seed.
pub struct Draws(Vec<Vec<usize>>);

impl Draws {
    /// `None` for fewer than two documents, which allow no estimate.
    pub fn new(documents: usize, seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = || (0..documents).map(|_| rng.random_range(0..documents)).collect();
        (documents > 1).then(|| Self((0..DRAWS).map(|_| draw()).collect()))
    }

    /// The interval of a measure's F1; `counts` has one element per document. `None` if most
    /// samples contain no item.
    pub fn interval(&self, counts: &[Count]) -> Option<Interval> {
        middle(
            self.0.iter().map(|draw| sum(draw, counts)).filter(|c| !c.is_empty()).map(|c| c.f1()).collect(),
        )
    }

    /// The interval of the difference in a measure's F1; both have one element per document.
    fn difference(&self, counts: &[Count], baseline: &[Count]) -> Option<(Interval, f64)> {
        let sums = self.0.iter().map(|draw| (sum(draw, counts), sum(draw, baseline)));
        let both = sums.filter(|(a, b)| !(a.is_empty() && b.is_empty()));
        let differences: Vec<f64> = both.map(|(a, b)| a.f1() - b.f1()).collect();
        let share = |side: fn(&&f64) -> bool| {
            differences.iter().filter(side).count() as f64 / differences.len() as f64
        };
        let p = (2.0 * share(|d| **d <= 0.0).min(share(|d| **d >= 0.0))).min(1.0);
        Some((middle(differences)?, p))
    }
}

/// Compares two predictions of the same documents, with one count per document.
pub fn difference(draws: Option<&Draws>, counts: &[Count], baseline: &[Count]) -> Difference {
    let all = |counts: &[Count]| sum(&(0..counts.len()).collect::<Vec<_>>(), counts).f1();
    let drawn = draws.and_then(|d| d.difference(counts, baseline));
    Difference {
        f1: all(counts) - all(baseline),
        interval: drawn.map(|(interval, _)| interval),
        p: drawn.map(|(_, p)| p),
    }
}

fn sum(draw: &[usize], counts: &[Count]) -> Count {
    draw.iter().fold(Count::default(), |mut total, &at| {
        total += counts[at];
        total
    })
}

/// The 2.5th and the 97.5th percentile, nearest rank; `None` if there are values for less than half
/// of the samples.
fn middle(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    let at =
        |share: f64| values.get((values.len().saturating_sub(1) as f64 * share).round() as usize).copied();
    let interval = Interval { low: at(0.025)?, high: at(0.975)? };
    (2 * values.len() >= DRAWS).then_some(interval)
}

/// McNemar's test (1947), exact: the probability of a split at least this uneven if both were
/// equally good.
pub fn mcnemar(better: usize, worse: usize) -> f64 {
    let all = (better + worse) as u64;
    match Binomial::new(0.5, all) {
        Ok(even) if all > 0 => (2.0 * even.cdf(better.min(worse) as u64)).min(1.0),
        _ => 1.0,
    }
}
