//! Entities have the same spans, however a model's tokenizer splits the text.

use serde_json::json;

use crate::harness::{Bench, stderr};
use crate::kinds::{Around, Cut, KINDS, spelled, tokenizer};
use crate::planted::{graph, node, table};

const LABELS: [&str; 5] = ["O", "B-LOC", "I-LOC", "B-MISC", "B-PER"];

const TEXT: &str = "Officials in New Delhi spoke of “India’s offer” and of India's reply, which reached Doha.

The India-Pakistan talks (in Islamabad, not Doha) began at the India/Pakistan level.

A “🕊” flew over नेपाल, and then at last it came to Doha…
";

const ENTITIES: [&str; 12] = [
    "New Delhi",
    "India",
    "India",
    "Doha",
    "India",
    "Pakistan",
    "Islamabad",
    "Doha",
    "India",
    "Pakistan",
    "🕊",
    "नेपाल",
];

/// The planted model's label for a token, in any context.
fn label(token: &str) -> &'static str {
    match spelled(token).as_str() {
        "India" | "Pakistan" | "New" | "Doha" | "Islam" | "नेपाल" => "B-LOC",
        "Delhi" => "I-LOC",
        "🕊" => "B-MISC",
        // Never the first token of a word, so it must not count.
        "abad" => "B-PER",
        _ => "O",
    }
}

/// A temporary folder with an entity model of a kind in `m`.
fn planted(cut: Cut, around: Around, labels: &[&str]) -> (Bench, Result<(), String>) {
    let bench = Bench::new();
    let (tokenizer, vocabulary) = tokenizer(cut, around);
    let logit = |at: &&str, token: &str| if *at == label(token) { 9.0 } else { 0.0 };
    let rows: Vec<f32> =
        vocabulary.iter().flat_map(|token| LABELS.iter().map(move |at| logit(at, token))).collect();
    let names: serde_json::Map<_, _> =
        labels.iter().enumerate().map(|(i, name)| (i.to_string(), json!(name))).collect();
    let config = json!({
        "model_type": "bert", "architectures": ["BertForTokenClassification"], "id2label": names,
        "max_position_embeddings": 64,
    });
    bench.write("tiny/config.json", config.to_string());
    bench.write("tiny/tokenizer.json", tokenizer.to_string());
    let gather = node("Gather", &["table", "input_ids"], "logits", vec![]);
    let onnx = graph(vec![gather], vec![table(&rows, LABELS.len())], &["batch", "tokens", "labels"]);
    bench.write("tiny/model.onnx", onnx);
    let added = bench.run(&["models", "add", "tiny", "--task", "ner", "--name", "tiny", "--models", "m"]);
    let told = if added.status.success() { Ok(()) } else { Err(stderr(&added)) };
    (bench, told)
}

/// The entities of a text: those in the record, and the text at their offsets.
fn entities(bench: &Bench, text: &str) -> Vec<[String; 3]> {
    bench.write("a.txt", text);
    assert_eq!(bench.extract(&["a.txt", "--models", "m"]), 0);
    let characters: Vec<char> = text.chars().collect();
    let place = |entity: &serde_json::Value, end: &str| entity[end].as_u64().expect("a place") as usize;
    let told = |entity: &serde_json::Value| {
        let there = characters[place(entity, "start")..place(entity, "end")].iter().collect();
        let told = |field: &str| entity[field].as_str().expect("text").to_owned();
        [told("text"), told("label"), there]
    };
    let records = bench.records("sentences.jsonl");
    records.iter().flat_map(|record| record["entities"].as_array().expect("a list")).map(told).collect()
}

#[test]
fn entities_have_the_same_spans_with_any_tokenizer() {
    for (name, cut, around) in KINDS {
        let (bench, added) = planted(cut, around, &LABELS);
        assert_eq!(added, Ok(()), "{name}");
        let expected = ENTITIES.iter().chain(&["Doha"]).map(|entity| {
            let label = if *entity == "🕊" { "MISC" } else { "LOC" };
            [(*entity).to_owned(), label.to_owned(), (*entity).to_owned()]
        });
        assert_eq!(entities(&bench, TEXT), expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn duplicate_labels_are_refused_by_name() {
    let labels = ["O", "O", "B-LOC", "I-LOC", "B-PER"];
    let (bench, _) = planted(Cut::Metaspace, Around::Template, &labels);
    bench.write("a.txt", TEXT);
    let run = bench.run(&["extract", "a.txt", "--models", "m", "--output", "out", "--quiet"]);
    assert!(!run.status.success() && stderr(&run).contains("\"O\" stands for more"), "{}", stderr(&run));
}
