//! The commands.

#[cfg(feature = "review")]
mod apply_review;
#[cfg(feature = "evaluate")]
mod calibrate;
#[cfg(feature = "evaluate")]
mod evaluate;
#[cfg(feature = "exchange")]
mod exchange;
mod explain;
mod extract;
mod logging;
mod models;
mod progress;
#[cfg(feature = "review")]
mod review;

use std::fmt::Arguments;
use std::io::{self, StdoutLock, Write};
#[cfg(feature = "evaluate")]
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand};
use demarche::config::{ConfigFiles, Configuration};
#[cfg(feature = "evaluate")]
use demarche::evaluate::Predictor;
use demarche::extraction::{BuildError, Builder, Extractor};
use demarche::inference::{Device, LoadError, Precision, Remedy, Runtime};
use demarche::models::BackendName;
pub use progress::tell;

/// The result of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done.
    Done,
    /// Some documents were quarantined, or some corrections refused.
    Partial,
    /// Nothing could be done.
    Nothing,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Partial => 1,
            Outcome::Nothing => 2,
        })
    }
}

const EXIT_CODES: &str = "Exit codes: 0 all done, 1 some of it could not be done (documents quarantined, \
                          corrections refused, gold without a prediction), 2 nothing could be done";

/// Reads news articles and records, for each sentence, who is named and who takes which
/// stance.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct CommandLine {
    /// Log to standard error: -v each stage, -vv more; DEMARCHE_LOG filters by module
    #[arg(short, long, action = ArgAction::Count, global = true)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Extract entities and claims from articles into JSONL
    #[command(after_help = EXIT_CODES)]
    Extract(extract::Extract),
    #[cfg(feature = "evaluate")]
    /// Compare records with labels: scores, agreement, calibration, mistakes
    #[command(after_help = EXIT_CODES)]
    Evaluate(Box<evaluate::Evaluate>),
    #[cfg(feature = "evaluate")]
    /// Fit the stance model's scores to labelled articles: what a score means, and which count
    #[command(after_help = EXIT_CODES)]
    Calibrate(Box<calibrate::Calibrate>),
    #[cfg(feature = "review")]
    /// Merge a reviewer's corrections into the records
    #[command(after_help = EXIT_CODES)]
    ApplyReview(apply_review::ApplyReviewArgs),
    #[cfg(feature = "exchange")]
    /// Write tasks for an annotation tool, or a table of claims
    Export(exchange::ExportArgs),
    #[cfg(feature = "exchange")]
    /// Merge an annotation tool's corrections into the records
    #[command(after_help = EXIT_CODES)]
    Import(exchange::ImportArgs),
    /// Show step by step how a sentence gets its record
    Explain(explain::Explain),
    /// List, check, fetch and add models
    Models(models::Models),
    #[cfg(feature = "review")]
    /// Write the page on which a person reads and reviews the records
    Review(review::ReviewArgs),
}

/// Standard output. If the reader closes it early, as `head` does, the program ends without an
/// error.
struct Out(StdoutLock<'static>);

impl Out {
    fn new() -> Self {
        Self(io::stdout().lock())
    }

    fn line(&mut self, line: Arguments<'_>) -> Result<(), String> {
        Self::checked(writeln!(self.0, "{line}"))
    }

    #[cfg(feature = "exchange")]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
        Self::checked(self.0.write_all(bytes).and_then(|()| self.0.flush()))
    }

    fn checked(written: io::Result<()>) -> Result<(), String> {
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => other.map_err(|e| format!("standard output: {e}")),
        }
    }
}

/// Files that replace the built-in topics and actors.
#[derive(Args)]
struct Subjects {
    /// File of topics, stances and hypotheses, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    topics: Option<PathBuf>,
    /// File of actors and their names, instead of the built-in one
    #[arg(long, value_name = "FILE")]
    actors: Option<PathBuf>,
}

/// Models and configuration.
#[derive(Args)]
struct Sources {
    #[command(flatten)]
    subjects: Subjects,
    /// Folder with models.toml, instead of the built-in models
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The backend: onnx, or libtorch (in a build with the feature rust-bert); by default as in
    /// models.toml
    #[arg(long, alias = "engine")]
    backend: Option<BackendName>,
    /// The device for libtorch: cpu, or a CUDA device such as cuda:0
    #[arg(long, default_value_t)]
    device: Device,
    /// The precision: f32, or bf16 on libtorch; by default that of the file on onnx, and f32 on
    /// libtorch
    #[arg(long)]
    precision: Option<Precision>,
}

impl Subjects {
    fn configuration(&self) -> Result<Configuration, String> {
        let files = ConfigFiles { topics: self.topics.clone(), actors: self.actors.clone() };
        Configuration::load(&files).map_err(|e| e.to_string())
    }
}

impl Sources {
    /// An extractor with these models and this configuration.
    fn extractor(&self, set: impl FnOnce(Builder) -> Builder) -> Result<Extractor, String> {
        set(self.builder()).build().map_err(|error| with_hint(&error))
    }

    fn builder(&self) -> Builder {
        let Subjects { topics, actors } = &self.subjects;
        let builder = Extractor::builder().runtime(self.runtime());
        let builder = topics.iter().fold(builder, Builder::topics);
        let builder = actors.iter().fold(builder, Builder::actors);
        self.models.iter().fold(builder, Builder::models)
    }

    fn runtime(&self) -> Runtime {
        let Self { backend, device, precision, .. } = *self;
        Runtime { backend, device, precision }
    }

    /// Only these models, for labelled data.
    #[cfg(feature = "evaluate")]
    fn predictor(&self, threads: NonZeroUsize) -> Result<Predictor, String> {
        Predictor::new(self.models.clone(), self.runtime(), threads).map_err(|e| e.to_string())
    }
}

/// A message of the library, followed by the option that fixes the problem.
fn with_hint(error: &BuildError) -> String {
    match error {
        BuildError::Models(error) => models::with_options(error),
        BuildError::Load(error) => load_with_hint(error),
        _ => error.to_string(),
    }
}

fn load_with_hint(error: &LoadError) -> String {
    match (error, error.remedy()) {
        (LoadError::Files(error), _) => models::with_options(error),
        (_, Some(remedy)) => format!("{error} ({})", option(remedy)),
        (_, None) => error.to_string(),
    }
}

/// The option for a remedy.
fn option(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Libtorch => "--backend libtorch",
        Remedy::Onnx => "--backend onnx",
        Remedy::Cpu => "--device cpu",
        Remedy::F32 => "--precision f32",
        Remedy::AsStored => "leave --precision out",
    }
}

impl CommandLine {
    /// Runs the command.
    ///
    /// # Errors
    /// The reason why nothing could be done.
    pub fn run(self) -> Result<Outcome, String> {
        logging::start(self.verbose)?;
        match self.command {
            Command::Extract(command) => command.run(),
            #[cfg(feature = "evaluate")]
            Command::Evaluate(command) => command.run(),
            #[cfg(feature = "evaluate")]
            Command::Calibrate(command) => command.run(),
            #[cfg(feature = "review")]
            Command::ApplyReview(command) => command.run(),
            #[cfg(feature = "exchange")]
            Command::Export(command) => command.run(),
            #[cfg(feature = "exchange")]
            Command::Import(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Models(command) => command.run(),
            #[cfg(feature = "review")]
            Command::Review(command) => command.run(),
        }
    }
}
