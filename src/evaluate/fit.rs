//! Fits the calibration of claims' scores to labelled articles.

use std::collections::HashSet;

use super::align;
use super::claims::held;
use super::count::Count;
use super::labels::{LabelledArticle, Stated};
use crate::models::{Calibration, log_odds};
use crate::stance::Status;

/// Scores below this never become claims that count, so they are not fitted to.
const LEAST: f64 = 0.05;
/// Into how many parts articles are divided for scores that were not fitted to them.
const FOLDS: usize = 6;
/// Thresholds are compared in hundredths, in this range.
const THRESHOLDS: std::ops::RangeInclusive<u32> = 5..=95;
/// An F1 this much below the greatest is about as good.
const SLACK: f64 = 0.005;

/// Labelled articles with their predictions, whose scores are as the model gives them, without a
/// calibration; no claim is left out because of its score.
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'l> {
    /// The labels.
    pub gold: &'l [LabelledArticle],
    /// The predictions.
    pub predicted: &'l [LabelledArticle],
    /// How much each of the articles counts.
    pub weight: f64,
}

/// Predictions without the calibration that they were made with.
pub fn uncalibrated(predicted: Vec<LabelledArticle>, calibration: Option<Calibration>) -> Vec<LabelledArticle> {
    let score = |p| calibration.map_or(p, |calibration| calibration.score(p));
    predicted.into_iter().map(|article| rescored(article, |p| (score(p), Status::Uncertain))).collect()
}

/// The calibration that fits all these articles best: slope and intercept by logistic regression
/// (Platt 1999), and the threshold of the greatest F1 of topic, stance and holder, the same for all
/// stances. A threshold for each stance does worse on other articles, unless each stance has
/// hundreds of claims.
pub fn fit(sets: &[Labelled<'_>]) -> Calibration {
    let scored: Vec<Scored> = sets.iter().flat_map(scored).collect();
    let gold = sets.iter().map(|set| set.weight * claims(set.gold)).sum();
    let (slope, intercept) = regression(&scored);
    let calibration = Calibration { slope, intercept, threshold: None };
    Calibration { threshold: Some(threshold(&scored, gold, calibration)), ..calibration }
}

/// Predictions of the first articles, each scored and decided by a calibration that was fitted to
/// the other ones and to `others`.
pub fn crosswise(first: Labelled<'_>, others: &[Labelled<'_>]) -> Vec<LabelledArticle> {
    let fold = |article: &LabelledArticle| {
        let of_gold = first.gold.iter().position(|gold| gold.is_same_text(article));
        of_gold.map(|at| at % FOLDS)
    };
    let part = |articles: &[LabelledArticle], keep: &dyn Fn(&LabelledArticle) -> bool| -> Vec<_> {
        articles.iter().filter(|article| keep(article)).cloned().collect()
    };
    let one = |number: usize| {
        let outside = |article: &LabelledArticle| fold(article) != Some(number);
        let (gold, predicted) = (part(first.gold, &outside), part(first.predicted, &outside));
        let rest = Labelled { gold: &gold, predicted: &predicted, weight: first.weight };
        let calibration = fit(&[&[rest], others].concat());
        let own = part(first.predicted, &|article| fold(article) == Some(number));
        own.into_iter().map(move |article| calibrated(article, calibration))
    };
    (0..FOLDS).flat_map(one).collect()
}

/// The claims of an article as the program decides them with a calibration.
fn calibrated(article: LabelledArticle, calibration: Calibration) -> LabelledArticle {
    rescored(article, |score| {
        let probability = calibration.probability(score);
        let counts = calibration.threshold.is_some_and(|threshold| probability >= threshold);
        (probability, if counts { Status::Auto } else { Status::Uncertain })
    })
}

fn rescored(mut article: LabelledArticle, of: impl Fn(f64) -> (f64, Status)) -> LabelledArticle {
    let claims = article.passages.iter_mut().flat_map(|passage| &mut passage.claims);
    for inference in claims.filter_map(|stated| stated.inference.as_mut()) {
        (inference.score, inference.status) = of(inference.score);
    }
    article
}

/// A predicted claim.
struct Scored {
    score: f64,
    /// Whether topic, stance and holder are right.
    right: bool,
    weight: f64,
}

/// The predicted claims with at least the least score.
fn scored(set: &Labelled<'_>) -> Vec<Scored> {
    let mut found = Vec::new();
    for case in align::cases(set.gold, set.predicted) {
        for unit in &case.units {
            let gold: HashSet<String> = unit.gold.iter().map(|stated| held(&stated.claim)).collect();
            let score = |stated: &&Stated| stated.inference.as_ref().map(|inference| inference.score);
            let predicted = unit.predicted.iter().filter_map(|stated| Some((score(stated)?, held(&stated.claim))));
            let predicted = predicted.filter(|(score, _)| *score >= LEAST);
            found.extend(predicted.map(|(score, key)| Scored { score, right: gold.contains(&key), weight: set.weight }));
        }
    }
    found
}

