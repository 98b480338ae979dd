//! Precision, recall and F1.

use std::collections::HashSet;

/// True positives, predictions and gold items.
#[derive(Default, Clone, Copy)]
pub struct Count {
    pub both: usize,
    pub predicted: usize,
    pub gold: usize,
}

impl Count {
    pub fn add<T: Eq + std::hash::Hash>(&mut self, predicted: &HashSet<T>, gold: &HashSet<T>) {
        self.both += predicted.intersection(gold).count();
        self.predicted += predicted.len();
        self.gold += gold.len();
    }

    pub fn show(&self, name: &str) {
        let (p, r) = (ratio(self.both, self.predicted), ratio(self.both, self.gold));
        let f1 = ratio(2 * self.both, self.predicted + self.gold);
        println!("{name:32} P {p:.4}  R {r:.4}  F1 {f1:.4}  ({} gold)", self.gold);
    }
}

pub fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}
