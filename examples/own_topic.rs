//! Stances on a topic of your own: `cargo run --release --example own_topic`.

#![allow(clippy::print_stdout)]

use std::error::Error;

use demarche::Extractor;
use demarche::config::Configuration;

const TOPICS: &str = r#"
[[topic]]
id = "visas"
title = "Visas between India and Pakistan"
gate = ['visas?\b', 'consul']

[[topic.stance]]
id = "eases"
hypothesis = "{holder} makes it easier to get a visa."

[[topic.stance]]
id = "restricts"
hypothesis = "{holder} makes it harder to get a visa, or gives none."
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let configuration = Configuration::built_in()?.with_topics(TOPICS)?;
    let extractor = Extractor::builder().configuration(configuration).build()?;
    let text = "New Delhi has cancelled all visas that were issued to Pakistani nationals.";
    for sentence in extractor.extract_text(text)?.sentences {
        println!("{}", sentence.text);
        for claim in sentence.claims {
            println!(
                "  {} {} {} ({:?}, {})",
                claim.holder, claim.stance, claim.topic, claim.status, claim.score
            );
        }
    }
    Ok(())
}
