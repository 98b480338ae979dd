//! A custom backend that wraps a model's own: `cargo run --release --example own_backend`.
//!
//! This one counts the tokens that the model reads. A backend that runs the model elsewhere would
//! not use the inner backend.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use demarche::Extractor;
use demarche::entities::Tagger;
use demarche::inference::{Backend, BackendError, Encoder, Outputs, Runtime, Tokens};
use demarche::models::{ModelTask, Registry};

/// Counts the tokens that go through another backend.
struct Counting {
    inner: Arc<dyn Backend>,
    tokens: Arc<AtomicUsize>,
}

impl Backend for Counting {
    fn run(&self, batch: &[&Tokens]) -> Result<Vec<Outputs>, BackendError> {
        let tokens = batch.iter().map(|tokens| tokens.len()).sum();
        self.tokens.fetch_add(tokens, Ordering::Relaxed);
        self.inner.run(batch)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let tokens = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&tokens);
    let encoder = Encoder::load(&Registry::open(None)?, ModelTask::Ner, &Runtime::default())?;
    let encoder =
        encoder.with_backend("counting onnx", |inner| Arc::new(Counting { inner, tokens: counter }));
    let extractor = Extractor::builder().tagger(Tagger::new(encoder)?).build()?;

    let records = extractor.extract_text("Rubio met Misri in Doha. Nobody else was there.")?;
    let entities: usize = records.sentences.iter().map(|s| s.entities.len()).sum();
    println!("{entities} entities in {} tokens", tokens.load(Ordering::Relaxed));
    Ok(())
}
