//! Tools for working on this project: `cargo xtask TASK …`.
//!
//! - `premises FILE`: what the stance model reads of each sentence, for training
//! - `throughput [FOLDER] [DEVICE]`: sentences per second on each backend; with libtorch:
//!   `cargo run --release --package xtask --features rust-bert -- throughput`
//!
//! `DEMARCHE_MODELS` names another models folder, `DEMARCHE_TOPICS` another topics file.

mod premises;
mod throughput;

use std::error::Error;
use std::path::{Path, PathBuf};

use demarche::config::{ConfigFiles, Configuration};
use demarche::extraction::{Builder, Extractor};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["premises", file] => premises::write(Path::new(file)),
        ["throughput"] => throughput::measure("corpus", None),
        ["throughput", folder] => throughput::measure(folder, None),
        ["throughput", folder, device] => throughput::measure(folder, Some(device.parse()?)),
        _ => Err("usage: cargo xtask premises FILE, or throughput [FOLDER] [DEVICE]".into()),
    }
}

fn configuration() -> Result<Configuration, Box<dyn Error>> {
    let topics = std::env::var_os("DEMARCHE_TOPICS").map(PathBuf::from);
    Ok(Configuration::load(&ConfigFiles { topics, actors: None })?)
}

/// A builder with the models and topics that the environment names.
fn builder() -> Builder {
    let from = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let builder = from("DEMARCHE_MODELS").into_iter().fold(Extractor::builder(), Builder::models);
    from("DEMARCHE_TOPICS").into_iter().fold(builder, Builder::topics)
}
