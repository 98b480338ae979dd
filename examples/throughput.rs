//! Sentences a second on each engine: `cargo run --release --features rust-bert --example throughput -- [FOLDER] [DEVICE]`.
//!
//! Reads the articles of FOLDER (`corpus` if not given) and extracts them with the built-in models on one thread and on two,
//! engine by engine, in one run; on DEVICE (such as `cuda:0`) as well, if given. Loading is not counted, a first pass
//! over some of the articles neither.

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

use demarche::config::{ConfigFiles, Configuration};
use demarche::document::{self, Document, Options};
use demarche::engine::{DEFAULT_BUDGET, Device, Precision, Workers};
use demarche::extract::{Extractor, Models};
use demarche::models::{BackendName, Registry, Runtime};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "corpus".into());
    let device = arguments.next().map(|device| device.parse::<Device>()).transpose()?;
    let documents: Vec<Document> = document::read(&[folder])
        .map(|raw| document::parse(raw?, &Options::default()))
        .filter_map(Result::ok)
        .collect();
    let configuration = Configuration::load(&ConfigFiles::default())?;
    let catalogue = Registry::open(None)?;

    let mut engines =
        vec![(BackendName::Onnx, Device::Cpu, None), (BackendName::Onnx, Device::Cpu, Some(Precision::F32))];
    if cfg!(feature = "rust-bert") {
        for device in [Some(Device::Cpu), device].into_iter().flatten() {
            engines
                .extend([Precision::F32, Precision::Bf16].map(|p| (BackendName::Libtorch, device, Some(p))));
        }
    }
    println!("| engine | threads | sentences a second | seconds |");
    println!("| --- | --- | --- | --- |");
    for (engine, device, precision) in engines {
        let models = Models::load(&catalogue, &Runtime { engine: Some(engine), device, precision })?;
        for threads in [1, 2].into_iter().filter_map(NonZeroUsize::new) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build()?;
            let extractor = Extractor::new(&models, &configuration, Workers::new(threads, DEFAULT_BUDGET))?;
            let few = documents.iter().take(2).cloned().collect();
            pool.install(|| extractor.extract(few))?;
            let all = documents.clone();
            let start = Instant::now();
            let done = pool.install(|| extractor.extract(all))?;
            let seconds = start.elapsed().as_secs_f64();
            let sentences: usize = done.iter().flatten().map(|e| e.sentences.len()).sum();
            println!(
                "| {} | {threads} | {:.1} | {seconds:.1} |",
                models.nli.runs_on,
                sentences as f64 / seconds
            );
        }
    }
    Ok(())
}
