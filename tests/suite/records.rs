//! The records of the sample corpus.

use std::collections::HashMap;

use demarche::record::{DOCUMENTS, Dataset, Manifest, QuarantineRecord, Records, SCORES, SENTENCES};
use serde_json::{Value, json};

use crate::harness::{Bench, STABLE, corpus_bench, repository};

fn validator(kind: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(repository("docs/schema.json")).expect("the schema");
    let mut schema: Value = serde_json::from_str(&text).expect("JSON");
    schema["$ref"] = json!(format!("#/$defs/{kind}"));
    jsonschema::validator_for(&schema).expect("a valid schema")
}

/// Validates a record against its part of the schema.
pub fn check(kind: &str, record: &Value) {
    let validator = validator(kind);
    let errors: Vec<String> =
        validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{kind}: {errors:#?}\n{record:#}");
}

/// The slice of a field, with each run of white space replaced by one space.
fn slice(text: &str, start: &Value, end: &Value) -> String {
    let (start, end) = (start.as_u64().expect("a number") as usize, end.as_u64().expect("a number") as usize);
    let slice: String = text.chars().skip(start).take(end - start).collect();
    slice.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn records_of_the_corpus_match_the_schema_and_the_text() {
    let bench = corpus_bench();
    for (file, kind) in STABLE.iter().zip(["sentence", "document", "quarantine", "scores"]) {
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
    let by_id: HashMap<&str, &Value> =
        sentences.iter().map(|s| (s["sentence_id"].as_str().expect("an id"), s)).collect();
    let mut named = 0;
    for record in &sentences {
        let document = &documents[record["doc_id"].as_str().expect("an id")];
        let field = document[record["field"].as_str().expect("a field")].as_str().expect("the field's text");
        assert_eq!(record["text"], slice(field, &record["start"], &record["end"]));
        for entity in record["entities"].as_array().expect("entities") {
            let words: Vec<&str> = entity["text"].as_str().expect("text").split_whitespace().collect();
            assert_eq!(words.join(" "), slice(field, &entity["start"], &entity["end"]));
        }
        for claim in record["claims"].as_array().expect("claims") {
            let (from, to) = (&claim["evidence"]["start"], &claim["evidence"]["end"]);
            let evidence = slice(field, from, to);
            assert!(!evidence.is_empty() && record["text"].as_str().expect("text").contains(&evidence));
            for name in
                [&claim["holder_mention"], &claim["source_mention"]].into_iter().filter(|n| !n.is_null())
            {
                let owner = name["sentence"].as_str().map_or(record, |id| by_id[id]);
                let field = document[owner["field"].as_str().expect("a field")].as_str().expect("text");
                let words: Vec<&str> = name["text"].as_str().expect("text").split_whitespace().collect();
                assert_eq!(words.join(" "), slice(field, &name["start"], &name["end"]));
                let place = |end: &str| owner[end].as_u64() <= name["start"].as_u64();
                assert!(place("start") && name["end"].as_u64() <= owner["end"].as_u64(), "{name}");
                named += 1;
            }
        }
        assert_eq!(record["provenance"], bench.manifest()["provenance"]["id"]);
    }
    assert!(named > 50, "{named} names of holders and sources");
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
fn records_read_by_the_library_serialize_to_the_lines_that_the_program_wrote() {
    let bench = corpus_bench();
    let text = |name: &str| std::fs::read_to_string(bench.path("out").join(name)).expect("written");
    let dataset = Dataset::read(&bench.path("out")).expect("records");
    let (mut documents, mut sentences, mut scores) = (String::new(), String::new(), String::new());
    let all_scores = text(SCORES);
    let mut score_lines = all_scores.lines();
    for (document, own) in dataset.articles() {
        let own_scores = score_lines.next().expect("a line of scores");
        let own_scores = serde_json::from_str(own_scores).expect("scores");
        let records = Records { document: document.clone(), sentences: own.to_vec(), scores: own_scores };
        let lines = records.to_lines().expect("JSON");
        documents += &lines.document;
        sentences += &lines.sentences;
        scores += &lines.scores;
    }
    assert!(documents == text(DOCUMENTS) && sentences == text(SENTENCES) && scores == text(SCORES));
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
fn offsets_count_code_points_next_to_emoji_marks_and_right_to_left_text() {
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
fn filters_leave_out_sentences_and_claims() {
    let bench = Bench::new();
    let corpus = repository("corpus/06-toll-and-timeline.txt");
    assert_eq!(bench.extract(&[&corpus]), 0);
    let all = bench.records("sentences.jsonl");
    let claimed = all.iter().filter(|r| !r["claims"].as_array().expect("claims").is_empty()).count();
    assert!(claimed > 0 && claimed < all.len());
    let every = bench.records("scores.jsonl");
    assert_eq!(every[0]["sentences"].as_array().expect("sentences").len(), all.len());
    assert_eq!(bench.extract(&[&corpus, "--claims-only"]), 0);
    assert_eq!(bench.records("sentences.jsonl").len(), claimed);
    // Sentences without a record are accounted for too.
    assert_eq!(bench.records("scores.jsonl")[0]["sentences"], every[0]["sentences"]);
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

#[test]
fn a_reported_claim_names_who_holds_and_who_reports_it_and_its_words() {
    let bench = Bench::new();
    let text = "Dar speaks in Islamabad\n\nForeign Minister Ishaq Dar met reporters on Monday.\n\n\
                He said Vikram Misri had again rejected any third-party mediation on Kashmir.";
    bench.write("a.txt", text);
    assert_eq!(bench.extract(&["a.txt"]), 0);
    let sentences = bench.records("sentences.jsonl");
    let claim = &sentences[2]["claims"][0];
    assert_eq!((&claim["stance"], &claim["holder"]), (&json!("rejects"), &json!("India")), "{claim}");
    assert_eq!(claim["holder_mention"]["text"], "Vikram Misri");
    assert_eq!(claim["source_mention"]["text"], "Ishaq Dar");
    assert_eq!(claim["source_mention"]["sentence"], sentences[1]["sentence_id"]);
    let evidence = slice(text, &claim["evidence"]["start"], &claim["evidence"]["end"]);
    assert!(evidence.contains("rejected any third-party mediation"), "{evidence}");
}

#[test]
fn a_sentence_that_is_too_long_is_marked() {
    let bench = Bench::new();
    let long = format!("Officials met {} in Doha.", "and spoke of roads, rivers and rail ".repeat(40).trim());
    bench.write("a.txt", format!("{long}\n\nTalks went on in Doha."));
    assert_eq!(bench.extract(&["a.txt"]), 0);
    let truncated: Vec<Value> =
        bench.records("sentences.jsonl").iter().map(|record| record["truncated"].clone()).collect();
    assert_eq!(truncated, [json!(true), Value::Null]);
    assert_eq!(bench.records("documents.jsonl")[0]["truncated"], 1);
    assert_eq!(bench.manifest()["counts"]["truncated"], 1);
}
