//! `evaluate`: figures of other tools, floors of the built-in models, what a user gives it.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use crate::harness::{Bench, corpus_output, repository, stderr, stdout};

/// Runs `evaluate` and gives its JSON.
fn evaluate(bench: &Bench, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["evaluate", "--json", "evaluation.json"].iter().chain(arguments).copied().collect();
    let output = bench.run(&all);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_str(&std::fs::read_to_string(bench.path("evaluation.json")).expect("written"))
        .expect("JSON")
}

fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no figure at {path}"))
}

/// The numbers in a JSON value, by pointer.
fn figures(value: &Value, at: &str, out: &mut BTreeMap<String, f64>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            figures(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
        }),
        Value::Number(n) => drop(out.insert(at.to_owned(), n.as_f64().expect("a number"))),
        _ => {}
    }
}

#[test]
fn figures_are_those_of_seqeval_nervaluate_and_scikit_learn() {
    let bench = Bench::new();
    let predicted = repository("tests/reference/predicted.jsonl");
    let ours = evaluate(&bench, &["--gold", &repository("tests/gold"), "--pred", &predicted]);
    let text = std::fs::read_to_string(repository("tests/reference/figures.json")).expect("the figures");
    let mut theirs = BTreeMap::new();
    figures(&serde_json::from_str(&text).expect("JSON"), "", &mut theirs);
    assert!(theirs.len() > 80);
    for (path, figure) in theirs {
        // Ours has seqeval's under the scheme that counts like it, and groups under what they are one of.
        let path = match path.strip_prefix("/scores/seqeval/") {
            Some("macro_f1") => "/scores/entities_strict/macro_f1".to_owned(),
            Some(measure) => format!("/scores/entities_strict/micro/{measure}"),
            None => path.replace("/by/", "/by/label/"),
        };
        let found = number(&ours, &path);
        assert!((found - figure).abs() < 5e-5, "{path}: {found} is not {figure}");
    }
}

#[test]
fn the_built_in_models_stay_above_their_floors_on_the_sample_corpus() {
    let bench = Bench::new();
    let output = corpus_output();
    let found = evaluate(&bench, &["--gold", &repository("tests/gold"), "--pred", &output]);
    let text = std::fs::read_to_string(repository("tests/floors.toml")).expect("the floors");
    let floors: toml::Table = text.parse().expect("TOML");
    let floors = floors["floor"].as_array().expect("a list");
    assert!(floors.len() > 10);
    let below: Vec<String> = floors
        .iter()
        .filter_map(|floor| {
            let path = floor["measure"].as_str().expect("a measure");
            let least = floor["at_least"].as_float().expect("a figure");
            let figure = number(&found, path);
            (figure < least).then(|| format!("{path} is {figure:.4}, below {least:.4}"))
        })
        .collect();
    assert!(below.is_empty(), "{below:#?}");
}

