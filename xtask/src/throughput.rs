//! Sentences a second on each backend.

use std::num::NonZeroUsize;
use std::time::Instant;

use demarche::document::{self, Document, Options};
use demarche::engine::{DEFAULT_BUDGET, Device, Precision, Workers};
use demarche::extract::{Extractor, Models};
use demarche::models::{EngineName, Runtime};

use super::{Outcome, catalogue, configuration};

/// Reads the articles of `folder` and extracts them on one thread and on two, backend by backend,
/// in one run; on `device` (such as `cuda:0`) as well, if given. Loading is not counted, a first
/// pass over some of the articles neither.
pub fn measure(folder: &str, device: Option<Device>) -> Outcome {
    let documents: Vec<Document> = document::read(&[folder.to_owned()])
        .map(|raw| document::parse(raw?, &Options::default()))
        .filter_map(Result::ok)
        .collect();
    let (configuration, catalogue) = (configuration()?, catalogue()?);

    let mut backends = vec![
        (EngineName::Embedded, Device::Cpu, None),
        (EngineName::Embedded, Device::Cpu, Some(Precision::F32)),
    ];
    if cfg!(feature = "rust-bert") {
        for device in [Some(Device::Cpu), device].into_iter().flatten() {
            backends
                .extend([Precision::F32, Precision::Bf16].map(|p| (EngineName::RustBert, device, Some(p))));
        }
    }
    println!("| backend | threads | sentences a second | seconds |");
    println!("| --- | --- | --- | --- |");
    for (engine, device, precision) in backends {
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
