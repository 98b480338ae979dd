//! Applying a person's decisions to the records.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::{Bench, articles, sha256, stderr};
use crate::records::check;

/// Extracted articles, and their sentences.
fn extracted() -> (Bench, Vec<Value>) {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    // The models run only once for all tests here.
    static OUTPUTS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    bench.put_back(OUTPUTS.get_or_init(|| {
        assert_eq!(bench.extract(&["in.jsonl"]), 0);
        bench.outputs()
    }));
    let sentences = bench.records("sentences.jsonl");
    (bench, sentences)
}

/// A correction of a sentence, with its first entity and a claim.
fn correction(sentence: &Value, by: &str) -> Value {
    let entities: Vec<Value> = sentence["entities"].as_array().expect("entities")[..1]
        .iter()
        .map(|e| json!({ "text": e["text"], "label": "ORG", "start": e["start"], "end": e["end"] }))
        .collect();
    json!({
        "sentence_id": sentence["sentence_id"], "text": sentence["text"], "by": by,
        "at": "2026-01-01T10:00:00Z", "from": "review", "entities": entities,
        "claims": [{ "topic": "mediation", "stance": "rejects", "holder": "India", "source": "Pakistan" }],
    })
}

fn apply(bench: &Bench, files: &[&str]) -> (i32, String) {
    let output = bench.run(&[&["apply-review", "out"], files].concat());
    (output.status.code().unwrap_or(-1), stderr(&output))
}

fn write(bench: &Bench, name: &str, corrections: &[&Value]) {
    bench.write(name, corrections.iter().map(|c| format!("{c}\n")).collect::<String>());
}

#[test]
fn a_review_is_added_to_the_models_labels_and_extract_reuses_it() {
    let (bench, before) = extracted();
    let (first, second) = (correction(&before[1], "Ana"), correction(&before[1], "Ben"));
    write(&bench, "c.jsonl", &[&first, &second]);
    let (code, told) = apply(&bench, &["c.jsonl"]);
    assert_eq!(code, 0, "{told}");

    let after = bench.records("sentences.jsonl");
    let mut expected = before.clone();
    let mut review = second.clone();
    for key in ["sentence_id", "text"] {
        review.as_object_mut().expect("an object").remove(key);
    }
    expected[1]["review"] = review;
    assert_eq!(after, expected, "the later one wins, and nothing else changes");
    check("sentence", &after[1]);
    let log = bench.records("reviews.jsonl");
    assert_eq!(log, [second]);
    check("correction", &log[0]);
    check("manifest", &bench.manifest());

    let reviewed = bench.outputs();
    assert_eq!(apply(&bench, &["c.jsonl"]).0, 0);
    assert_eq!(bench.outputs(), reviewed, "twice is as good as once");

    let run = |field: &str| bench.manifest()["run"][field].as_u64();
    // The files of the output folder, including the log of reviews, are not read as articles.
    bench.extract(&["in.jsonl", "out"]);
    assert_eq!(bench.records("documents.jsonl").len(), 2);
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!((run("computed"), run("reused")), (Some(0), Some(2)));
    assert_eq!(bench.records("sentences.jsonl"), expected);
}

#[test]
fn decisions_survive_another_extraction() {
    let (bench, before) = extracted();
    let (first, second) = (correction(&before[1], "Ana"), correction(&before[2], "Ana"));
    write(&bench, "c.jsonl", &[&first]);
    write(&bench, "d.jsonl", &[&second]);
    assert_eq!(apply(&bench, &["c.jsonl", "d.jsonl"]).0, 0);
    let reviewed = bench.outputs();
    assert_eq!(bench.extract(&["in.jsonl", "--min-score", "0.01"]), 0);
    assert!(bench.records("sentences.jsonl").iter().all(|s| s["review"].is_null()), "computed again");
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(apply(&bench, &["out/reviews.jsonl"]).0, 0);
    let stable = |files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        files.iter().filter(|(name, _)| name != "manifest.json").cloned().collect()
    };
    assert_eq!(stable(&bench.outputs()), stable(&reviewed));

    // An earlier decision that is made again becomes the last one, also in the log.
    let third = correction(&before[1], "Ben");
    write(&bench, "e.jsonl", &[&third]);
    for file in ["e.jsonl", "c.jsonl", "c.jsonl", "out/reviews.jsonl"] {
        assert_eq!(apply(&bench, &[file]).0, 0);
    }
    assert_eq!(bench.records("sentences.jsonl")[1]["review"]["by"], "Ana");
    assert_eq!(bench.records("reviews.jsonl"), [first.clone(), second, third, first]);
}

