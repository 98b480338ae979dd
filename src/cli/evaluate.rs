//! `evaluate`: evaluates records and models.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use demarche::config::Configuration;
use demarche::evaluate::labels::{self, LabelledArticle, Side};
use demarche::evaluate::rows::ner::{self, NerRow};
use demarche::evaluate::rows::nli::{self, NliRow};
use demarche::evaluate::rows::passages::{self, LabelledText};
use demarche::evaluate::rows::sentences::{self, SplitRow};
use demarche::evaluate::rows::topics::{self, TopicTexts};
use demarche::evaluate::{
    Evaluation, PredictError, Predictor, Report, Unopposed, evaluate, split, with_topics,
};
use demarche::extraction::Extractor;
use demarche::job::Job;
use demarche::record::ReadError;
use demarche::storage::save;

use super::models::with_options;
use super::progress::Progress;
use super::{Out, Outcome, Sources, load_with_hint, tell, with_hint};

#[derive(Args)]
pub struct Evaluate {
    /// Gold labels: gold files, folders of them, or reviewed records (a folder or a
    /// sentences.jsonl)
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "predicted", required_unless_present = "data")]
    gold: Vec<PathBuf>,
    /// The prediction: an output folder of extract, a sentences.jsonl, or other gold
    /// files
    #[arg(long, num_args = 1.., value_name = "PATH", group = "predicted", requires = "gold")]
    pred: Vec<PathBuf>,
    /// Use the reviewer's labels of predicted records instead of the model's, to compare two
    /// reviewers
    #[arg(long, requires = "pred")]
    pred_reviews: bool,
    /// Extract these articles first and evaluate the result; the output is not kept
    #[arg(long, num_args = 1.., value_name = "INPUT", group = "predicted", requires = "gold")]
    run: Vec<String>,
    /// Another prediction to compare with
    #[arg(long, num_args = 1.., value_name = "PATH", requires = "gold")]
    baseline: Vec<PathBuf>,
    #[command(flatten)]
    data: LabelledData,
    /// Write an HTML report of the comparison with --gold
    #[arg(long, value_name = "FILE", requires = "gold")]
    report: Option<PathBuf>,
    /// Write everything as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many mistakes and changed passages the table lists; the reports list all
    #[arg(long, value_name = "N", default_value_t = 10)]
    mistakes: usize,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    sources: Sources,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// Labelled data that the models are run on: files of JSON Lines, gzipped or not, or folders.
#[derive(Args)]
#[group(id = "data", multiple = true)]
struct LabelledData {
    /// Accuracy of the NLI model on rows of premise, hypothesis, label and source
    #[arg(long, num_args = 1.., value_name = "PATH")]
    nli: Vec<PathBuf>,
    /// F1 of the entity model on rows of tokens, BIO tags and source, or of text and entities
    #[arg(long, num_args = 1.., value_name = "PATH")]
    ner: Vec<PathBuf>,
    /// F1 of sentence splitting on rows of text and sents
    #[arg(long, num_args = 1.., value_name = "PATH")]
    sentences: Vec<PathBuf>,
    /// Claims of the entire program on rows of passages with labelled sentences
    #[arg(long, num_args = 1.., value_name = "PATH")]
    claims: Vec<PathBuf>,
    /// Claims on topics that the rows define, asked about each of their sentences without a
    /// gate
    #[arg(long, num_args = 1.., value_name = "PATH")]
    further_topics: Vec<PathBuf>,
    /// Skip rows of another part (such as train, dev or test) than this
    #[arg(long, value_name = "PART", requires = "data")]
    part: Option<String>,
}

