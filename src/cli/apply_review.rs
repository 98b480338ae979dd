//! `apply-review`: applies a reviewer's corrections to the records.

use std::path::{Path, PathBuf};

use clap::Args;
use demarche::review::{Placed, apply, corrections};

use super::{Outcome, tell};

#[derive(Args)]
pub struct ApplyReviewArgs {
    /// Output folder of extract
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Files of corrections in JSON Lines; the last one on a sentence counts.
    /// DIR/reviews.jsonl restores all that were applied before
    #[arg(required = true, value_name = "CORRECTIONS")]
    files: Vec<PathBuf>,
}

impl ApplyReviewArgs {
    pub fn run(self) -> Result<Outcome, String> {
        let mut all = Vec::new();
        for file in &self.files {
            all.extend(corrections(file).map_err(|e| e.to_string())?);
        }
        merge(&self.folder, all)
    }
}

/// Applies corrections and prints how many were applied.
pub fn merge(folder: &Path, corrections: Vec<Placed>) -> Result<Outcome, String> {
    let applied = apply(folder, corrections).map_err(|e| e.to_string())?;
    for refusal in &applied.refused {
        tell(format_args!("{refusal}"));
    }
    tell(format_args!(
        "reviews: {} written, {} stood there already, {} refused",
        applied.changed,
        applied.unchanged,
        applied.refused.len()
    ));
    Ok(if applied.refused.is_empty() { Outcome::Done } else { Outcome::Partial })
}