#[test]
fn wrong_corrections_are_reported_by_line_and_the_rest_is_applied() {
    let (bench, before) = extracted();
    let good = correction(&before[2], "Ana");
    let with = |change: fn(&mut Value)| {
        let mut wrong = correction(&before[1], "Ana");
        change(&mut wrong);
        wrong
    };
    let wrong: [(Value, &str); 13] = [
        (with(|c| c["sentence_id"] = json!("a0#99")), "no sentence a0#99"),
        (with(|c| c["text"] = json!("Otherwise.")), "reads otherwise"),
        (with(|c| c["by"] = json!(" ")), "`by`"),
        (with(|c| c["entities"][0]["end"] = json!(9999)), "does not lie within"),
        (with(|c| c["entities"][0]["end"] = c["entities"][0]["start"].clone()), "does not lie within"),
        (with(|c| c["entities"][0]["text"] = json!("Delhi")), "reads"),
        (with(|c| c["entities"][0]["label"] = json!("GPE")), "GPE"),
        (with(|c| c["claims"][0]["holder"] = json!("")), "lacks"),
        (with(|c| c["claims"][0]["source"] = json!("India")), "both holder and source"),
        (with(|c| c["boilerplate"] = json!(true)), "boilerplate"),
        (with(|c| c["boilerplat"] = json!(true)), "unknown field `boilerplat`"),
        (with(|c| c["claims"][0]["souce"] = json!("Pakistan")), "unknown field `souce`"),
        (with(|c| c["entities"][0]["txt"] = json!("Delhi")), "unknown field `txt`"),
    ];
    let mut lines: Vec<&Value> = wrong.iter().map(|(c, _)| c).collect();
    lines.push(&good);
    write(&bench, "c.jsonl", &lines);
    let before_documents = bench.records("documents.jsonl");
    let (code, told) = apply(&bench, &["c.jsonl"]);
    assert_eq!(code, 1, "{told}");
    for (index, (_, reason)) in wrong.iter().enumerate() {
        let line = format!("c.jsonl, line {}: ", index + 1);
        let found = told.lines().find(|l| l.starts_with(&line));
        assert!(found.is_some_and(|l| l.contains(reason)), "{line}{reason}\n{told}");
    }
    let reviewed: Vec<Value> =
        bench.records("sentences.jsonl").into_iter().filter(|s| !s["review"].is_null()).collect();
    assert_eq!(reviewed.len(), 1);
    assert_eq!(reviewed[0]["sentence_id"], good["sentence_id"]);
    let documents = bench.records("documents.jsonl");
    assert_ne!(documents[0]["records_sha256"], before_documents[0]["records_sha256"]);
    assert_eq!(documents[1], before_documents[1]);
}

#[test]
fn an_entity_without_its_text_gets_it_from_the_document() {
    let (bench, before) = extracted();
    let mut wanted = correction(&before[1], "Ana");
    let text = wanted["entities"][0].as_object_mut().expect("an entity").remove("text");
    write(&bench, "c.jsonl", &[&wanted]);
    assert_eq!(apply(&bench, &["c.jsonl"]).0, 0);
    assert_eq!(Some(&bench.records("sentences.jsonl")[1]["review"]["entities"][0]["text"]), text.as_ref());
}

#[test]
fn a_refused_decision_does_not_restore_an_earlier_one() {
    let (bench, before) = extracted();
    let earlier = correction(&before[1], "Ana");
    let untouched = bench.outputs();
    let no_line = |c: &mut Value| c["entities"][0]["label"] = json!("GPE");
    let no_sentence = |c: &mut Value| c["text"] = json!("Otherwise.");
    for change in [&no_line as &dyn Fn(&mut Value), &no_sentence] {
        bench.put_back(&untouched);
        let mut later = correction(&before[1], "Ben");
        change(&mut later);
        write(&bench, "c.jsonl", &[&earlier, &later]);
        let (code, told) = apply(&bench, &["c.jsonl"]);
        assert!(code == 1 && told.contains("c.jsonl, line 2: ") && told.contains("0 written"), "{told}");
        assert!(bench.outputs() == untouched, "an outdated decision was applied");
        write(&bench, "c.jsonl", &[&earlier, &later, &correction(&before[1], "Cy")]);
        let (code, told) = apply(&bench, &["c.jsonl"]);
        assert!(code == 1 && told.contains("1 written, 0 stood there already, 1 refused"), "{told}");
        assert_eq!(bench.records("sentences.jsonl")[1]["review"]["by"], "Cy");
    }
}

