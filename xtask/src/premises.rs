//! What the NLI model reads of each sentence.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use demarche::stance::{self, Relevance};
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

/// Reads JSON Lines of passages: `sentences`, each with an `id` and a `text`. Out come, a line a
/// sentence, `id`, `premise`, `candidates` for holder and source, `mentions` and the `topics` whose
/// regular expressions let it through. Training data are made from these, so that training and
/// program can't differ.
pub fn write(path: &Path) -> Outcome {
    let configuration = configuration()?;
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(File::open(path)?).lines() {
        let passage: Passage = serde_json::from_str(&line?)?;
        let relevance = Relevance::default();
        let texts: Vec<_> = passage.sentences.iter().map(|s| (s.text.as_str(), &relevance)).collect();
        for (sentence, reading) in passage.sentences.iter().zip(stance::read(&texts, &configuration)) {
            let topics: Vec<&str> =
                reading.topics.iter().map(|&t| configuration.topics[t].id.as_str()).collect();
            let mentions: Vec<(&str, &str)> = reading
                .mentions
                .iter()
                .filter_map(|m| Some((reading.text.get(m.range.clone())?, m.actor.as_str())))
                .collect();
            let row = json!({
                "id": sentence.id, "premise": reading.premise, "candidates": reading.candidates,
                "topics": topics, "mentions": mentions,
            });
            writeln!(out, "{row}")?;
        }
    }
    Ok(())
}
