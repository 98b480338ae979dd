//! Precision, recall and F1.

use std::collections::HashSet;
use std::hash::Hash;
use std::ops::AddAssign;

use serde::Serialize;

/// What was found, what should have been, and how much of both agrees: all in items. Partial
/// agreement counts a half.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Count {
    /// Items that are right.
    pub correct: f64,
    /// Items predicted.
    pub predicted: f64,
    /// Items labelled.
    pub gold: f64,
}

impl Count {
    /// Of two sets.
    pub fn of<T: Eq + Hash>(predicted: &HashSet<T>, gold: &HashSet<T>) -> Self {
        Self {
            correct: predicted.intersection(gold).count() as f64,
            predicted: predicted.len() as f64,
            gold: gold.len() as f64,
        }
    }

    /// Whether there is nothing to find and nothing found.
    pub fn is_empty(&self) -> bool {
        self.predicted + self.gold == 0.0
    }

    /// Right ones among the predicted; 0 if none is predicted.
    pub fn precision(&self) -> f64 {
        ratio(self.correct, self.predicted)
    }

    /// Right ones among the labelled; 0 if none is labelled.
    pub fn recall(&self) -> f64 {
        ratio(self.correct, self.gold)
    }

    /// Harmonic mean of the two; 0 if there is nothing to find and nothing found.
    pub fn f1(&self) -> f64 {
        ratio(2.0 * self.correct, self.predicted + self.gold)
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.correct += other.correct;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
