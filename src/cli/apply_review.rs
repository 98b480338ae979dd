//! `apply-review`: a reviewer's decisions into the records.

use std::path::{Path, PathBuf};

use clap::Args;
use demarche::progress::tell;
use demarche::record::{Placed, Refusal, apply, corrections};

use super::Outcome;

#[derive(Args)]
pub struct ApplyReview {
    /// Output folder of extract
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Files of corrections in JSON Lines; of two on one sentence the later one counts. DIR/reviews.jsonl brings back all that was decided before
    #[arg(required = true, value_name = "CORRECTIONS")]
    files: Vec<PathBuf>,
}

impl ApplyReview {
    pub fn run(self) -> Result<Outcome, String> {
        let (mut all, mut refused) = (Vec::new(), Vec::new());
        for file in &self.files {
            let (found, wrong) = corrections(file).map_err(|e| e.to_string())?;
            all.extend(found);
            refused.extend(wrong);
        }
        merge(&self.folder, all, refused)
    }
}

/// Applies corrections and tells what came of them and of those that could not be read.
pub fn merge(folder: &Path, corrections: Vec<Placed>, mut refused: Vec<Refusal>) -> Result<Outcome, String> {
    let applied = apply(folder, corrections).map_err(|e| e.to_string())?;
    refused.extend(applied.refused);
    for refusal in &refused {
        tell(format_args!("{refusal}"));
    }
    tell(format_args!(
        "reviews: {} written, {} stood there already, {} refused",
        applied.changed,
        applied.unchanged,
        refused.len()
    ));
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Some })
}
