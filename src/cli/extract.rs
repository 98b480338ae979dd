//! `extract`: the main job.

use std::io::{self, BufWriter};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use demarche::config::Configuration;
use demarche::document::{self, Documents, Options};
use demarche::extraction::Builder;
use demarche::inference::DEFAULT_MAX_BATCH_TOKENS;
use demarche::job::{Job, JobError, Summary};
use demarche::record::Filter;
use demarche::storage::OWN_FILES;
use demarche::text::Article;

use super::progress::Progress;
use super::{Out, Outcome, Sources, tell};

#[derive(Args)]
pub struct Extract {
    /// Articles: files (.txt, .html, .jsonl, .ndjson, each also .gz or .zst), folders, globs, or -
    /// for standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<String>,
    /// Folder for sentences.jsonl, scores.jsonl, documents.jsonl, quarantine.jsonl and
    /// manifest.json; - streams sentences to standard output
    #[arg(short, long, value_name = "DIR", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    #[command(flatten)]
    sources: Sources,
    /// Number of threads (1 to 512); by default one per core
    #[arg(long, value_name = "N", value_parser = thread_count)]
    threads: Option<NonZeroUsize>,
    /// At most this many padded tokens per batch; changes speed and memory, never the output
    #[arg(long, alias = "batch-tokens", value_name = "N", default_value_t = DEFAULT_MAX_BATCH_TOKENS)]
    max_batch_tokens: usize,
    /// Write only sentences with claims
    #[arg(long)]
    claims_only: bool,
    /// Leave out claims with a lower score
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = probability)]
    min_score: f64,
    /// Keep documents that are not in English
    #[arg(long)]
    any_language: bool,
    /// Only read, clean and split the articles; run no model and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

fn thread_count(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse::<NonZeroUsize>() {
        Ok(n) if n.get() <= 512 => Ok(n),
        _ => Err("a number of threads lies between 1 and 512".into()),
    }
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(x) if (0.0..=1.0).contains(&x) => Ok(x),
        _ => Err("a score lies between 0 and 1".into()),
    }
}

impl Extract {
    pub fn run(self) -> Result<Outcome, String> {
        let threads =
            self.threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global()
            .map_err(|e| format!("threads: {e}"))?;
        let options = Options {
            any_language: self.any_language,
            language_hint: Some("pass --any-language to keep it"),
        };
        let Some(output) = self.output.as_ref().filter(|_| !self.dry_run) else {
            let configuration = self.sources.subjects.configuration()?;
            return dry_run(self.documents(), &configuration, &options);
        };
        let set = |builder: Builder| builder.threads(threads).max_batch_tokens(self.max_batch_tokens);
        let extractor = self.sources.extractor(set)?;
        let filter = Filter { claims_only: self.claims_only, min_score: self.min_score };
        let job = Job::new(extractor, self.inputs.iter().cloned()).options(options).filter(filter);
        let countable = !self.quiet && self.inputs.iter().all(|input| is_countable(input));
        let total = countable.then(|| self.documents().count());
        let mut progress = Progress::new(total, self.quiet);
        let done = if output.as_os_str() == "-" {
            progress = progress.listing_failures();
            job.into_stream(&mut BufWriter::new(io::stdout().lock()), &progress)
        } else {
            job.into_folder(output, &progress)
        };
        progress.finish();
        match done {
            Ok(summary) => Ok(self.tell(&summary)),
            // The reader of the stream has closed it.
            Err(JobError::Output(e)) if e.source.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Done),
            Err(JobError::Replaces(input)) => {
                Err(format!("{input} is an input and would be replaced; name another folder with --output"))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// The documents of the inputs, without the run's own output.
    fn documents(&self) -> Documents {
        let found = document::read(&self.inputs);
        match &self.output {
            Some(folder) if folder.as_os_str() != "-" => found.without(folder, &OWN_FILES),
            _ => found,
        }
    }

    fn tell(&self, summary: &Summary) -> Outcome {
        let totals = &summary.totals;
        if !self.quiet {
            tell(format_args!(
                "{} documents in: {} done ({} taken over), {} quarantined; {} sentences, {} entities, {} claims and {} uncertain ones",
                totals.documents_in,
                totals.documents,
                summary.reused,
                totals.quarantined,
                totals.sentences,
                totals.entities,
                totals.claims.auto,
                totals.claims.uncertain,
            ));
            if totals.truncated > 0 {
                tell(format_args!(
                    "too long for the stance model, which read only the beginning: {} of the sentences (`truncated`)",
                    totals.truncated
                ));
            }
        }
        outcome(totals.documents, totals.quarantined)
    }
}

fn outcome(documents: usize, quarantined: usize) -> Outcome {
    match (documents, quarantined) {
        (0, _) => Outcome::Nothing,
        (_, 0) => Outcome::Done,
        _ => Outcome::Partial,
    }
}

/// Whether an input can be read twice: a pipe can be read only once.
fn is_countable(input: &str) -> bool {
    match std::fs::metadata(input) {
        Ok(metadata) => metadata.is_file() || metadata.is_dir(),
        Err(_) => input != "-",
    }
}

fn dry_run(found: Documents, configuration: &Configuration, options: &Options) -> Result<Outcome, String> {
    let mut out = Out::new();
    let (mut documents, mut quarantined) = (0, 0);
    for raw in found {
        let document = raw.and_then(|raw| document::parse(raw, options));
        match document.and_then(|document| Article::of(document, configuration.boilerplate())) {
            Ok(article) => {
                let sentences = article.sentences.len();
                out.line(format_args!("{}: {sentences} sentences", article.document.origin))?;
                documents += 1;
            }
            Err(failure) => {
                out.line(format_args!("{failure}"))?;
                quarantined += 1;
            }
        }
    }
    out.line(format_args!("{documents} documents would be done, {quarantined} quarantined"))?;
    Ok(outcome(documents, quarantined))
}
