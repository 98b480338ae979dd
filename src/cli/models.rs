//! `models`: what there is, and whether the bytes are right.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use demarche::models::{Catalogue, Model};

use super::{Out, Outcome};

#[derive(Args)]
pub struct Models {
    /// Folder with models.toml, instead of the built-in models
    #[arg(long, value_name = "DIR", global = true)]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Name, task, labels, licence, size and sha256 of each model
    List,
    /// Hold each file against its pinned sha256
    Verify,
}

impl Models {
    pub fn run(self) -> Result<Outcome, String> {
        let catalogue = Catalogue::open(self.models.as_deref()).map_err(|e| e.to_string())?;
        match self.command {
            Command::List => list(&catalogue),
            Command::Verify => verify(&catalogue),
        }
    }
}

fn list(catalogue: &Catalogue) -> Result<Outcome, String> {
    let mut out = Out::new();
    for entry in catalogue.entries() {
        let labels = Model::labels(catalogue, entry).map_err(|e| e.to_string())?;
        out.line(format_args!("{}", entry.name))?;
        out.line(format_args!("  task     {}", entry.task))?;
        out.line(format_args!("  labels   {}", labels.join(" ")))?;
        out.line(format_args!("  licence  {}", entry.licence))?;
        for (name, file) in catalogue.files(entry) {
            out.line(format_args!("  file     {name}  {} bytes  sha256 {}", file.size, file.sha256))?;
        }
    }
    Ok(Outcome::Done)
}

fn verify(catalogue: &Catalogue) -> Result<Outcome, String> {
    let mut out = Out::new();
    let mut outcome = Outcome::Done;
    for entry in catalogue.entries() {
        for name in catalogue.files(entry).keys() {
            match catalogue.read(entry, name) {
                Ok(_) => out.line(format_args!("ok  {}", catalogue.path(entry, name)))?,
                Err(error) => {
                    out.line(format_args!("BAD {error}"))?;
                    outcome = Outcome::Nothing;
                }
            }
        }
    }
    Ok(outcome)
}