/// How many claims are labelled.
fn claims(gold: &[LabelledArticle]) -> f64 {
    gold.iter().flat_map(|article| &article.passages).map(|passage| passage.claims.len() as f64).sum()
}

/// Slope and intercept by Newton's method, with a weak pull towards the scores as they are.
fn regression(scored: &[Scored]) -> (f64, f64) {
    let start = (1.0, 0.0);
    let (mut slope, mut intercept) = start;
    for _ in 0..50 {
        let (mut g0, mut g1) = (slope - start.0, intercept - start.1);
        let (mut h00, mut h01, mut h11) = (1.0, 0.0, 1.0);
        for Scored { score, right, weight } in scored {
            let x = log_odds(*score);
            let p = Calibration { slope, intercept, threshold: None }.probability(*score);
            let (error, curve) = (weight * (p - f64::from(u8::from(*right))), weight * p * (1.0 - p));
            (g0, g1) = (g0 + error * x, g1 + error);
            (h00, h01, h11) = (h00 + curve * x * x, h01 + curve * x, h11 + curve);
        }
        let determinant = h00 * h11 - h01 * h01;
        let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
        (slope, intercept) = (slope - step.0, intercept - step.1);
        if step.0.abs().max(step.1.abs()) < 1e-6 {
            break;
        }
    }
    let in_thousandths = |x: f64| (x * 1e3).round() / 1e3;
    // Scores that say nothing, or the opposite, would turn the order round.
    (in_thousandths(slope).max(0.001), in_thousandths(intercept))
}

/// The middle of the thresholds with about the greatest F1: the ends of that range depend on single
/// claims.
fn threshold(scored: &[Scored], gold: f64, calibration: Calibration) -> f64 {
    let probabilities: Vec<f64> = scored.iter().map(|s| calibration.probability(s.score)).collect();
    let f1 = |threshold: f64| {
        let mut count = Count { gold, ..Count::default() };
        for (Scored { right, weight, .. }, _) in
            scored.iter().zip(&probabilities).filter(|(_, probability)| **probability >= threshold)
        {
            count.predicted += weight;
            count.correct += if *right { *weight } else { 0.0 };
        }
        count.f1()
    };
    let all: Vec<(f64, f64)> =
        THRESHOLDS.map(|hundredth| f64::from(hundredth) / 100.0).map(|t| (t, f1(t))).collect();
    let greatest = all.iter().map(|(_, f1)| *f1).fold(0.0, f64::max);
    let good: Vec<f64> = all.iter().filter(|(_, f1)| *f1 >= greatest - SLACK).map(|(t, _)| *t).collect();
    good.get(good.len() / 2).copied().unwrap_or(0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored_as(right: impl Fn(f64) -> f64) -> Vec<Scored> {
        // Of a hundred claims with each score, as many are right as it says.
        let scores = (1..20).map(|i| f64::from(i) / 20.0);
        let of = |score: f64| {
            let right = (right(score) * 100.0).round() as usize;
            (0..100).map(move |at| Scored { score, right: at < right, weight: 1.0 })
        };
        scores.flat_map(of).collect()
    }

    #[test]
    fn scores_that_hold_stay_and_bold_ones_become_modest() {
        let (slope, intercept) = regression(&scored_as(|score| score));
        assert!((slope - 1.0).abs() < 0.02 && intercept.abs() < 0.02, "{slope} {intercept}");
        let truth = Calibration { slope: 0.6, intercept: -0.8, threshold: None };
        let (slope, intercept) = regression(&scored_as(|score| truth.probability(score)));
        assert!((slope - 0.6).abs() < 0.03 && (intercept + 0.8).abs() < 0.03, "{slope} {intercept}");
    }

    #[test]
    fn scores_of_no_use_keep_their_order() {
        let (slope, _) = regression(&scored_as(|score| 1.0 - score));
        assert!(slope > 0.0);
    }

    #[test]
    fn the_threshold_is_where_f1_is_greatest() {
        let same = Calibration { slope: 1.0, intercept: 0.0, threshold: None };
        let scored = scored_as(|score| if score > 0.62 { 0.9 } else { 0.05 });
        let gold = scored.iter().filter(|s| s.right).count() as f64;
        let found = threshold(&scored, gold, same);
        assert!((0.6..=0.65).contains(&found), "{found}");
    }
}