#[test]
fn duplicate_items_are_kept_once() {
    let (bench, before) = extracted();
    let mut twice = correction(&before[1], "Ana");
    let mut entity = twice["entities"][0].clone();
    entity.as_object_mut().expect("an entity").remove("text");
    twice["entities"].as_array_mut().expect("entities").push(entity);
    let mut claim = twice["claims"][0].clone();
    claim["context"] = json!(true);
    twice["claims"].as_array_mut().expect("claims").push(claim);
    write(&bench, "c.jsonl", &[&twice]);
    assert_eq!(apply(&bench, &["c.jsonl"]).0, 0);
    let (review, once) = (&bench.records("sentences.jsonl")[1]["review"], correction(&before[1], "Ana"));
    assert_eq!((&review["entities"], &review["claims"]), (&once["entities"], &once["claims"]));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let (bench, before) = extracted();
    bench.write("c.jsonl", format!("\u{feff}{}\n", correction(&before[1], "Ana")));
    let (code, told) = apply(&bench, &["c.jsonl"]);
    assert!(code == 0 && told.contains("reviews: 1 written"), "{told}");
}

#[test]
fn a_missing_or_altered_output_folder_is_not_changed() {
    let (bench, before) = extracted();
    write(&bench, "c.jsonl", &[&correction(&before[1], "Ana")]);
    let sentences = bench.path("out/sentences.jsonl");
    let text = fs::read_to_string(&sentences).expect("read").replacen("Islamabad", "Lahore", 1);
    fs::write(&sentences, text).expect("written");
    let altered = bench.outputs();
    let (code, told) = apply(&bench, &["c.jsonl"]);
    assert!(code == 2 && told.contains("sentences.jsonl") && told.contains("run extract again"), "{told}");
    assert_eq!(bench.outputs(), altered);
    let output = bench.run(&["apply-review", "nowhere", "c.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("nowhere/manifest.json"), "{}", stderr(&output));
    assert!(!bench.path("nowhere").exists());
}

/// Turns an output into one that the schema `demarche/1` allows.
fn as_version_1(bench: &Bench) {
    let strip = |mut record: Value, fields: &[&str]| {
        fields.iter().for_each(|field| drop(record.as_object_mut().expect("an object").remove(*field)));
        record
    };
    let lines = |records: &[Value]| records.iter().map(|record| format!("{record}\n")).collect::<String>();
    let old = |mut record: Value| {
        record["schema"] = json!("demarche/1");
        record
    };
    let sentences: Vec<Value> = bench
        .records("sentences.jsonl")
        .into_iter()
        .map(|mut sentence| {
            for claim in sentence["claims"].as_array_mut().expect("claims") {
                *claim = strip(claim.take(), &["holder_mention", "source_mention", "evidence"]);
            }
            old(strip(sentence, &["truncated"]))
        })
        .collect();
    let documents: Vec<Value> = bench
        .records("documents.jsonl")
        .into_iter()
        .map(|document| {
            let own: Vec<Value> =
                sentences.iter().filter(|s| s["doc_id"] == document["doc_id"]).cloned().collect();
            let mut document = old(strip(document, &["truncated", "scores_sha256"]));
            document["records_sha256"] = json!(sha256(lines(&own).as_bytes()));
            document
        })
        .collect();
    let mut manifest = bench.manifest();
    manifest["outputs"].as_object_mut().expect("an object").remove("scores.jsonl");
    manifest["provenance"]["schema"] = json!("demarche/1");
    fs::remove_file(bench.path("out/scores.jsonl")).expect("removed");
    for (name, records) in [("sentences.jsonl", &sentences), ("documents.jsonl", &documents)] {
        let text = lines(records);
        manifest["outputs"][name] = json!({ "records": records.len(), "sha256": sha256(text.as_bytes()) });
        bench.write(&format!("out/{name}"), text);
    }
    bench.write("out/manifest.json", manifest.to_string());
}

#[test]
fn records_of_version_1_are_reviewed_and_then_extracted_anew() {
    let (bench, before) = extracted();
    as_version_1(&bench);
    write(&bench, "c.jsonl", &[&correction(&before[1], "Ana")]);
    assert_eq!(apply(&bench, &["c.jsonl"]).0, 0);
    let reviewed = bench.records("sentences.jsonl");
    assert_eq!((&reviewed[1]["schema"], &reviewed[1]["review"]["by"]), (&json!("demarche/1"), &json!("Ana")));
    assert!(!bench.path("out/scores.jsonl").exists());
    assert!(bench.manifest()["counts"].get("truncated").is_none());
    for arguments in [&["review", "out"][..], &["export", "out", "--to", "csv", "--output", "t.csv"]] {
        let output = bench.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    // A run in which every document fails leaves them.
    bench.write("bad.jsonl", "{");
    let old = bench.outputs();
    assert_eq!(bench.extract(&["bad.jsonl"]), 2);
    assert_eq!(bench.outputs(), old);

    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(bench.records("sentences.jsonl"), before);
    assert_eq!(apply(&bench, &["out/reviews.jsonl"]).0, 0);
    assert_eq!(bench.records("sentences.jsonl")[1]["review"], reviewed[1]["review"]);
}
