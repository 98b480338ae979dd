//! Counts as a line of text.

use demarche::evaluate::Count;

pub fn show(name: &str, count: &Count) {
    let (p, r, f1) = (count.precision(), count.recall(), count.f1());
    println!("{name:32} P {p:.4}  R {r:.4}  F1 {f1:.4}  ({} gold)", count.gold);
}

pub fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}
