//! Natural language inference: three-way accuracy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::files::RowKind;
use crate::record::ReadError;
use crate::stance::Probabilities;

/// The relation of a premise to a hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NliLabel {
    /// The premise entails it.
    Entailment,
    /// Neither.
    Neutral,
    /// The premise contradicts it.
    Contradiction,
}

/// A labelled pair.
#[derive(Debug, Clone, Deserialize)]
pub struct NliRow {
    /// The premise.
    pub premise: String,
    /// The hypothesis.
    pub hypothesis: String,
    /// The label.
    pub label: NliLabel,
    /// The data set that the pair comes from.
    pub source: String,
}

/// Accuracy of the most probable label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NliScores {
    /// Over all pairs.
    #[serde(flatten)]
    pub all: Accuracy,
    /// By data set.
    pub by_source: BTreeMap<String, Accuracy>,
}

/// Accuracy over some pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Accuracy {
    /// Number of pairs whose label is right.
    pub right: usize,
    /// Number of pairs.
    pub pairs: usize,
    /// The share that is right; 0 without pairs.
    pub accuracy: f64,
}

impl Accuracy {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.pairs += 1;
        self.accuracy = self.right as f64 / self.pairs as f64;
    }
}

/// Reads pairs, skipping those with another `part` than `part`.
///
/// # Errors
/// Names the file and the line, and how to fix it.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<NliRow>, ReadError> {
    let fields = "`premise`, `hypothesis`, `label` (entailment, neutral or contradiction) and `source`";
    RowKind { fields, part, read: |row: NliRow, _| Ok(row) }.of(paths)
}

/// Compares the answers with the labels, in the order of the rows.
pub fn score(rows: &[NliRow], answers: &[Probabilities]) -> NliScores {
    let mut scores = NliScores { all: Accuracy::default(), by_source: BTreeMap::new() };
    for (row, answer) in rows.iter().zip(answers) {
        let right = most_probable(answer) == row.label;
        scores.all.add(right);
        scores.by_source.entry(row.source.clone()).or_default().add(right);
    }
    scores
}

/// Of equal ones, the first.
fn most_probable(p: &Probabilities) -> NliLabel {
    if p.entailment >= p.neutral && p.entailment >= p.contradiction {
        NliLabel::Entailment
    } else if p.neutral >= p.contradiction {
        NliLabel::Neutral
    } else {
        NliLabel::Contradiction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_probable_label_is_compared_with_the_row() {
        let row = |label, source: &str| NliRow {
            premise: String::new(),
            hypothesis: String::new(),
            label,
            source: source.to_owned(),
        };
        let rows =
            [row(NliLabel::Neutral, "a"), row(NliLabel::Contradiction, "b"), row(NliLabel::Neutral, "b")];
        let answer = Probabilities { entailment: 0.1, neutral: 0.5, contradiction: 0.4 };
        let found = score(&rows, &[answer; 3]);
        assert_eq!((found.all.right, found.all.pairs), (2, 3));
        assert_eq!(found.by_source["b"], Accuracy { right: 1, pairs: 2, accuracy: 0.5 });
        let even = Probabilities { entailment: 0.4, neutral: 0.2, contradiction: 0.4 };
        assert_eq!(most_probable(&even), NliLabel::Entailment);
    }
}
