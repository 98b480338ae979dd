//! Scores the program on labelled data: `cargo run --release --example score -- TASK PATH…`.
//!
//! - `nli FILE`: three-way accuracy over `premise`, `hypothesis`, `label`, `source`
//! - `ner FILE`: span F1 over `tokens` and BIO `tags`
//! - `sentences FILE`: exact-span F1 over `text` and code-point spans `sents`
//! - `gold CORPUS GOLD`: claims of labelled articles, gate and pairs (`demarche evaluate` has the rest)
//! - `claims PART`, `unseen PART`, `entities PART`: the project's own labelled sentences (`training/data`) of
//!   a part (train, dev, test): claims; topics that the model was not trained on; entities
//! - `answers PART`, `answers CORPUS GOLD`: what the model answered in the first round, for `training/calibrate.py`
//! - `all SHARED`: everything that the models' cards report, from a folder with `data`, `corpus` and `gold`
//!
//! Files are JSON Lines, `.gz` or not. `DEMARCHE_MODELS` names another models folder,
//! `DEMARCHE_TOPICS` another topics file.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use demarche::config::{ConfigFiles, Configuration};
use demarche::engine::{DEFAULT_BUDGET, Workers};
use demarche::evaluate::Count;
use demarche::extract::Models;
use demarche::models::{Registry, Runtime};
use demarche::text;
use serde::Deserialize;
use serde::de::DeserializeOwned;

mod articles;
mod claims;
mod count;
mod entities;
mod nli;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/data");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["nli", file] => nli::score(Path::new(file)),
        ["ner", file] => entities::ner(Path::new(file)),
        ["sentences", file] => sentences(Path::new(file)),
        ["gold", corpus, gold] => articles::score(corpus, gold),
        ["claims", part] => claims::own(&data.join("claims"), part),
        ["answers", corpus, gold] => articles::answers(corpus, gold),
        ["answers", part] => claims::answers(&data.join("claims"), part),
        ["unseen", part] => claims::unseen(&data.join("topics"), part),
        ["entities", part] => entities::own(&data.join("entities"), part),
        ["all", shared] => all(Path::new(shared), &data),
        _ => Err("usage: score nli|ner|sentences FILE, gold|answers CORPUS GOLD, claims|answers|unseen|entities PART, or all SHARED".into()),
    }
}

/// Each measure under a heading of its own.
fn all(shared: &Path, data: &Path) -> Outcome {
    let gold = |name: &str| shared.join(name).to_string_lossy().into_owned();
    println!("# NLI, dev");
    nli::score(&shared.join("data/nli/dev.jsonl.gz"))?;
    println!("# entities, dev");
    entities::ner(&shared.join("data/ner/dev.jsonl.gz"))?;
    println!("# entities, own test part");
    entities::own(&data.join("entities"), "test")?;
    println!("# claims, own test part");
    claims::own(&data.join("claims"), "test")?;
    println!("# unseen topics, own test part");
    claims::unseen(&data.join("topics"), "test")?;
    println!("# the sample corpus");
    let repository =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(name).to_string_lossy().into_owned();
    articles::score(&repository("corpus"), &repository("tests/gold"))?;
    println!("# real articles");
    articles::score(&gold("corpus"), &gold("gold"))
}

fn configuration() -> Result<Configuration, Box<dyn Error>> {
    let topics = std::env::var_os("DEMARCHE_TOPICS").map(Into::into);
    Ok(Configuration::load(&ConfigFiles { topics, actors: None })?)
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    Ok(files)
}

fn models() -> Result<Models, Box<dyn Error>> {
    let folder = std::env::var_os("DEMARCHE_MODELS");
    Ok(Models::load(&Registry::open(folder.as_deref().map(Path::new))?, &Runtime::default())?)
}

fn workers() -> Workers {
    Workers::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN), DEFAULT_BUDGET)
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let file = File::open(path)?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    BufReader::new(reader).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn sentences(path: &Path) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        text: String,
        #[serde(rename = "sents")]
        sentences: Vec<[usize; 2]>,
    }
    let mut count = Count::default();
    for row in rows::<Row>(path)? {
        let bytes = bytes_of(&row.text);
        let gold = row.sentences.iter().filter_map(|s| Some((*bytes.get(s[0])?, *bytes.get(s[1])?)));
        let found = text::split(&row.text).into_iter().map(|r| (r.start, r.end));
        count += Count::of(&found.collect(), &gold.collect());
    }
    count::show("sentences", &count);
    Ok(())
}

/// The byte at which each code point begins, and the end.
fn bytes_of(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}
