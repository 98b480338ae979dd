//! The commands.

mod apply_review;
mod evaluate;
mod exchange;
mod explain;
mod extract;
mod models;
mod review;

use std::fmt::Arguments;
use std::io::{self, StdoutLock, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use demarche::config::{ConfigFiles, Configuration};
use demarche::engine::{Device, Precision};
use demarche::extract::Models;
use demarche::models::{Catalogue, EngineName, Runtime};

/// How a command went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All done.
    Done,
    /// Some documents were quarantined, or some corrections refused.
    Some,
    /// Nothing could be done.
    Nothing,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Some => 1,
            Outcome::Nothing => 2,
        })
    }
}

const EXIT_CODES: &str = "Exit codes: 0 all done, 1 some of it could not be done (documents quarantined, corrections refused, gold without a prediction), 2 nothing could be done";

/// Reads news articles and writes down, sentence by sentence, who is named and who takes which stance.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Extract entities and claims from articles into JSONL
    #[command(after_help = EXIT_CODES)]
    Extract(extract::Extract),
    /// Hold records against labels: scores, agreement, calibration, mistakes
    #[command(after_help = EXIT_CODES)]
    Evaluate(Box<evaluate::Evaluate>),
    /// Merge a reviewer's decisions into the records
    #[command(after_help = EXIT_CODES)]
    ApplyReview(apply_review::ApplyReview),
    /// Write tasks for an annotation tool, or a table of claims
    Export(exchange::Export),
    /// Take an annotation tool's corrections into the records
    #[command(after_help = EXIT_CODES)]
    Import(exchange::Import),
    /// Show for one sentence how it comes to its record
    Explain(explain::Explain),
    /// List, check, fetch and add models
    Models(models::Models),
    /// Write the page on which a person reads the records and decides on them
    Review(review::Review),
}

/// Standard output, line by line. A reader who has seen enough ends the program in peace.
struct Out(StdoutLock<'static>);

impl Out {
    fn new() -> Self {
        Self(io::stdout().lock())
    }

    fn line(&mut self, line: Arguments<'_>) -> Result<(), String> {
        Self::told(writeln!(self.0, "{line}"))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
        Self::told(self.0.write_all(bytes).and_then(|()| self.0.flush()))
    }

    fn told(written: io::Result<()>) -> Result<(), String> {
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
            other => other.map_err(|e| format!("standard output: {e}")),
        }
    }
}

/// What claims may be about and whose they may be.
#[derive(Args)]
struct Subjects {
    /// Topics, stances and hypotheses, instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    topics: Option<PathBuf>,
    /// Actors and their names, instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    actors: Option<PathBuf>,
}

/// Where models and configuration come from.
#[derive(Args)]
struct Sources {
    #[command(flatten)]
    subjects: Subjects,
    /// Folder with models.toml, instead of the built-in models
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Engine for the models: embedded, or rust-bert (in a build with that feature); if not given, what models.toml says
    #[arg(long)]
    engine: Option<EngineName>,
    /// Where rust-bert computes: cpu, or a CUDA device such as cuda:0
    #[arg(long, default_value_t)]
    device: Device,
    /// Numbers that the engine computes with: f32, or on rust-bert bf16; if not given, those of the file on embedded, f32 on rust-bert
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
    fn configuration(&self) -> Result<Configuration, String> {
        self.subjects.configuration()
    }

    fn models(&self) -> Result<Models, String> {
        let runtime = Runtime { engine: self.engine, device: self.device, precision: self.precision };
        let catalogue = Catalogue::open(self.models.as_deref()).map_err(|e| e.to_string())?;
        Models::load(&catalogue, &runtime).map_err(|e| e.to_string())
    }
}

impl CommandLine {
    /// Runs the command.
    ///
    /// # Errors
    /// Why nothing could be done.
    pub fn run(self) -> Result<Outcome, String> {
        match self.command {
            Command::Extract(command) => command.run(),
            Command::Evaluate(command) => command.run(),
            Command::ApplyReview(command) => command.run(),
            Command::Export(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Models(command) => command.run(),
            Command::Review(command) => command.run(),
        }
    }
}
