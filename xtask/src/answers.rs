//! The stance model's answers to the questions about stances, one line per question, with the right
//! answers. `training/calibrate.py` fits the calibration and thresholds to them.

use std::collections::HashSet;
use std::path::Path;

use demarche::document::{self, Document, Kind, Options, Origin, Raw};
use demarche::evaluate::labels::{self, LabelledArticle, Passage, Side};
use demarche::evaluate::rows::passages;
use demarche::extraction::{Analysis, Extraction};
use demarche::record::LabelledClaim;
use demarche::stance::{Codebook, Context, Holder, Judgement, Probabilities};
use demarche::text::Offsets;
use serde::Serialize;

use super::{Outcome, builder};

/// Number of documents that are extracted at once.
const CHUNK: usize = 64;

/// A question, the model's answer, and the right answer.
#[derive(Serialize)]
struct Answer<'a> {
    /// The document's id.
    document: &'a str,
    /// Topic and stance.
    stance: String,
    probabilities: Probabilities,
    right: bool,
    roles: Vec<Part<'a>>,
}

/// An actor's roles in a stance, as predicted and as labelled.
#[derive(Serialize)]
struct Part<'a> {
    actor: &'a str,
    holder: f64,
    source: f64,
    holds: bool,
    reports: bool,
    /// Whether the program considers this actor as a source at all.
    may_report: bool,
}

/// The answers for the project's own labelled sentences of a part, in these folders.
pub fn of_part(part: &str, kinds: &[&str]) -> Outcome {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../training/data");
    let folders: Vec<_> = kinds.iter().map(|kind| data.join(kind)).collect();
    let texts = passages::read(&folders, Some(part))?;
    let mut labelled = Vec::new();
    for text in texts {
        let raw = Raw {
            origin: Origin { path: text.gold.id.clone(), line: None },
            stem: text.gold.id.clone(),
            kind: Kind::Text,
            bytes: text.text.into_bytes(),
        };
        labelled
            .push((document::parse(raw, &Options { any_language: true, ..Options::default() })?, text.gold));
    }
    write(labelled)
}

/// The answers for the articles of `corpus`, labelled by the files in `gold` with the same id or
/// file name.
pub fn of_articles(corpus: &str, gold: &Path) -> Outcome {
    let mut labelled = Vec::new();
    for raw in document::read(&[corpus.to_owned()]) {
        let document = document::parse(raw?, &Options::default())?;
        let file = gold.join(format!("{}.jsonl", document.id.as_ref().unwrap_or(&document.stem)));
        let articles = labels::read(&[file], Side::Reviewer)?;
        labelled.extend(articles.into_iter().map(|article| (document.clone(), article)));
    }
    write(labelled)
}

fn write(labelled: Vec<(Document, LabelledArticle)>) -> Outcome {
    let extractor = builder().build()?;
    if extractor.stance_model().encoders().iter().any(|model| model.temperature() != 1.0) {
        // The temperature is fitted to answers without a temperature.
        return Err(
            "the stance model's config.json has a temperature; set it to 1 and pin the file again".into()
        );
    }
    let codebook = extractor.configuration().codebook();
    let mut gate = Gate::default();
    for chunk in labelled.chunks(CHUNK) {
        let documents = chunk.iter().map(|(document, _)| document.clone()).collect();
        for (extraction, (_, gold)) in extractor.extract(documents)?.into_iter().zip(chunk) {
            match extraction {
                Ok(extraction) => write_article(&extraction, gold, codebook, &mut gate)?,
                Err(failure) => eprintln!("{failure}; left out"),
            }
        }
    }
    eprintln!(
        "gate recall {:.4} ({} sentences and topics with claims), {:.2} NLI pairs a sentence ({} sentences)",
        ratio(gate.open, gate.claimed),
        gate.claimed,
        ratio(gate.pairs, gate.sentences),
        gate.sentences
    );
    Ok(())
}

/// How many topics with claims pass the gate.
#[derive(Default)]
struct Gate {
    sentences: usize,
    pairs: usize,
    /// Passages and topics with claims, and those of them that were asked about.
    claimed: usize,
    open: usize,
}

fn write_article(
    extraction: &Extraction,
    gold: &LabelledArticle,
    codebook: &Codebook,
    gate: &mut Gate,
) -> Outcome {
    gate.sentences += extraction.sentences.len();
    gate.pairs += extraction.pairs;
    for passage in gold.passages.iter().filter(|p| !p.boilerplate) {
        let starts_within = |a: &&Analysis| {
            let offsets = Offsets::new(extraction.field(a.sentence.field));
            let start = offsets.code_points(a.sentence.span).start;
            a.sentence.field == passage.field && (passage.start..passage.end).contains(&start)
        };
        let found: Vec<&Analysis> = extraction.sentences.iter().filter(starts_within).collect();
        let topics: HashSet<&str> = passage.claims.iter().map(|s| s.claim.topic.as_str()).collect();
        let asked = |topic: &&&str| {
            let at = codebook.topics.indexed().find(|(_, known)| known.id == **topic);
            at.is_some_and(|(at, _)| found.iter().any(|a| a.context.topics.contains(&at)))
        };
        gate.claimed += topics.len();
        gate.open += topics.iter().filter(asked).count();
        // If a passage has several sentences, it is unknown which one makes its claims.
        if let [analysis] = found.as_slice() {
            write_sentence(&gold.id, analysis, passage, codebook)?;
        }
    }
    Ok(())
}

fn write_sentence(document: &str, analysis: &Analysis, passage: &Passage, codebook: &Codebook) -> Outcome {
    for judgement in &analysis.judgements {
        let topic = codebook.topics.topic(judgement.stance.topic);
        let stance = codebook.topics.stance(judgement.stance);
        let labelled = passage.claims.iter().map(|s| &s.claim);
        let taken: Vec<&LabelledClaim> =
            labelled.filter(|c| c.topic == topic.id && c.stance == stance.id).collect();
        let answer = Answer {
            document,
            stance: format!("{}/{}", topic.id, stance.id),
            probabilities: judgement.probabilities,
            right: !taken.is_empty(),
            roles: roles(judgement, &analysis.context, &taken, codebook),
        };
        println!("{}", serde_json::to_string(&answer)?);
    }
    Ok(())
}

fn roles<'a>(
    judgement: &'a Judgement,
    context: &Context,
    taken: &[&LabelledClaim],
    codebook: &Codebook,
) -> Vec<Part<'a>> {
    let part = |holder: &'a Holder| {
        let source = judgement.sources.iter().find(|source| source.actor == holder.actor);
        let actor = holder.actor.as_str();
        Part {
            actor,
            holder: holder.probability,
            source: source.map_or(0.0, |source| source.probability),
            holds: taken.iter().any(|c| c.holder == actor),
            reports: taken.iter().any(|c| c.source.as_deref() == Some(actor)),
            may_report: context.reporters(&codebook.actors).any(|r| *r == holder.actor),
        }
    };
    judgement.holders.iter().map(part).collect()
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