impl Evaluate {
    pub fn run(self) -> Result<Outcome, String> {
        let mut report = self.measure_data()?;
        if !self.gold.is_empty() {
            report.labels = Some(self.measure_labels()?);
        }
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?;
            save(path, format!("{text}\n").as_bytes()).map_err(|e| e.to_string())?;
        }
        if let (Some(path), Some(labels)) = (&self.report, &report.labels) {
            save(path, labels.page().as_bytes()).map_err(|e| e.to_string())?;
        }
        let mut out = Out::new();
        let table = report.table(self.mistakes);
        table.lines().try_for_each(|line| out.line(format_args!("{line}")))?;
        Ok(if report.is_complete() { Outcome::Done } else { Outcome::Partial })
    }

    fn measure_labels(&self) -> Result<Evaluation, String> {
        let read = |paths: &[PathBuf], side| labels::read(paths, side).map_err(|e| e.to_string());
        let gold = gold(&self.gold)?;
        let side = if self.pred_reviews { Side::Reviewer } else { Side::Model };
        let predicted = if self.run.is_empty() {
            read(&self.pred, side)?
        } else {
            extracted(self.sources.extractor(|builder| builder)?, &self.run, self.quiet)?
        };
        let baseline = if self.baseline.is_empty() { None } else { Some(read(&self.baseline, Side::Model)?) };
        let unopposed = Unopposed::among(&self.sources.subjects.configuration()?.codebook().topics);
        Ok(evaluate(&gold, &predicted, baseline.as_deref(), &unopposed, self.seed))
    }

    fn measure_data(&self) -> Result<Report, String> {
        let mut report = Report::default();
        // Read all files before loading the models, so that an invalid line is reported at once.
        let rows = self.data.read()?;
        if !rows.sentences.is_empty() {
            let found: Vec<_> = rows.sentences.iter().map(|row| split(&row.text)).collect();
            report.sentences = Some(sentences::score(&rows.sentences, &found));
        }
        if rows.need_models() {
            let predictor = self.sources.predictor(threads())?;
            self.measure_models(rows, &predictor, &mut report)?;
        }
        Ok(report)
    }

    fn measure_models(
        &self,
        rows: LabelledRows,
        predictor: &Predictor,
        report: &mut Report,
    ) -> Result<(), String> {
        if !rows.nli.is_empty() {
            let answers = predictor.nli(&rows.nli).map_err(|e| told_prediction(&e))?;
            report.nli = Some(nli::score(&rows.nli, &answers));
        }
        if !rows.ner.is_empty() {
            let plain: Vec<&str> = rows.ner.iter().map(|row| row.text.as_str()).collect();
            let found = predictor.entities(&plain).map_err(|e| told_prediction(&e))?;
            report.ner = Some(ner::score(&rows.ner, &found));
        }
        if !rows.claims.is_empty() {
            let configuration = self.sources.subjects.configuration()?;
            report.passages = Some(self.measure_claims(&rows.claims, predictor, configuration)?);
        }
        if !rows.further_topics.is_empty() {
            let (topics, texts): (Vec<_>, Vec<_>) =
                rows.further_topics.into_iter().map(|row| (row.topic, row.texts)).unzip();
            let configuration =
                with_topics(self.sources.subjects.configuration()?, &topics).map_err(|e| e.to_string())?;
            report.further_topics = Some(self.measure_claims(&texts.concat(), predictor, configuration)?);
        }
        Ok(())
    }

    fn measure_claims(
        &self,
        texts: &[LabelledText],
        predictor: &Predictor,
        configuration: Configuration,
    ) -> Result<Evaluation, String> {
        let unopposed = Unopposed::among(&configuration.codebook().topics);
        let predicted = predictor.claims(texts, configuration).map_err(|e| told_prediction(&e))?;
        for failure in &predicted.failures {
            tell(format_args!("{failure}; counts as without claims"));
        }
        let gold: Vec<LabelledArticle> = texts.iter().map(|text| text.gold.clone()).collect();
        Ok(evaluate(&gold, &predicted.articles, None, &unopposed, self.seed))
    }
}

/// The labels of --gold; there must be at least one.
pub(super) fn gold(paths: &[PathBuf]) -> Result<Vec<LabelledArticle>, String> {
    let gold = labels::read(paths, Side::Reviewer).map_err(|e| e.to_string())?;
    if gold.iter().all(|article| article.passages.is_empty()) {
        return Err("--gold holds no labels; give gold files or reviewed records".into());
    }
    Ok(gold)
}

/// The labels of these articles, which are extracted first.
pub(super) fn extracted(
    extractor: Extractor,
    inputs: &[String],
    quiet: bool,
) -> Result<Vec<LabelledArticle>, String> {
    let folder = tempfile::tempdir().map_err(|e| format!("a temporary folder: {e}"))?;
    let progress = Progress::new(None, quiet);
    let done = Job::new(extractor, inputs.iter().cloned()).into_folder(folder.path(), &progress);
    progress.finish();
    done.map_err(|e| e.to_string())?;
    labels::read(&[folder.path().to_owned()], Side::Model).map_err(|e| e.to_string())
}

/// The rows that were read of each kind; `None` for kinds that were not asked for.
struct LabelledRows {
    nli: Vec<NliRow>,
    ner: Vec<NerRow>,
    sentences: Vec<SplitRow>,
    claims: Vec<LabelledText>,
    further_topics: Vec<TopicTexts>,
}

impl LabelledData {
    fn read(&self) -> Result<LabelledRows, String> {
        let part = self.part.as_deref();
        Ok(LabelledRows {
            nli: some("--nli", &self.nli, nli::read(&self.nli, part))?,
            ner: some("--ner", &self.ner, ner::read(&self.ner, part))?,
            sentences: some("--sentences", &self.sentences, sentences::read(&self.sentences, part))?,
            claims: some("--claims", &self.claims, passages::read(&self.claims, part))?,
            further_topics: some(
                "--further-topics",
                &self.further_topics,
                topics::read(&self.further_topics, part),
            )?,
        })
    }
}

impl LabelledRows {
    fn need_models(&self) -> bool {
        let Self { nli, ner, sentences: _, claims, further_topics } = self;
        !(nli.is_empty() && ner.is_empty() && claims.is_empty() && further_topics.is_empty())
    }
}

/// Reads rows; if files are given there must be at least one row.
pub(super) fn some<T>(
    flag: &str,
    paths: &[PathBuf],
    rows: Result<Vec<T>, ReadError>,
) -> Result<Vec<T>, String> {
    let rows = rows.map_err(|e| e.to_string())?;
    if rows.is_empty() && !paths.is_empty() {
        return Err(format!("{flag} holds no rows; give files with some, or another --part"));
    }
    Ok(rows)
}

/// A message of the library, with the option that helps.
pub(super) fn told_prediction(error: &PredictError) -> String {
    match error {
        PredictError::Models(error) => with_options(error),
        PredictError::Load(error) => load_with_hint(error),
        PredictError::Build(error) => with_hint(error),
        _ => error.to_string(),
    }
}

fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
