//! Calibration of claims' scores.

use serde::{Deserialize, Serialize};

use crate::numeric::{log_odds, logistic};

/// Turns the score of a claim into the probability that the claim is right, by logistic regression
/// on the score's log odds (Platt 1999), and says from which probability on a claim counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The factor of the log odds, above 0.
    pub slope: f64,
    /// Added to them.
    pub intercept: f64,
    /// Claims with at least this probability count, unless their stance has a threshold of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

impl Calibration {
    /// The probability that a claim with this score is right.
    pub fn probability(&self, score: f64) -> f64 {
        logistic(self.slope * log_odds(score) + self.intercept)
    }

    /// Whether the order of scores stays as it is, and the threshold is a probability.
    pub(super) fn is_valid(&self) -> bool {
        let threshold = self.threshold.is_none_or(|threshold| (0.0..=1.0).contains(&threshold));
        self.slope.is_finite() && self.slope > 0.0 && self.intercept.is_finite() && threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_scores_stays() {
        let same = Calibration { slope: 1.0, intercept: 0.0, threshold: None };
        for score in [0.001, 0.3, 0.5, 0.97] {
            assert!((same.probability(score) - score).abs() < 1e-9);
        }
        let modest = Calibration { slope: 0.5, intercept: -0.4, threshold: None };
        let found = [0.0, 0.2, 0.9, 1.0].map(|score| modest.probability(score));
        assert!(found.is_sorted() && found[0] > 0.0 && found[3] < 1.0);
        assert!(modest.probability(0.9) < 0.9);
    }
}
