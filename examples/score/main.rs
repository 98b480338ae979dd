//! Scores the program on labelled data: `cargo run --release --example score -- TASK PATH…`.
//!
//! - `nli FILE`: three-way accuracy over `premise`, `hypothesis`, `label`, `source`
//! - `ner FILE`: span F1 over `tokens` and BIO `tags`
//! - `sentences FILE`: exact-span F1 over `text` and code-point spans `sents`
//! - `gold CORPUS GOLD`: boilerplate, sentences, entities and claims of labelled articles
//!
//! Files are JSON Lines, `.gz` or not. `DEMARCHE_MODELS` names another models folder,
//! `DEMARCHE_TOPICS` another topics file.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;

use demarche::config::{ConfigFiles, Configuration};
use demarche::document::{self, Options};
use demarche::engine::{DEFAULT_BUDGET, Tokens, Workers};
use demarche::entities::Tagger;
use demarche::extract::{Extractor, Models};
use demarche::models::Catalogue;
use demarche::stance::{Judge, Status};
use demarche::text;
use serde::Deserialize;
use serde::de::DeserializeOwned;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["nli", file] => nli(file),
        ["ner", file] => ner(file),
        ["sentences", file] => sentences(file),
        ["gold", corpus, gold] => articles(corpus, gold),
        _ => Err("usage: score nli|ner|sentences FILE, or score gold CORPUS GOLD".into()),
    }
}

fn models() -> Result<Models, Box<dyn Error>> {
    let folder = std::env::var_os("DEMARCHE_MODELS");
    Ok(Models::load(&Catalogue::open(folder.as_deref().map(Path::new))?)?)
}

fn workers() -> Workers {
    Workers::new(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN), DEFAULT_BUDGET)
}

fn rows<T: DeserializeOwned>(path: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let file = File::open(path)?;
    let reader: Box<dyn Read> = if path.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    BufReader::new(reader).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// True positives, predictions and gold items.
#[derive(Default, Clone, Copy)]
struct Count {
    both: usize,
    predicted: usize,
    gold: usize,
}

impl Count {
    fn add<T: Eq + std::hash::Hash>(&mut self, predicted: &HashSet<T>, gold: &HashSet<T>) {
        self.both += predicted.intersection(gold).count();
        self.predicted += predicted.len();
        self.gold += gold.len();
    }

    fn show(&self, name: &str) {
        let (p, r) = (ratio(self.both, self.predicted), ratio(self.both, self.gold));
        let f1 = ratio(2 * self.both, self.predicted + self.gold);
        println!("{name:32} P {p:.4}  R {r:.4}  F1 {f1:.4}  ({} gold)", self.gold);
    }
}

fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

fn nli(path: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        premise: String,
        hypothesis: String,
        label: String,
        source: String,
    }
    let rows: Vec<Row> = rows(path)?;
    let models = models()?;
    let judge = Judge::new(&models.nli)?;
    let tokens: Vec<Tokens> =
        rows.iter().map(|r| judge.tokens(&r.premise, &r.hypothesis)).collect::<Result<_, _>>()?;
    let logits = workers().run(models.nli.engine.as_ref(), &tokens)?;
    let mut by_source: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (row, logits) in rows.iter().zip(&logits) {
        let p = judge.probabilities(logits);
        let ranked =
            [("entailment", p.entailment), ("neutral", p.neutral), ("contradiction", p.contradiction)];
        let best = ranked.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a }).map_or("", |r| r.0);
        for source in ["all", &row.source] {
            let slot = by_source.entry(source).or_default();
            slot.0 += usize::from(best == row.label);
            slot.1 += 1;
        }
    }
    for (source, (right, all)) in by_source {
        println!("{source:20} accuracy {:.4}  ({all} pairs)", ratio(right, all));
    }
    Ok(())
}

fn ner(path: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        tokens: Vec<String>,
        tags: Vec<String>,
        source: String,
    }
    let models = models()?;
    let tagger = Tagger::new(&models.ner)?;
    let rows: Vec<Row> = rows(path)?;
    let texts: Vec<String> = rows.iter().map(|r| r.tokens.join(" ")).collect();
    let windows = texts.iter().map(|t| tagger.windows(t)).collect::<Result<Vec<_>, _>>()?;
    let tokens: Vec<Tokens> = windows.iter().flatten().map(|w| w.tokens.clone()).collect();
    let mut logits = workers().run(models.ner.engine.as_ref(), &tokens)?.into_iter();
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for (row, windows) in rows.iter().zip(&windows) {
        let mut found: HashSet<(usize, usize, String)> = HashSet::new();
        for window in windows {
            let row = logits.next().unwrap_or_default();
            let mentions = tagger.mentions(window, &row);
            found.extend(mentions.into_iter().map(|m| (m.range.start, m.range.end, m.label.to_string())));
        }
        let gold = spans(&row.tokens, &row.tags);
        for (name, keep) in [("all", None), (&row.source, None), ("PER", Some("PER")), ("ORG", Some("ORG"))]
            .into_iter()
            .chain([("LOC", Some("LOC")), ("MISC", Some("MISC"))])
        {
            let only = |set: &HashSet<(usize, usize, String)>| {
                set.iter().filter(|s| keep.is_none_or(|k| s.2 == k)).cloned().collect()
            };
            counts.entry(name.to_owned()).or_default().add(&only(&found), &only(&gold));
        }
    }
    counts.iter().for_each(|(name, count)| count.show(name));
    Ok(())
}

