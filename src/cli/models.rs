//! `models`: what there is, and whether the bytes are right.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use demarche::models::{Catalogue, Model};

use super::Outcome;

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
            Command::Verify => Ok(verify(&catalogue)),
        }
    }
}

fn list(catalogue: &Catalogue) -> Result<Outcome, String> {
    for entry in catalogue.entries() {
        let labels = Model::labels(catalogue, entry).map_err(|e| e.to_string())?;
        println!("{}", entry.name);
        println!("  task     {}", entry.task);
        println!("  labels   {}", labels.join(" "));
        println!("  licence  {}", entry.licence);
        for (name, file) in &entry.files {
            println!("  file     {name}  {} bytes  sha256 {}", file.size, file.sha256);
        }
    }
    Ok(Outcome::Done)
}

fn verify(catalogue: &Catalogue) -> Outcome {
    let mut outcome = Outcome::Done;
    for entry in catalogue.entries() {
        for name in entry.files.keys() {
            match catalogue.read(entry, name) {
                Ok(_) => println!("ok  {}/{name}", entry.folder),
                Err(error) => {
                    println!("BAD {error}");
                    outcome = Outcome::Nothing;
                }
            }
        }
    }
    outcome
}
