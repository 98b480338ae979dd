//! Labels against labels, from beginning to end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::agreement::{self, Agreement};
use super::align::{self, Case, Prediction, Unit};
use super::bootstrap::Draws;
use super::calibration::{self, Calibration};
use super::compare::{self, Comparison};
use super::flips::{self, Flips, Unopposed};
use super::labels::{self, LabelledArticle};
use super::measures::{self, Counts, Level};
use super::mistakes::{self, Mistake};
use super::score::{self, Scores};

/// How good a prediction is.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// What was compared.
    pub inputs: Inputs,
    /// Scores by what is compared, where there is something to find or found.
    pub scores: BTreeMap<Level, Scores>,
    /// Stances taken for their opposite.
    pub flips: Flips,
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

/// Holds a prediction against the gold, and against another prediction if there is one. `seed` is
/// that of the intervals' draws.
///
/// Articles are paired by the hash of their text where both tell it, else by id; sentences by their
/// offsets. Articles without gold are left aside; gold articles without a prediction count as
/// missed.
pub fn evaluate(
    gold: &[LabelledArticle],
    predicted: &[LabelledArticle],
    baseline: Option<&[LabelledArticle]>,
    unopposed: &Unopposed,
    seed: u64,
) -> Evaluation {
    let (cases, counts) = counted(gold, predicted);
    let draws = Draws::new(cases.len(), seed);
    let units: Vec<&Unit<'_>> = cases.iter().flat_map(|c| &c.units).collect();
    let old = baseline.map(|baseline| counted(gold, baseline));
    let comparison =
        old.as_ref().map(|(old, old_counts)| compare::of(&cases, &counts, old, old_counts, draws.as_ref()));
    let lacking = |cases: &[Case<'_>], prediction: Prediction| -> Vec<String> {
        cases.iter().filter(|c| c.prediction == prediction).map(|c| c.id.to_owned()).collect()
    };
    let inputs = Inputs {
        articles: cases.len(),
        missing: lacking(&cases, Prediction::Missing),
        other_text: lacking(&cases, Prediction::OtherText),
        baseline_missing: old
            .iter()
            .flat_map(|(old, _)| old)
            .filter(|c| c.prediction != Prediction::Given)
            .map(|c| c.id.to_owned())
            .collect(),
        passages: units.len(),
        gold_sha256: labels::digest(gold),
        predicted_sha256: labels::digest(predicted),
        baseline_sha256: baseline.map(labels::digest),
        seed,
    };
    Evaluation {
        inputs,
        scores: score::scores(&counts, draws.as_ref()),
        flips: flips::of(&units, unopposed),
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

fn counted<'l>(
    gold: &'l [LabelledArticle],
    predicted: &'l [LabelledArticle],
) -> (Vec<Case<'l>>, Vec<Counts>) {
    let cases = align::cases(gold, predicted);
    let counts = cases.iter().map(measures::counts).collect();
    (cases, counts)
}