/// Entities as byte ranges of the tokens joined by spaces.
fn spans(tokens: &[String], tags: &[String]) -> HashSet<(usize, usize, String)> {
    let (mut out, mut at): (Vec<(usize, usize, String)>, usize) = (Vec::new(), 0);
    for (token, tag) in tokens.iter().zip(tags) {
        let end = at + token.len();
        if let Some(label) = tag.strip_prefix("B-") {
            out.push((at, end, label.to_owned()));
        } else if tag.starts_with("I-")
            && let Some(last) = out.last_mut()
        {
            last.1 = end;
        }
        at = end + 1;
    }
    out.into_iter().collect()
}

fn sentences(path: &str) -> Outcome {
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
        count.add(&found.collect(), &gold.collect());
    }
    count.show("sentences");
    Ok(())
}

/// The byte at which each code point begins, and the end.
fn bytes_of(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

#[derive(Deserialize)]
struct GoldLine {
    doc: String,
    start: usize,
    end: usize,
    boilerplate: bool,
    entities: Vec<GoldEntity>,
    claims: Vec<GoldClaim>,
}

#[derive(Deserialize)]
struct GoldEntity {
    start: usize,
    end: usize,
    label: String,
}

#[derive(Deserialize)]
struct GoldClaim {
    topic: String,
    stance: String,
    holder: String,
}

fn articles(corpus: &str, gold: &str) -> Outcome {
    let topics = std::env::var_os("DEMARCHE_TOPICS").map(Into::into);
    let configuration = Configuration::load(&ConfigFiles { topics, actors: None })?;
    let models = models()?;
    let extractor = Extractor::new(&models, &configuration, workers())?;
    let mut counts = [Count::default(); 6];
    let (mut dropped, mut boilerplate, mut kept, mut lines) = (0, 0, 0, 0);
    for raw in document::read(&[corpus.to_owned()]) {
        let document = document::parse(raw?, &Options::default())?;
        let file = Path::new(gold).join(format!("{}.jsonl", document.stem));
        let labelled: Vec<GoldLine> = rows(&file.to_string_lossy())?;
        let bytes = bytes_of(&document.text);
        let Some(Ok(extraction)) = extractor.extract(vec![document])?.pop() else {
            return Err("an article failed".into());
        };
        let at = |code_point: usize| bytes.get(code_point).copied().unwrap_or(usize::MAX);
        let ranges: Vec<Range<usize>> =
            extraction.sentences.iter().map(|a| a.sentence.range.clone()).collect();
        for line in &labelled {
            let range = at(line.start)..at(line.end);
            let covered: usize =
                ranges.iter().map(|r| r.end.min(range.end).saturating_sub(r.start.max(range.start))).sum();
            if line.boilerplate {
                boilerplate += 1;
                dropped += usize::from(covered == 0);
            } else {
                lines += 1;
                kept += usize::from(covered * 20 >= range.len() * 19);
            }
        }
        let article = || labelled.iter().filter(|l| !l.boilerplate);
        let gold_spans: HashSet<_> = article().map(|l| (at(l.start), at(l.end))).collect();
        counts[0].add(&ranges.iter().map(|r| (r.start, r.end)).collect(), &gold_spans);
        let gold_entities: HashSet<_> = article()
            .flat_map(|l| l.entities.iter().map(|e| (at(e.start), at(e.end), e.label.clone())))
            .collect();
        let found = extraction.sentences.iter().flat_map(|a| {
            let base = a.sentence.range.start;
            a.mentions.iter().map(move |m| (base + m.range.start, base + m.range.end, m.label.to_string()))
        });
        counts[1].add(&found.collect(), &gold_entities);
        for (slot, depth) in [(2, 1), (3, 2), (4, 3)] {
            let short = |start: usize, topic: &str, stance: &str, holder: &str| {
                let parts = [topic, stance, holder];
                (start, parts[..depth].join("/"))
            };
            let gold_claims: HashSet<_> = article()
                .flat_map(|l| l.claims.iter().map(|c| short(at(l.start), &c.topic, &c.stance, &c.holder)))
                .collect();
            let claims = extraction.sentences.iter().flat_map(|a| {
                let counted = a.claims.iter().filter(|c| c.status == Status::Auto);
                counted.map(move |c| short(a.sentence.range.start, &c.topic, &c.stance, &c.holder))
            });
            counts[slot].add(&claims.collect(), &gold_claims);
        }
        for line in article().filter(|l| !l.claims.is_empty()) {
            let asked = extraction
                .sentences
                .iter()
                .any(|a| a.sentence.range.start == at(line.start) && !a.questions.is_empty());
            counts[5].gold += 1;
            counts[5].both += usize::from(asked);
        }
        let name = labelled.first().map_or("", |l| l.doc.as_str());
        println!("{name}: {} sentences", ranges.len());
    }
    println!(
        "boilerplate dropped {:.4} ({boilerplate} lines), article kept {:.4} ({lines} lines)",
        ratio(dropped, boilerplate),
        ratio(kept, lines)
    );
    println!(
        "gate recall {:.4} ({} sentences with claims)",
        ratio(counts[5].both, counts[5].gold),
        counts[5].gold
    );
    let names =
        ["sentences", "entities", "claims: topic", "claims: topic+stance", "claims: topic+stance+holder"];
    counts.iter().zip(names).for_each(|(count, name)| count.show(name));
    Ok(())
}
