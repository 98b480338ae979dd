//! Who takes which stance in one sentence: `cargo run --release --example one_sentence`.

#![allow(clippy::print_stdout)]

use std::error::Error;

use demarche::Extractor;

fn main() -> Result<(), Box<dyn Error>> {
    let text = "Islamabad said that Delhi had rejected any mediation.";
    let records = Extractor::builtin()?.extract_text(text)?;
    for sentence in &records.sentences {
        for entity in &sentence.entities {
            println!("{} {}", entity.label, entity.text);
        }
        for claim in &sentence.claims {
            let source = claim.source.as_deref().unwrap_or("nobody else");
            println!("{} {} {}, reported by {source}", claim.holder, claim.stance, claim.topic);
        }
        // The same line that `demarche extract` writes into sentences.jsonl.
        println!("{}", serde_json::to_string(sentence)?);
    }
    Ok(())
}
