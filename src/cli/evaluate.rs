//! `evaluate`: how good the records are.

use std::path::PathBuf;

use clap::Args;
use demarche::evaluate::labels::{self, Article, Side};
use demarche::evaluate::{Evaluation, evaluate};
use demarche::job::Job;
use demarche::storage::save;

use super::progress::Progress;
use super::{Out, Outcome, Sources};

#[derive(Args)]
pub struct Evaluate {
    /// Labels to hold against: gold files, folders of them, reviewed records (a folder or a sentences.jsonl)
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    gold: Vec<PathBuf>,
    /// What is held against them: an output folder of extract, a sentences.jsonl, or other gold files
    #[arg(long, num_args = 1.., value_name = "PATH", required_unless_present = "run")]
    pred: Vec<PathBuf>,
    /// Of predicted records, take the reviewer's labels instead of the model's: two reviewers against each other
    #[arg(long, requires = "pred")]
    pred_reviews: bool,
    /// Extract these articles first, and evaluate what comes out; nothing of it is kept
    #[arg(long, num_args = 1.., value_name = "INPUT", conflicts_with = "pred")]
    run: Vec<String>,
    /// Another prediction to compare with
    #[arg(long, num_args = 1.., value_name = "PATH")]
    baseline: Vec<PathBuf>,
    /// Write an HTML report
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write everything as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many mistakes and changed passages the table lists; the reports have all
    #[arg(long, value_name = "N", default_value_t = 10)]
    mistakes: usize,
    /// Seed of the intervals
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    sources: Sources,
    /// No progress
    #[arg(long)]
    quiet: bool,
}

impl Evaluate {
    pub fn run(self) -> Result<Outcome, String> {
        let read = |paths: &[PathBuf], side| labels::read(paths, side).map_err(|e| e.to_string());
        let gold = read(&self.gold, Side::Reviewer)?;
        if gold.iter().all(|article| article.passages.is_empty()) {
            return Err("--gold holds no labels; give gold files or reviewed records".into());
        }
        let side = if self.pred_reviews { Side::Reviewer } else { Side::Model };
        let predicted = if self.run.is_empty() { read(&self.pred, side)? } else { self.extracted()? };
        let baseline = if self.baseline.is_empty() { None } else { Some(read(&self.baseline, Side::Model)?) };
        let evaluation = evaluate(&gold, &predicted, baseline.as_deref(), self.seed);
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&evaluation).map_err(|e| e.to_string())?;
            save(path, format!("{text}\n").as_bytes()).map_err(|e| e.to_string())?;
        }
        if let Some(path) = &self.report {
            save(path, evaluation.page().as_bytes()).map_err(|e| e.to_string())?;
        }
        show(&evaluation, self.mistakes)?;
        Ok(if evaluation.inputs.are_complete() { Outcome::Done } else { Outcome::Partial })
    }

    /// The labels of the articles that are to be extracted first.
    fn extracted(&self) -> Result<Vec<Article>, String> {
        let extractor = self.sources.extractor(|builder| builder)?;
        let folder = tempfile::tempdir().map_err(|e| format!("a temporary folder: {e}"))?;
        let progress = Progress::new(None, self.quiet);
        let job = Job::new(extractor, self.run.iter().cloned());
        let done = job.into_folder(folder.path(), &progress);
        progress.finish();
        done.map_err(|e| e.to_string())?;
        labels::read(&[folder.path().to_owned()], Side::Model).map_err(|e| e.to_string())
    }
}

fn show(evaluation: &Evaluation, mistakes: usize) -> Result<(), String> {
    let mut out = Out::new();
    evaluation.table(mistakes).lines().try_for_each(|line| out.line(format_args!("{line}")))
}
