//! `evaluate`: how good the records are.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use demarche::document::Options;
use demarche::engine::{DEFAULT_BUDGET, Workers};
use demarche::evaluate::labels::{self, Article, Reading};
use demarche::evaluate::{Evaluation, evaluate};
use demarche::extract::{Extractor, Models};
use demarche::job::Job;
use demarche::progress::Progress;
use demarche::record::{Filter, Provenance, SentenceRecord, save};

use super::{Out, Outcome, Sources};

#[derive(Args)]
pub struct Evaluate {
    /// Labels to hold against: gold files, folders of them, reviewed records (a folder or a sentences.jsonl)
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    gold: Vec<PathBuf>,
    /// What is held against them: an output folder of extract, a sentences.jsonl, or other gold files
    #[arg(long, num_args = 1.., value_name = "PATH", required_unless_present = "run")]
    pred: Vec<PathBuf>,
    /// Extract these articles first, and evaluate what comes out; nothing of it is written
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
        let read = |paths: &[PathBuf], reading| labels::read(paths, reading).map_err(|e| e.to_string());
        let gold = read(&self.gold, Reading::Gold)?;
        let predicted =
            if self.run.is_empty() { read(&self.pred, Reading::Predicted)? } else { self.extracted()? };
        let baseline =
            if self.baseline.is_empty() { None } else { Some(read(&self.baseline, Reading::Predicted)?) };
        let evaluation = evaluate(&gold, &predicted, baseline.as_deref(), self.seed);
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&evaluation).map_err(|e| e.to_string())?;
            save(path, format!("{text}\n").as_bytes()).map_err(|e| e.to_string())?;
        }
        if let Some(path) = &self.report {
            save(path, evaluation.page().as_bytes()).map_err(|e| e.to_string())?;
        }
        show(&evaluation, self.mistakes)?;
        let missing = &evaluation.inputs.missing;
        Ok(if missing.is_empty() { Outcome::Done } else { Outcome::Some })
    }

    /// The labels of the articles that are to be extracted first.
    fn extracted(&self) -> Result<Vec<Article>, String> {
        let configuration = self.sources.configuration()?;
        let models = Models::load(&self.sources.catalogue()?).map_err(|e| e.to_string())?;
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let extractor = Extractor::new(&models, &configuration, Workers::new(threads, DEFAULT_BUDGET))?;
        let entries = [&models.ner.entry, &models.nli.entry];
        let job = Job {
            inputs: &self.run,
            extractor: &extractor,
            configuration: &configuration,
            options: Options::default(),
            filter: Filter::default(),
            provenance: Provenance::new(&entries, &configuration.sha256, BTreeMap::new()),
            threads: threads.get(),
        };
        let progress = Progress::new(None, self.quiet);
        let mut lines = Vec::new();
        job.into_stream(&mut lines, &progress).map_err(|e| e.to_string())?;
        progress.finish();
        let records: Result<Vec<SentenceRecord>, _> =
            serde_json::Deserializer::from_slice(&lines).into_iter().collect();
        let records = records.map_err(|e| e.to_string())?;
        Ok(labels::of_records(&records, &[], Reading::Predicted))
    }
}

fn show(evaluation: &Evaluation, mistakes: usize) -> Result<(), String> {
    let mut out = Out::new();
    evaluation.table(mistakes).lines().try_for_each(|line| out.line(format_args!("{line}")))
}
