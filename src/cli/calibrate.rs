//! `calibrate`: fits a stance model's scores to labelled articles.

use std::path::{Path, PathBuf};

use clap::Args;
use demarche::evaluate::labels::{self, LabelledArticle, Side};
use demarche::evaluate::rows::passages;
use demarche::evaluate::{Labelled, Report, Unopposed, crosswise, evaluate, fit, uncalibrated};
use demarche::extraction::Extractor;
use demarche::models::{self, Calibration};
use demarche::storage::save;

use super::evaluate::{extracted, some, threads, told_prediction};
use super::models::with_options;
use super::{Out, Outcome, Sources, tell};

/// The file with the figures, in the folder of the models.
const FIGURES: &str = "calibration.json";

#[derive(Args)]
pub struct Calibrate {
    /// Labels of the articles: gold files, folders of them, or reviewed records
    #[arg(long, num_args = 1.., value_name = "PATH", required = true)]
    gold: Vec<PathBuf>,
    /// The articles
    #[arg(long, num_args = 1.., value_name = "INPUT", required = true)]
    run: Vec<String>,
    /// Further labelled text: rows of passages with labelled sentences. No figures are computed for
    /// it
    #[arg(long, num_args = 1.., value_name = "PATH")]
    claims: Vec<PathBuf>,
    /// Skip rows of another part (such as train, dev or test) than this
    #[arg(long, value_name = "PART", requires = "claims")]
    part: Option<String>,
    /// How much an article counts, beside a row of --claims
    #[arg(long, value_name = "N", default_value_t = 3.0, value_parser = weight)]
    weight: f64,
    /// Only print what would be written
    #[arg(long)]
    dry_run: bool,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    sources: Sources,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

impl Calibrate {
    pub fn run(self) -> Result<Outcome, String> {
        let folder = self.sources.models.as_deref();
        let folder = folder.ok_or("give the folder whose models.toml gets the calibration with --models DIR")?;
        let gold = labels::read(&self.gold, Side::Reviewer).map_err(|e| e.to_string())?;
        let rows = passages::read(&self.claims, self.part.as_deref());
        let rows = some("--claims", &self.claims, rows)?;

        let configuration = || self.sources.subjects.configuration().map(|all| all.without_floors());
        let everything = configuration()?;
        let extractor = self.sources.extractor(|builder| builder.configuration(everything))?;
        let (model, before) = stance_model(&extractor)?;
        let predicted = uncalibrated(extracted(extractor, &self.run, self.quiet)?, before);
        let further = if rows.is_empty() {
            Vec::new()
        } else {
            let predictor = self.sources.predictor(threads())?;
            let found = predictor.claims(&rows, configuration()?).map_err(|e| told_prediction(&e))?;
            found.failures.iter().for_each(|failure| tell(format_args!("{failure}; left out")));
            uncalibrated(found.articles, before)
        };
        let further_gold: Vec<LabelledArticle> = rows.into_iter().map(|row| row.gold).collect();

        let articles = Labelled { gold: &gold, predicted: &predicted, weight: self.weight };
        let further = [Labelled { gold: &further_gold, predicted: &further, weight: 1.0 }];
        let others = if further_gold.is_empty() { &further[..0] } else { &further[..] };
        let calibration = fit(&[&[articles], others].concat());
        let unopposed = Unopposed::among(&self.sources.subjects.configuration()?.codebook().topics);
        let decided = crosswise(articles, others);
        let evaluation = evaluate(&gold, &decided, None, &unopposed, self.seed);
        let report = Report { labels: Some(evaluation), ..Report::default() };

        let mut out = Out::new();
        out.line(format_args!("# each article by what the other articles chose\n"))?;
        report.table(0).lines().try_for_each(|line| out.line(format_args!("{line}")))?;
        out.line(format_args!("\n# chosen by all of them\n"))?;
        let Calibration { slope, intercept, threshold } = calibration;
        let threshold = threshold.unwrap_or_default();
        out.line(format_args!("{model}: slope {slope}, intercept {intercept}, threshold {threshold:.2}"))?;
        if !self.dry_run {
            write(folder, &model, &calibration, &report)?;
        }
        Ok(if report.is_complete() { Outcome::Done } else { Outcome::Partial })
    }
}

/// The name of the stance model, and its calibration so far.
fn stance_model(extractor: &Extractor) -> Result<(String, Option<Calibration>), String> {
    let encoders = extractor.stance_model().encoders();
    let entry = encoders.first().ok_or("the stance model has no entry in models.toml")?.entry();
    Ok((entry.name.clone(), entry.calibration))
}

fn write(folder: &Path, model: &str, calibration: &Calibration, report: &Report) -> Result<(), String> {
    models::calibrate(folder, model, calibration).map_err(|e| with_options(&e))?;
    let figures = serde_json::json!({ "model": model, "calibration": calibration, "crosswise": report });
    let text = serde_json::to_string_pretty(&figures).map_err(|e| e.to_string())?;
    save(&folder.join(FIGURES), format!("{text}\n").as_bytes()).map_err(|e| e.to_string())
}

fn weight(text: &str) -> Result<f64, String> {
    let weight: f64 = text.parse().map_err(|_| "a number above 0".to_owned())?;
    if weight > 0.0 && weight.is_finite() { Ok(weight) } else { Err("a number above 0".into()) }
}
