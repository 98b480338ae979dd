//! Sentences a second on each backend.

use std::num::NonZeroUsize;
use std::time::Instant;

use demarche::document::{self, Document, Options};
use demarche::inference::{Device, Precision, Runtime};
use demarche::models::BackendName;

use super::{Outcome, builder};

/// Reads the articles of `folder` and extracts them on one thread and on two, backend by backend,
/// in one run; on `device` (such as `cuda:0`) as well, if given. Loading is not counted, a first
/// pass over some of the articles neither.
pub fn measure(folder: &str, device: Option<Device>) -> Outcome {
    let documents: Vec<Document> = document::read(&[folder.to_owned()])
        .map(|raw| document::parse(raw?, &Options::default()))
        .filter_map(Result::ok)
        .collect();

    let mut backends =
        vec![(BackendName::Onnx, Device::Cpu, None), (BackendName::Onnx, Device::Cpu, Some(Precision::F32))];
    if cfg!(feature = "rust-bert") {
        for device in [Some(Device::Cpu), device].into_iter().flatten() {
            backends
                .extend([Precision::F32, Precision::Bf16].map(|p| (BackendName::Libtorch, device, Some(p))));
        }
    }
    println!("| backend | threads | sentences a second | seconds |");
    println!("| --- | --- | --- | --- |");
    for (backend, device, precision) in backends {
        let runtime = Runtime { backend: Some(backend), device, precision };
        for threads in [1, 2].into_iter().filter_map(NonZeroUsize::new) {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build()?;
            let extractor = builder().runtime(runtime).threads(threads).build()?;
            let few = documents.iter().take(2).cloned().collect();
            pool.install(|| extractor.extract(few))?;
            let all = documents.clone();
            let start = Instant::now();
            let done = pool.install(|| extractor.extract(all))?;
            let seconds = start.elapsed().as_secs_f64();
            let sentences: usize = done.iter().flatten().map(|e| e.sentences.len()).sum();
            let runs_on = extractor.tagger().encoder().runs_on();
            let rate = sentences as f64 / seconds;
            println!("| {runs_on} | {threads} | {rate:.1} | {seconds:.1} |");
        }
    }
    Ok(())
}
