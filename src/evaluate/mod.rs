//! Compares predictions with labels: how good a prediction is, how far two labellings agree, and
//! the difference to a baseline.

mod agreement;
mod align;
mod bootstrap;
mod calibration;
mod claims;
mod compare;
mod count;
mod entities;
mod evaluation;
mod fit;
mod flips;
pub mod labels;
mod measures;
mod mistakes;
mod names;
mod page;
mod predict;
#[cfg(test)]
mod properties;
mod report;
pub mod rows;
mod score;
mod table;

pub use agreement::{Agreement, Confusion, NONE};
pub use bootstrap::{Difference, Interval};
pub use calibration::{Bin, Calibration, ThresholdPoint};
pub use compare::{Change, Comparison, McNemar};
pub use count::Count;
pub use entities::EntitySpan;
pub use evaluation::{Evaluation, Inputs, evaluate};
pub use fit::{FitError, LEAST_SCORE, Labelled, crosswise, fit};
pub use flips::{Flips, Share, Unopposed};
pub use measures::{Cut, Level};
pub use mistakes::{Mistake, MistakeKind};
pub use predict::{PredictError, PredictedTexts, Predictor, claims_of, split, with_topics};
pub use report::{Report, SCHEMA};
pub use score::{Score, Scores};