#[test]
fn extracting_first_gives_the_figures_of_extracting_apart_and_writes_nothing_more() {
    let bench = Bench::new();
    let article = repository("corpus/03-poonch-after-the-shelling.txt");
    let gold = repository("tests/gold/03-poonch-after-the-shelling.jsonl");
    let run = evaluate(&bench, &["--gold", &gold, "--run", &article, "--quiet"]);
    let left: Vec<_> = std::fs::read_dir(bench.path(".")).expect("the folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(bench.extract(&[&article]), 0);
    assert_eq!(evaluate(&bench, &["--gold", &gold, "--pred", "out"]), run);
}

#[test]
fn reviewed_records_are_gold_for_their_own_sentences_alone() {
    let bench = Bench::new();
    bench.write("a.txt", "Delhi rejected any mediation with Islamabad.\n\nOfficials met in Doha on Monday.");
    assert_eq!(bench.extract(&["a.txt"]), 0);
    let mut records = bench.records("sentences.jsonl");
    let untouched: Vec<String> = records.iter().map(Value::to_string).collect();
    let output = bench.write("untouched.jsonl", untouched.join("\n"));
    let output = bench.run(&["evaluate", "--gold", &output.display().to_string(), "--pred", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--gold holds no labels"), "{}", stderr(&output));

    let claims = json!([{ "topic": "mediation", "stance": "rejects", "holder": "India" }]);
    let review = json!({ "by": "a", "at": null, "from": "review", "entities": [], "claims": claims });
    records[0]["review"] = review;
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    bench.write("reviewed.jsonl", lines.join("\n"));
    let found = evaluate(&bench, &["--gold", "reviewed.jsonl", "--pred", "out"]);
    assert_eq!(found["inputs"]["passages"], 1);
    assert_eq!(number(&found, "/scores/claims_holder/micro/f1"), 1.0);
    // Delhi and Islamabad were found, and the reviewer said that there are none; Doha is nobody's business.
    assert_eq!(number(&found, "/scores/entities_strict/micro/predicted"), 2.0);
    assert!(found["scores"].get("sentences").is_none(), "part of an article says nothing of its sentences");
}

#[test]
fn a_baseline_is_compared_pairwise() {
    let bench = Bench::new();
    let (gold, worse) = (repository("tests/gold"), repository("tests/reference/predicted.jsonl"));
    let same = evaluate(&bench, &["--gold", &gold, "--pred", &worse, "--baseline", &worse]);
    assert_eq!(same["comparison"]["mcnemar"], json!({ "better": 0, "worse": 0, "p": 1.0 }));
    assert_eq!(same["comparison"]["changed"], json!([]));
    let better = evaluate(&bench, &["--gold", &gold, "--pred", &gold, "--baseline", &worse]);
    let comparison = &better["comparison"];
    assert_eq!(comparison["mcnemar"]["worse"], 0);
    assert!(number(comparison, "/mcnemar/better") > 20.0 && number(comparison, "/mcnemar/p") < 1e-6);
    assert!(number(comparison, "/differences/claims_holder/f1") > 0.3);
    assert!(number(comparison, "/differences/claims_holder/interval/low") > 0.2);
    assert!(number(comparison, "/differences/claims_holder/p") < 0.01);
}

#[test]
fn a_report_is_one_page_that_needs_no_network_and_trusts_no_text() {
    let bench = Bench::new();
    let line = |claims: Value| json!({ "doc": "d", "start": 0, "end": 9, "text": "<script>alert(1)</script>", "boilerplate": false, "entities": [], "claims": claims });
    bench.write("gold.jsonl", line(json!([{ "topic": "t", "stance": "s", "holder": "India" }])).to_string());
    bench.write("pred.jsonl", line(json!([])).to_string());
    let output =
        bench.run(&["evaluate", "--gold", "gold.jsonl", "--pred", "pred.jsonl", "--report", "report.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("claims: topic, stance, holder"));
    let page = std::fs::read_to_string(bench.path("report.html")).expect("written");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains("http"));
}

/// A gold line of nine code points whose ambiguous claim has a field more.
fn with_claim(field: &str, value: Value) -> String {
    let claim = json!({ "topic": "mediation", "stance": "rejects", "holder": "India", field: value });
    json!({ "doc": "d", "start": 10, "end": 19, "ambiguous": [claim] }).to_string()
}

#[test]
fn what_is_no_label_is_named_by_file_and_line() {
    let bench = Bench::new();
    let good = r#"{"doc": "d", "start": 0, "end": 9, "claims": []}"#;
    for (bad, says) in [
        ("{", "line 2"),
        (r#"{"doc": "d", "start": 9, "end": 9}"#, "line 2: 9..9 holds no text"),
        (
            r#"{"doc": "d", "start": 10, "end": 18446744073709551615}"#,
            "line 2: 10..18446744073709551615 holds no text",
        ),
        (r#"{"doc": "d", "start": 0, "end": 9}"#, "line 2: 0..9 of d stands here a second time"),
        (
            r#"{"doc": "d", "start": 10, "end": 12, "entities": [{"start": 9, "end": 11, "label": "PER"}]}"#,
            "does not lie within",
        ),
        (r#"{"doc": "d", "start": 0}"#, "line 2: missing field `end`"),
        (
            r#"{"doc": "d", "start": 0, "end": 2, "entities": [{"start": 0, "end": 1, "label": "PERSON"}]}"#,
            "PERSON",
        ),
        (&with_claim("holder_nmae", json!("Modi")), "line 2: unknown field `holder_nmae`"),
        (&with_claim("doubt", json!("")), "line 2: `doubt` of rejects is empty; fill it in"),
        (
            &with_claim("evidence_span", json!([4, 10])),
            "line 2: `evidence_span` 4..10 of rejects does not lie",
        ),
        (&with_claim("source_span", json!([4])), "line 2: invalid length 1"),
        (
            r#"{"doc": "d", "start": 9, "end": 12, "claims": [{"stance": "s", "holder": "h"}]}"#,
            "no `topic`; add",
        ),
    ] {
        bench.write("gold.jsonl", format!("{good}\n{bad}\n"));
        let output = bench.run(&["evaluate", "--gold", "gold.jsonl", "--pred", "gold.jsonl"]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(
            stderr(&output).contains("gold.jsonl") && stderr(&output).contains(says),
            "{}",
            stderr(&output)
        );
    }
    let output = bench.run(&["evaluate", "--gold", "gone", "--pred", "gone"]);
    assert!(stderr(&output).contains("gone") && stderr(&output).contains("give"), "{}", stderr(&output));
}

/// A gold line with claims of `topic/stance/holder`.
fn line(doc: &str, start: usize, claims: &[&str]) -> String {
    let claim = |text: &&str| {
        let parts: Vec<&str> = text.split('/').collect();
        json!({ "topic": parts[0], "stance": parts[1], "holder": parts[2] })
    };
    let claims: Vec<Value> = claims.iter().map(claim).collect();
    json!({ "doc": doc, "start": start, "end": start + 9, "text": "A passage", "claims": claims }).to_string()
}

#[test]
fn every_missed_claim_is_among_the_mistakes_unless_a_wrong_one_stands_for_it() {
    let bench = Bench::new();
    let gold = ["m/rejects/India", "m/supports/Pakistan", "m/supports/China"];
    bench.write("gold.jsonl", line("d", 0, &gold));
    bench.write("pred.jsonl", line("d", 0, &["m/rejects/India", "m/supports/narrator"]));
    let found = evaluate(&bench, &["--gold", "gold.jsonl", "--pred", "pred.jsonl"]);
    let mistakes = found["mistakes"].as_array().expect("mistakes");
    let kinds: Vec<&str> = mistakes.iter().map(|m| m["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["wrong_holder", "missed"]);
    assert_eq!(number(&found, "/scores/claims_holder/micro/recall"), 1.0 / 3.0);
}

#[test]
fn an_article_may_stand_in_several_files() {
    let bench = Bench::new();
    let (first, second) = (line("d", 0, &["m/rejects/India"]), line("d", 10, &["m/supports/Pakistan"]));
    bench.write("gold.jsonl", format!("{first}\n\n{second}\n"));
    bench.write("1.jsonl", &first);
    bench.write("2.jsonl", &second);
    let found = evaluate(&bench, &["--gold", "gold.jsonl", "--pred", "1.jsonl", "2.jsonl"]);
    assert_eq!(number(&found, "/scores/claims_holder/micro/f1"), 1.0);
}

#[test]
fn articles_that_a_side_lacks_are_told() {
    let bench = Bench::new();
    bench.write("gold.jsonl", line("d", 0, &["m/rejects/India"]));
    bench.write("other.jsonl", line("e", 0, &["m/rejects/India"]));
    let run = |arguments: &[&str]| {
        let output = bench.run(&[&["evaluate", "--gold", "gold.jsonl"], arguments].concat());
        (output.status.code(), stdout(&output))
    };
    let (code, told) = run(&["--pred", "other.jsonl"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("without a prediction, all missed: d"), "{told}");
    let (code, told) = run(&["--pred", "gold.jsonl", "--baseline", "other.jsonl"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("without one in the baseline: d"), "{told}");
    let hashed = |hash: &str| line("d", 0, &[]).replacen('{', &format!("{{\"text_sha256\":\"{hash}\","), 1);
    bench.write("gold.jsonl", hashed("aa"));
    bench.write("other.jsonl", hashed("bb"));
    let (code, told) = run(&["--pred", "other.jsonl"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("predicted of another text"), "{told}");
}

#[test]
fn a_baseline_without_a_spurious_claim_is_better_by_it() {
    let bench = Bench::new();
    let gold = line("d", 0, &["m/rejects/India"]);
    bench.write("gold.jsonl", &gold);
    bench.write(
        "now.jsonl",
        [&gold, &line("d", 20, &["m/supports/China"]), &line("d", 40, &["m/supports/China"])]
            .map(|l| format!("{l}\n"))
            .concat(),
    );
    bench.write("before.jsonl", [&gold, &line("d", 40, &[])].map(|l| format!("{l}\n")).concat());
    let found =
        evaluate(&bench, &["--gold", "gold.jsonl", "--pred", "now.jsonl", "--baseline", "before.jsonl"]);
    assert_eq!(found["comparison"]["mcnemar"]["worse"], 2);
    assert_eq!(found["comparison"]["changed"].as_array().map(Vec::len), Some(2));
}

#[test]
fn records_thinned_out_say_nothing_of_sentences_and_entities() {
    let bench = Bench::new();
    let article = repository("corpus/06-toll-and-timeline.txt");
    let gold = repository("tests/gold/06-toll-and-timeline.jsonl");
    assert_eq!(bench.extract(&[&article]), 0);
    let all = evaluate(&bench, &["--gold", &gold, "--pred", "out"]);
    assert_eq!(bench.extract(&[&article, "--claims-only"]), 0);
    for pred in ["out", "out/sentences.jsonl"] {
        let thin = evaluate(&bench, &["--gold", &gold, "--pred", pred]);
        assert!(thin["scores"].get("sentences").is_none() && thin["scores"].get("entities_strict").is_none());
        assert_eq!(thin["scores"]["claims_holder"], all["scores"]["claims_holder"]);
    }
}

#[test]
fn two_reviewers_are_held_against_each_other() {
    let bench = Bench::new();
    bench.write("a.txt", "Delhi rejected any mediation with Islamabad.\n\nOfficials met in Doha on Monday.");
    assert_eq!(bench.extract(&["a.txt"]), 0);
    let mut records = bench.records("sentences.jsonl");
    for record in &mut records {
        let claims = json!([{ "topic": "t", "stance": "s", "holder": "other" }]);
        record["review"] =
            json!({ "by": "a", "at": null, "from": "review", "entities": [], "claims": claims });
    }
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    bench.write("first.jsonl", lines.join("\n"));
    // The second one has read less.
    bench.write("second.jsonl", &lines[0]);
    let found = evaluate(&bench, &["--gold", "first.jsonl", "--pred", "second.jsonl", "--pred-reviews"]);
    assert_eq!(found["inputs"]["passages"], 1);
    assert_eq!(number(&found, "/scores/claims_holder/micro/f1"), 1.0);
    let model = evaluate(&bench, &["--gold", "first.jsonl", "--pred", "second.jsonl"]);
    assert_eq!(number(&model, "/scores/claims_holder/micro/correct"), 0.0);
}

#[test]
fn further_fields_of_a_claim_are_read() {
    let bench = Bench::new();
    let claim = json!({
        "topic": "mediation", "stance": "rejects", "holder": "India", "source": "Pakistan",
        "evidence": "ruled out any go-between", "evidence_span": [17, 41], "holder_name": "Misri",
        "holder_before": true, "source_name": "Dar", "source_span": [0, 3], "doubt": "an echo?",
    });
    let line = json!({
        "doc": "d", "start": 5, "end": 47, "text": "Dar said that he ruled out any go-between.",
        "boilerplate": false, "entities": [], "claims": [claim],
    });
    bench.write("gold.jsonl", line.to_string());
    let found = evaluate(&bench, &["--gold", "gold.jsonl", "--pred", "gold.jsonl"]);
    assert_eq!(number(&found, "/scores/claims_source/micro/correct"), 1.0);
}

#[test]
fn an_ambiguous_claim_counts_neither_way() {
    let bench = Bench::new();
    let mut lines: Vec<Value> = [0, 10, 20, 30]
        .map(|start| serde_json::from_str(&line("d", start, &["m/supports/China"])).expect("JSON"))
        .to_vec();
    let open = json!([{ "topic": "m", "stance": "rejects", "holder": "India" }]);
    lines.iter_mut().for_each(|line| line["ambiguous"] = open.clone());
    // What is both is a claim.
    lines[3]["claims"] = open.clone();
    let written: Vec<String> = lines.iter().map(Value::to_string).collect();
    bench.write("gold.jsonl", written.join("\n"));
    let predicted = [
        line("d", 0, &["m/supports/China", "m/rejects/India"]),
        line("d", 10, &["m/supports/China"]),
        line("d", 20, &["m/supports/China", "m/rejects/Pakistan"]),
        line("d", 30, &["m/rejects/India"]),
    ];
    bench.write("pred.jsonl", predicted.join("\n"));
    let found = evaluate(&bench, &["--gold", "gold.jsonl", "--pred", "pred.jsonl"]);
    for level in ["claims_topic", "claims_stance"] {
        assert_eq!(number(&found, &format!("/scores/{level}/micro/f1")), 1.0, "{level}");
    }
    // It may be India's, and is not Pakistan's.
    assert_eq!(number(&found, "/scores/claims_holder/micro/predicted"), 5.0);
    assert_eq!(number(&found, "/scores/claims_holder/micro/correct"), 4.0);
    let mistakes = found["mistakes"].as_array().expect("mistakes");
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    assert_eq!(mistakes[0]["predicted"]["holder"], "Pakistan");
    assert_eq!(found["agreement"]["m"]["kappa_stances"], 1.0);
    assert_eq!(found["flips"]["flipped"], 0);
}

#[test]
fn an_opposed_stance_in_the_place_of_the_right_one_is_a_flip() {
    let bench = Bench::new();
    let casualties = |stance: &str| format!("civilian_casualties/{stance}/narrator");
    let lines = |stances: [&[&str]; 4]| {
        let claims = stances.map(|s| s.iter().map(|s| casualties(s)).collect::<Vec<_>>());
        let line = |(at, claims): (usize, &Vec<String>)| {
            line("d", at * 10, &claims.iter().map(String::as_str).collect::<Vec<_>>())
        };
        claims.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
    };
    // The toll of the attack opposes neither: to take it for the other, or the other for it, is no flip.
    bench.write("gold.jsonl", lines([&["affirms"], &["affirms"], &["attack_toll"], &["denies"]]));
    bench.write("pred.jsonl", lines([&["denies"], &["attack_toll"], &["denies"], &["denies", "affirms"]]));
    let run = ["--gold", "gold.jsonl", "--pred", "pred.jsonl", "--report", "report.html"];
    let found = evaluate(&bench, &run);
    let flips = json!({ "flipped": 1, "claims": 4, "share": 0.25 });
    let mut all = flips.clone();
    all["by_topic"] = json!({ "civilian_casualties": flips });
    assert_eq!(found["flips"], all);
    let told = stdout(&bench.run(&[&["evaluate"], run.as_slice()].concat()));
    assert!(told.contains("polarity flips") && told.contains("1 of 4 gold claims (0.2500)"), "{told}");
    let page = std::fs::read_to_string(bench.path("report.html")).expect("written");
    assert!(page.contains("Polarity flips") && page.contains("1 of 4 gold claims (0.2500)"));
}

#[test]
fn rows_measure_the_models_and_sentence_splitting() {
    let bench = Bench::new();
    let pair = |hypothesis: &str, label: &str, source: &str| {
        let premise = "Islamabad said that Delhi had rejected any mediation.";
        json!({ "premise": premise, "hypothesis": hypothesis, "label": label, "source": source }).to_string()
    };
    let pairs = [
        pair("Delhi had rejected any mediation.", "entailment", "first"),
        pair("Delhi had rejected any mediation.", "contradiction", "second"),
    ];
    bench.write("nli.jsonl.gz", gzipped(&pairs.join("\n")));
    let tagged = json!({
        "tokens": ["Talks", "in", "New", "Delhi", "failed", "."], "tags": ["O", "O", "B-LOC", "I-LOC", "O", "O"],
        "source": "tags",
    });
    let place = json!({ "start": 3, "end": 12, "label": "LOC" });
    let rows = ["dev", "test"].map(|part| {
        json!({ "part": part, "text": "In Islamabad the talks failed.", "entities": [place] }).to_string()
    });
    bench.write("ner/tags.jsonl", tagged.to_string());
    bench.write("ner/texts.jsonl", rows.join("\n"));
    bench.write(
        "split.jsonl",
        json!({ "text": "“Él” left. He spoke.", "sents": [[0, 10], [11, 20]] }).to_string(),
    );
    let all = ["--nli", "nli.jsonl.gz", "--ner", "ner", "--part", "dev", "--sentences", "split.jsonl"];
    let found = evaluate(&bench, &all);
    assert_eq!(found["nli"]["by_source"]["first"], json!({ "right": 1, "pairs": 1, "accuracy": 1.0 }));
    assert_eq!(found["nli"]["accuracy"], 0.5);
    assert_eq!(number(&found, "/ner/gold"), 2.0);
    assert_eq!(number(&found, "/ner/by_source/dev/f1"), 1.0);
    assert_eq!(number(&found, "/ner/labelled_types/f1"), 1.0);
    assert_eq!(number(&found, "/sentences/f1"), 1.0);
    assert!(found.get("scores").is_none() && found.get("passages").is_none());
    let told = stdout(&bench.run(&[&["evaluate"], &all[..2]].concat()));
    assert!(told.contains("# natural language inference") && told.contains("  second"), "{told}");
}

#[test]
fn labelled_passages_and_further_topics_are_read_like_articles() {
    let bench = Bench::new();
    let rejects =
        json!([{ "topic": "mediation", "stance": "rejects", "holder": "India", "source": "Pakistan" }]);
    let passage = |part: &str, claims: Value| {
        json!({ "part": part, "sentences": [
            { "id": "1", "text": "Islamabad said that Delhi had rejected any mediation.", "claims": claims },
            { "id": "2", "text": "Delhi again rejected any mediation with Islamabad.", "claims": null },
        ]})
    };
    bench.write("claims.jsonl", format!("{}\n{}", passage("dev", rejects), passage("test", json!([]))));
    let topic = json!({
        "id": "onions", "title": "Trade in onions", "stances": [
            { "id": "shut", "hypotheses": ["{holder} wants trade in onions to stop."] },
            { "id": "open", "hypotheses": ["{holder} wants trade in onions to go on."] },
        ],
        "articles": [{ "sentences": [
            { "text": "Delhi demanded that trade in onions stop at once.", "claims": [{ "stance": "shut", "holder": "India" }] },
        ]}],
    });
    bench.write("topics.jsonl", topic.to_string());
    let all = ["--claims", "claims.jsonl", "--further-topics", "topics.jsonl", "--part", "dev"];
    let found = evaluate(&bench, &all);
    assert_eq!(found["passages"]["inputs"]["passages"], 1);
    assert_eq!(number(&found, "/passages/scores/claims_source/micro/f1"), 1.0);
    // The sentence that was left open holds a claim, which counts neither way.
    assert_eq!(number(&found, "/passages/scores/claims_holder/micro/predicted"), 1.0);
    assert_eq!(number(&found, "/further_topics/scores/claims_stance/micro/gold"), 1.0);
    assert!(found["further_topics"]["scores"].get("entities_strict").is_none());
}

#[test]
fn a_wrong_row_is_named_by_file_and_line() {
    let bench = Bench::new();
    for (option, bad, says) in [
        ("--nli", r#"{"premise": "a", "hypothesis": "b", "label": "yes", "source": "s"}"#, "yes"),
        ("--nli", r#"{"premise": "a"}"#, "`premise`, `hypothesis`"),
        ("--ner", r#"{"tokens": ["a", "b"], "tags": ["O"], "source": "s"}"#, "2 tokens have 1 tags"),
        ("--ner", r#"{"tokens": ["a"], "tags": ["B-DATE"], "source": "s"}"#, "B-DATE"),
        (
            "--ner",
            r#"{"text": "a", "entities": [{"start": 0, "end": 2, "label": "PER"}]}"#,
            "mend its offsets",
        ),
        ("--sentences", r#"{"text": "a", "sents": [[0, 2]]}"#, "0..2 does not lie within"),
        (
            "--claims",
            r#"{"sentences": [{"text": "a", "claims": [{"stance": "s", "holder": "h"}]}]}"#,
            "no `topic`",
        ),
        (
            "--further-topics",
            r#"{"id": "t", "title": "t", "stances": [{"id": "s", "hypotheses": []}]}"#,
            "no hypothesis",
        ),
    ] {
        bench.write("rows.jsonl", format!("\n{bad}\n"));
        let output = bench.run(&["evaluate", option, "rows.jsonl"]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        let told = stderr(&output);
        assert!(told.contains("rows.jsonl, line 2") && told.contains(says), "{told}");
    }
    bench.write("rows.jsonl", r#"{"text": "a", "sents": [], "part": "dev"}"#);
    let output = bench.run(&["evaluate", "--sentences", "rows.jsonl", "--part", "test"]);
    assert!(stderr(&output).contains("--sentences holds no rows"), "{}", stderr(&output));
    let output = bench.run(&["evaluate", "--ner", "gone.jsonl"]);
    assert!(
        stderr(&output).contains("gone.jsonl") && stderr(&output).contains("give"),
        "{}",
        stderr(&output)
    );
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("written");
    encoder.finish().expect("compressed")
}
