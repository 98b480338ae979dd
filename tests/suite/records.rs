//! What stands in the records, over the sample corpus.

use std::collections::HashMap;

use demarche::record::{DOCUMENTS, Dataset, Manifest, QuarantineRecord, Records, SENTENCES};
use serde_json::{Value, json};

use crate::harness::{Bench, STABLE, corpus_bench, repository};

fn validator(kind: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(repository("docs/schema.json")).expect("the schema");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    schema["$ref"] = json!(format!("#/$defs/{kind}"));
    jsonschema::validator_for(&schema).expect("a valid schema")
}

/// Holds a record against its part of the schema.
pub fn check(kind: &str, record: &Value) {
    let validator = validator(kind);
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{kind}: {errors:#?}\n{record:#}");
}

/// The slice of a field, white space made single.
fn slice(text: &str, start: &Value, end: &Value) -> String {
    let (start, end) = (start.as_u64().expect("a number") as usize, end.as_u64().expect("a number") as usize);
    let slice: String = text.chars().skip(start).take(end - start).collect();
    slice.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn records_of_the_corpus_hold_to_the_schema_and_to_the_text() {
    let bench = corpus_bench();
    for (file, kind) in STABLE.iter().zip(["sentence", "document", "quarantine"]) {
        let validator = validator(kind);
        for record in bench.records(file) {
            if !validator.is_valid(&record) {
                check(kind, &record);
            }
        }
    }
    check("manifest", &bench.manifest());

    let documents: HashMap<String, Value> = bench
        .records("documents.jsonl")
        .into_iter()
        .map(|d| (d["doc_id"].as_str().expect("an id").to_owned(), d))
        .collect();
    let sentences = bench.records("sentences.jsonl");
    for record in &sentences {
        let document = &documents[record["doc_id"].as_str().expect("an id")];
        let field = document[record["field"].as_str().expect("a field")].as_str().expect("the field's text");
        assert_eq!(record["text"], slice(field, &record["start"], &record["end"]));
        for entity in record["entities"].as_array().expect("entities") {
            let words: Vec<&str> = entity["text"].as_str().expect("text").split_whitespace().collect();
            assert_eq!(words.join(" "), slice(field, &entity["start"], &entity["end"]));
        }
        assert_eq!(record["provenance"], bench.manifest()["provenance"]["id"]);
    }
    for topic in ["mediation", "ceasefire_credit", "civilian_casualties"] {
        let claims = sentences.iter().flat_map(|r| r["claims"].as_array().expect("claims"));
        assert!(claims.into_iter().any(|c| c["topic"] == topic), "no claim on {topic}");
    }
    let counts = &bench.manifest()["counts"];
    assert_eq!(counts["documents_in"], 21);
    assert_eq!(counts["documents"], documents.len());
    assert_eq!(counts["records"], sentences.len());
    assert!(sentences.iter().any(|r| !r["duplicate_of"].is_null()), "no repeated sentence was found");
}

#[test]
fn records_that_the_library_reads_serialize_to_the_very_lines_that_the_program_wrote() {
    let bench = corpus_bench();
    let text = |name: &str| std::fs::read_to_string(bench.path("out").join(name)).expect("written");
    let dataset = Dataset::read(&bench.path("out")).expect("records");
    let (mut documents, mut sentences) = (String::new(), String::new());
    for (document, own) in dataset.articles() {
        let records = Records { document: document.clone(), sentences: own.to_vec() };
        let lines = records.to_lines().expect("JSON");
        documents += &lines.document;
        sentences += &lines.sentences;
    }
    assert!(documents == text(DOCUMENTS) && sentences == text(SENTENCES));
    for line in text("quarantine.jsonl").lines() {
        let record: QuarantineRecord = serde_json::from_str(line).expect("a record");
        assert_eq!(serde_json::to_string(&record).expect("JSON"), line);
    }
    let manifest: Manifest = serde_json::from_str(&text("manifest.json")).expect("a manifest");
    assert_eq!(serde_json::to_string_pretty(&manifest).expect("JSON") + "\n", text("manifest.json"));
}

#[test]
fn a_manifest_of_an_older_version_is_read() {
    let mut old = corpus_bench().manifest();
    old["run"].as_object_mut().expect("an object").remove("steps");
    let model = old["provenance"]["models"][0].as_object_mut().expect("an object");
    let backend = model.remove("backend").expect("a backend");
    model.insert("engine".into(), backend.clone());
    let manifest: Manifest = serde_json::from_value(old).expect("a manifest");
    assert_eq!(json!(manifest.provenance.models[0].backend), backend);
    assert!(manifest.run.steps.is_empty());
}

#[test]
fn offsets_count_code_points_beside_emoji_marks_and_right_to_left_text() {
    let bench = Bench::new();
    let text = "🇮🇳🤝🇵🇰 नि پاکستان — Officials in New Delhi met Marco Rubio on Monday for talks.\n\n\
                The e\u{301}tage talks in Islamabad ended late, and nobody said more about them.";
    bench.write("a.txt", text);
    assert_eq!(bench.extract(&["a.txt"]), 0);
    let entities: Vec<(String, String)> = bench
        .records("sentences.jsonl")
        .iter()
        .flat_map(|r| r["entities"].as_array().expect("entities").clone())
        .map(|e| (e["text"].as_str().expect("text").to_owned(), slice(text, &e["start"], &e["end"])))
        .collect();
    assert!(entities.iter().any(|(text, _)| text == "Marco Rubio"), "{entities:?}");
    assert!(entities.iter().any(|(text, _)| text == "Islamabad"), "{entities:?}");
    for (text, slice) in entities {
        assert_eq!(text, slice);
    }
}

#[test]
fn metadata_and_unknown_fields_of_an_article_are_kept() {
    let bench = Bench::new();
    let article = json!({
        "id": 7, "title": "Talks go on", "text": "Officials met in Doha on Sunday and agreed to meet again.",
        "url": "https://example.org/7", "published": "2025-05-12", "source": "The Example", "desk": ["world"],
    });
    bench.write("a.jsonl", article.to_string());
    assert_eq!(bench.extract(&["a.jsonl"]), 0);
    let document = &bench.records("documents.jsonl")[0];
    assert_eq!(document["doc_id"], "7");
    assert_eq!(document["outlet"], "The Example");
    assert_eq!(document["published"], "2025-05-12");
    assert_eq!(document["meta"]["desk"], json!(["world"]));
    let headline = &bench.records("sentences.jsonl")[0];
    assert_eq!((&headline["field"], &headline["section"]), (&json!("title"), &json!("headline")));
}

#[test]
fn filters_leave_out_what_they_say() {
    let bench = Bench::new();
    let corpus = repository("corpus/06-toll-and-timeline.txt");
    assert_eq!(bench.extract(&[&corpus]), 0);
    let all = bench.records("sentences.jsonl");
    let claimed = all.iter().filter(|r| !r["claims"].as_array().expect("claims").is_empty()).count();
    assert!(claimed > 0 && claimed < all.len());
    assert_eq!(bench.extract(&[&corpus, "--claims-only"]), 0);
    assert_eq!(bench.records("sentences.jsonl").len(), claimed);
    let scores = |records: &[Value]| -> Vec<f64> {
        let claims = records.iter().flat_map(|r| r["claims"].as_array().expect("claims"));
        claims.map(|c| c["score"].as_f64().expect("a score")).collect()
    };
    let mut sorted = scores(&all);
    sorted.sort_by(f64::total_cmp);
    let (lowest, highest) = (sorted[0], sorted[sorted.len() - 1]);
    assert!(lowest < highest);
    assert_eq!(bench.extract(&[&corpus, "--min-score", &highest.to_string()]), 0);
    let kept = scores(&bench.records("sentences.jsonl"));
    assert!(!kept.is_empty() && kept.iter().all(|score| *score >= highest));
}
