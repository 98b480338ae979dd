//! Whether scores mean what they say.

use std::collections::HashSet;

use serde::Serialize;

use super::align::Unit;
use super::claims::held;
use super::count::Count;

const BINS: usize = 10;

/// Reliability of the scores of all claims given, uncertain ones included, as topic, stance and
/// holder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Expected calibration error (Naeini et al., 2015) over bins of equal width; none without
    /// scores.
    pub ece: Option<f64>,
    /// Ten bins of equal width, those with claims in them.
    pub bins: Vec<Bin>,
    /// Precision and recall if a claim counted from each score on.
    pub thresholds: Vec<ThresholdPoint>,
}

/// Claims with a score in a range.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Lowest score, included.
    pub from: f64,
    /// Highest score, excluded but for 1.
    pub to: f64,
    /// How many claims.
    pub claims: usize,
    /// Their mean score.
    pub score: f64,
    /// The share that is right.
    pub right: f64,
}

/// Precision and recall from a score on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdPoint {
    /// The score.
    pub threshold: f64,
    /// Right ones among those at or above it.
    pub precision: f64,
    /// Found ones among the labelled.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// Of all pieces of text.
pub fn of(units: &[&Unit<'_>]) -> Calibration {
    let mut scored: Vec<(f64, bool)> = Vec::new();
    for unit in units {
        let gold: HashSet<String> = unit.gold.iter().map(|s| held(&s.claim)).collect();
        let given = unit
            .predicted
            .iter()
            .filter_map(|s| Some((s.inference.as_ref()?.score, gold.contains(&held(&s.claim)))));
        scored.extend(given);
    }
    let bins: Vec<Bin> = (0..BINS).filter_map(|at| bin(&scored, at)).collect();
    let gap = |bin: &Bin| bin.claims as f64 * (bin.score - bin.right).abs();
    let ece = (!scored.is_empty()).then(|| bins.iter().map(gap).sum::<f64>() / scored.len() as f64);
    let thresholds = if scored.is_empty() {
        Vec::new()
    } else {
        (1..20).map(|at| point(units, f64::from(at) / 20.0)).collect()
    };
    Calibration { ece, bins, thresholds }
}

fn bin(scored: &[(f64, bool)], at: usize) -> Option<Bin> {
    let place = |score: f64| ((score * BINS as f64) as usize).min(BINS - 1);
    let inside: Vec<&(f64, bool)> = scored.iter().filter(|(score, _)| place(*score) == at).collect();
    let total = inside.len() as f64;
    (total > 0.0).then(|| Bin {
        from: at as f64 / BINS as f64,
        to: (at + 1) as f64 / BINS as f64,
        claims: inside.len(),
        score: inside.iter().map(|(score, _)| score).sum::<f64>() / total,
        right: inside.iter().filter(|(_, right)| *right).count() as f64 / total,
    })
}

fn point(units: &[&Unit<'_>], threshold: f64) -> ThresholdPoint {
    let mut count = Count::default();
    for unit in units {
        let gold: HashSet<String> = unit.gold.iter().map(|s| held(&s.claim)).collect();
        let given =
            unit.predicted.iter().filter(|s| s.inference.as_ref().is_some_and(|e| e.score >= threshold));
        count += Count::of(&given.map(|s| held(&s.claim)).collect(), &gold);
    }
    ThresholdPoint { threshold, precision: count.precision(), recall: count.recall(), f1: count.f1() }
}
