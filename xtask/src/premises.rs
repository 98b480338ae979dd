//! The NLI model's input for each sentence.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use demarche::entities::Relevance;
use demarche::stance::{TaggedText, contexts};
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, configuration};

#[derive(Deserialize)]
struct Passage {
    sentences: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Sentence {
    id: String,
    text: String,
}

/// Reads passages as JSON Lines: `sentences`, each with an `id` and a `text`. For each sentence it
/// writes a line with `id`, the normalized `text`, `before` and `sentence`, which the topic model
/// reads, the names `inserted` into it, `candidates` for holder and source, and `mentions`. Training
/// examples are made from these, so that training and program use the same input.
pub fn write(path: &Path) -> Outcome {
    let configuration = configuration()?;
    let codebook = configuration.codebook();
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(File::open(path)?).lines() {
        let passage: Passage = serde_json::from_str(&line?)?;
        let relevance = Relevance::default();
        let texts = passage.sentences.iter();
        let texts = texts.map(|s| TaggedText { text: &s.text, entities: &[], relevance: &relevance });
        let texts: Vec<_> = texts.collect();
        let contexts = contexts(&texts, codebook);
        for (sentence, context) in passage.sentences.iter().zip(contexts) {
            let mentions = context.mentions.iter();
            let mentions =
                mentions.filter_map(|m| Some((context.text.get(m.span.range())?, m.actor.as_str())));
            let row = json!({
                "id": sentence.id, "candidates": context.candidates,
                "before": context.passage.before, "sentence": context.passage.sentence.text,
                "inserted": context.passage.sentence.inserted, "text": context.text,
                "mentions": mentions.collect::<Vec<_>>(),
            });
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}
