//! Labels against labels: how good a prediction is, how far two labellings agree, what differs from a baseline.

mod agreement;
mod align;
mod bootstrap;
mod calibration;
mod compare;
mod count;
mod entities;
pub mod labels;
mod measures;
mod mistakes;
mod names;
mod page;
#[cfg(test)]
mod properties;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;

pub use agreement::{Agreement, Confusion, NONE};
pub use bootstrap::{Difference, Interval};
pub use calibration::{Bin, Calibration, Point};
pub use compare::{Change, Comparison, McNemar};
pub use count::Count;
pub use measures::{Cut, Level};
pub use mistakes::{Kind, Mistake};

use align::{Case, Found, Unit};
use bootstrap::Draws;
use labels::Article;
use measures::{Counts, Measure};

/// Version of the evaluation's shape.
pub const SCHEMA: &str = "demarche-evaluation/1";

/// How good a prediction is.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// What was compared.
    pub inputs: Inputs,
    /// Scores by what is compared, where there is something to find or found.
    pub scores: BTreeMap<Level, Scores>,
    /// Agreement on stances by topic.
    pub agreement: BTreeMap<String, Agreement>,
    /// Whether scores mean what they say.
    pub calibration: Calibration,
    /// The baseline, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// What went wrong, the worst first.
    pub mistakes: Vec<Mistake>,
}

/// What was compared.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Inputs {
    /// Gold articles.
    pub articles: usize,
    /// Those of them that the prediction has nothing on; all that they hold counts as missed.
    pub missing: Vec<String>,
    /// Those of them that the prediction has another text of; they count as missed too.
    pub other_text: Vec<String>,
    /// Those of them that the baseline lacks.
    pub baseline_missing: Vec<String>,
    /// Pieces of text that claims were compared in.
    pub passages: usize,
    /// sha256 over the gold labels as read.
    pub gold_sha256: String,
    /// sha256 over the predicted ones.
    pub predicted_sha256: String,
    /// sha256 over the baseline's.
    pub baseline_sha256: Option<String>,
    /// Seed of the draws.
    pub seed: u64,
}

/// Scores of a level: over all items, the mean over groups, and by group.
#[derive(Debug, Clone, Serialize)]
pub struct Scores {
    /// Over all items.
    pub micro: Score,
    /// Mean F1 over the finest groups that occur: entity types, topics, stances or claims; none without groups.
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

/// Holds a prediction against the gold, and against another prediction if there is one. `seed` is that of the intervals' draws.
///
/// Articles are paired by the hash of their text where both tell it, else by id; sentences by their offsets. Articles
/// without gold are left aside; gold articles without a prediction count as missed.
pub fn evaluate(
    gold: &[Article],
    predicted: &[Article],
    baseline: Option<&[Article]>,
    seed: u64,
) -> Evaluation {
    let (cases, counts) = counted(gold, predicted);
    let draws = Draws::new(cases.len(), seed);
    let units: Vec<&Unit<'_>> = cases.iter().flat_map(|c| &c.units).collect();
    let old = baseline.map(|baseline| counted(gold, baseline));
    let comparison =
        old.as_ref().map(|(old, old_counts)| compare::of(&cases, &counts, old, old_counts, draws.as_ref()));
    let lacking = |cases: &[Case<'_>], found: Found| -> Vec<String> {
        cases.iter().filter(|c| c.found == found).map(|c| c.id.to_owned()).collect()
    };
    let inputs = Inputs {
        articles: cases.len(),
        missing: lacking(&cases, Found::No),
        other_text: lacking(&cases, Found::OtherText),
        baseline_missing: old
            .iter()
            .flat_map(|(old, _)| old)
            .filter(|c| c.found != Found::Yes)
            .map(|c| c.id.to_owned())
            .collect(),
        passages: units.len(),
        gold_sha256: labels::digest(gold),
        predicted_sha256: labels::digest(predicted),
        baseline_sha256: baseline.map(labels::digest),
        seed,
    };
    Evaluation {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        inputs,
        scores: scores(&counts, draws.as_ref()),
        agreement: agreement::by_topic(&units),
        calibration: calibration::of(&units),
        comparison,
        mistakes: mistakes::of(&cases),
    }
}

impl Inputs {
    /// Whether each gold article was held against a prediction, and the baseline's if there is one.
    pub fn are_complete(&self) -> bool {
        self.missing.is_empty() && self.other_text.is_empty() && self.baseline_missing.is_empty()
    }
}

impl Evaluation {
    /// For the terminal, with the first `mistakes` mistakes and changes.
    pub fn table(&self, mistakes: usize) -> String {
        table::of(self, mistakes)
    }

    /// As one HTML page that needs no network.
    pub fn page(&self) -> String {
        page::of(self)
    }
}

fn counted<'l>(gold: &'l [Article], predicted: &'l [Article]) -> (Vec<Case<'l>>, Vec<Counts>) {
    let cases = align::cases(gold, predicted);
    let counts = cases.iter().map(measures::counts).collect();
    (cases, counts)
}

fn scores(counts: &[Counts], draws: Option<&Draws>) -> BTreeMap<Level, Scores> {
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
    Score {
        precision: count.precision(),
        recall: count.recall(),
        f1: count.f1(),
        interval: draws.and_then(|d| d.interval(counts)),
        count,
    }
}
