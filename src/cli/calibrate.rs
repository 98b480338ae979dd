//! `calibrate`: fits a stance model's scores to labelled articles.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use demarche::evaluate::labels::LabelledArticle;
use demarche::evaluate::rows::passages::{self, LabelledText};
use demarche::evaluate::{
    LEAST_SCORE, Labelled, PredictedTexts, Report, Unopposed, claims_of, crosswise, evaluate, fit,
};
use demarche::extraction::Extractor;
use demarche::models::{self, Calibration, ModelEntry};
use demarche::storage::save;

use super::evaluate::{extracted, gold, some, told_prediction};
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
    /// Further labelled text that the articles are no part of: rows of passages with labelled
    /// sentences. No figures are computed for it
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
    pub fn run(mut self) -> Result<Outcome, String> {
        let folder = self.sources.models.clone();
        let folder =
            folder.ok_or("give the folder whose models.toml gets the calibration with --models DIR")?;
        if !folder.join("models.toml").exists() {
            // It gets an entry for the built-in model.
            self.sources.models = None;
        }
        let gold = gold(&self.gold)?;
        let rows = passages::read(&self.claims, self.part.as_deref());
        let rows = some("--claims", &self.claims, rows)?;

        let configuration = self.sources.subjects.configuration()?;
        let codebook = configuration.codebook();
        // The claims with the model's own scores, however low.
        let open = self.sources.subjects.configuration()?.with_floor(LEAST_SCORE);
        let extractor = self.sources.extractor(|builder| builder.uncalibrated().configuration(open))?;
        let encoders = extractor.stance_model().encoders();
        let model = encoders.first().ok_or("the stance model has no entry in models.toml")?.entry().clone();
        let predicted = extracted(extractor.clone(), &self.run, self.quiet)?;
        let (further_gold, further_predicted) = further(&extractor, rows)?;
        let articles = Labelled { gold: &gold, predicted: &predicted, weight: self.weight };
        let others = Labelled { gold: &further_gold, predicted: &further_predicted, weight: 1.0 };
        let calibration = fit(&[articles, others], codebook).map_err(|e| e.to_string())?;
        let decided = crosswise(articles, &[others], codebook).map_err(|e| e.to_string())?;
        let unopposed = Unopposed::among(&codebook.topics);
        let mut evaluation = evaluate(&gold, &decided, None, &unopposed, self.seed);
        // The folder of models may be passed on, the articles' sentences may not.
        evaluation.mistakes.clear();
        if 2 * evaluation.inputs.missing.len() > gold.len() {
            let missing = evaluation.inputs.missing.join(", ");
            return Err(format!(
                "most labelled articles are not among --run: {missing}; give the articles that --gold labels"
            ));
        }
        let report = Report { labels: Some(evaluation), ..Report::default() };
        if !self.dry_run {
            write(&folder, &model, &calibration, &report)?;
        }

        let mut out = Out::new();
        out.line(format_args!("# each article with what was fitted to the other articles\n"))?;
        report.table(0).lines().try_for_each(|line| out.line(format_args!("{line}")))?;
        out.line(format_args!("\n# fitted to all of them\n"))?;
        let Calibration { slope, intercept, threshold } = calibration;
        let threshold = threshold.unwrap_or_default();
        let name = &model.name;
        out.line(format_args!("{name}: slope {slope}, intercept {intercept}, threshold {threshold:.2}"))?;
        Ok(if report.is_complete() { Outcome::Done } else { Outcome::Partial })
    }
}

/// The labels of further rows, and the claims that are found in them.
fn further(
    extractor: &Extractor,
    rows: Vec<LabelledText>,
) -> Result<(Vec<LabelledArticle>, Vec<LabelledArticle>), String> {
    let PredictedTexts { articles, failures } =
        claims_of(extractor, &rows).map_err(|e| told_prediction(&e))?;
    failures.iter().for_each(|failure| tell(format_args!("{failure}; left out")));
    let ids: HashSet<&str> = articles.iter().map(|article| article.id.as_str()).collect();
    let gold = rows.into_iter().map(|row| row.gold).filter(|gold| ids.contains(gold.id.as_str()));
    Ok((gold.collect(), articles))
}

fn write(
    folder: &Path,
    model: &ModelEntry,
    calibration: &Calibration,
    report: &Report,
) -> Result<(), String> {
    models::calibrate(folder, model, calibration).map_err(|e| with_options(&e))?;
    let figures = serde_json::json!({ "model": model.name, "calibration": calibration, "crosswise": report });
    let text = serde_json::to_string_pretty(&figures).map_err(|e| e.to_string())?;
    save(&folder.join(FIGURES), format!("{text}\n").as_bytes()).map_err(|e| e.to_string())
}

fn weight(text: &str) -> Result<f64, String> {
    let weight = text.parse().ok().filter(|weight: &f64| *weight > 0.0 && *weight <= 1000.0);
    weight.ok_or_else(|| "give a number above 0, at most 1000".to_owned())
}
