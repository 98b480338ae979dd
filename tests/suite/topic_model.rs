//! A model that reads a sentence with all stances of a topic, on a tiny random one that
//! `tests/reference/tiny_topic_model.py` wrote.

use std::fs;
use std::num::NonZeroUsize;

use demarche::config::Configuration;
use demarche::document::{self, Kind, Options, Origin, Raw};
use demarche::extraction::{Analysis, Extraction, Extractor};
use demarche::inference::{Layered, Precision, Runner, Runtime, States, Tokens};
#[cfg(feature = "rust-bert")]
use demarche::models::BackendName;
use demarche::models::{Choice, ModelTask, Registry, add};
use demarche::stance::TopicModel;
use serde_json::{Value, json};

use crate::harness::{Bench, repository, stderr, stdout};

const ARTICLE: &str = "Visas and trade\n\nIndia rejects visas of Pakistan. It says that it never supports talks in \
                       Delhi.\n\nThe United States offers help on trade, and Islamabad supports the ceasefire. On \
                       Monday someone rejects outside mediation.";

/// A folder with the tiny model, whose settings `change` may change.
fn folder(change: impl Fn(&mut Value)) -> Bench {
    let bench = Bench::new();
    for file in ["lower.onnx", "upper.onnx", "sieve.safetensors", "tokenizer.json"] {
        let bytes = fs::read(repository(&format!("tests/data/topic_model/{file}"))).expect("there");
        bench.write(&format!("tiny/{file}"), bytes);
    }
    let config = fs::read_to_string(repository("tests/data/topic_model/config.json")).expect("there");
    let mut config: Value = serde_json::from_str(&config).expect("JSON");
    change(&mut config);
    bench.write("tiny/config.json", config.to_string());
    add(&bench.path("m"), &bench.path("tiny"), None, &Choice::default()).expect("added");
    bench
}

fn layered(bench: &Bench, runtime: &Runtime) -> Layered {
    let registry = Registry::open(Some(&bench.path("m"))).expect("opens");
    Layered::load(&registry, ModelTask::Nli, runtime).expect("loads").expect("two graphs")
}

fn runner(threads: usize, tokens: usize) -> Runner {
    Runner::new(NonZeroUsize::new(threads).expect("some"), tokens).expect("starts")
}

/// Topics with these stances, each `(topic, [stance])`.
fn topics(all: &[(&str, &[&str])]) -> String {
    let stance = |id: &&str| json!({ "id": id, "hypothesis": format!("{{holder}} {id} visas."), "threshold": 0.5, "floor": 0.0 });
    let topic = |(id, stances): &(&str, &[&str])| json!({ "id": id, "title": id, "stance": stances.iter().map(stance).collect::<Vec<_>>() });
    toml::to_string(&json!({ "topic": all.iter().map(topic).collect::<Vec<_>>() })).expect("TOML")
}

fn extracted(bench: &Bench, topics: &str, threads: usize, tokens: usize) -> Extraction {
    let configuration = Configuration::built_in().expect("valid").with_topics(topics).expect("valid");
    let extractor = Extractor::builder()
        .models(bench.path("m"))
        .configuration(configuration)
        .threads(NonZeroUsize::new(threads).expect("some"))
        .max_batch_tokens(tokens)
        .build()
        .expect("builds");
    extraction_of(&extractor, ARTICLE)
}

fn extraction_of(extractor: &Extractor, text: &str) -> Extraction {
    let raw = Raw {
        origin: Origin { path: "a.txt".into(), line: None },
        stem: "a".into(),
        kind: Kind::Text,
        bytes: text.into(),
    };
    let document =
        document::parse(raw, &Options { any_language: true, ..Options::default() }).expect("parses");
    extractor.extract(vec![document]).expect("runs").remove(0).expect("extracts")
}

/// The judgements of a topic in each sentence, in plain numbers.
fn judged(extraction: &Extraction, topic: usize) -> Value {
    let of = |analysis: &Analysis| {
        let all = serde_json::to_value(&analysis.judgements).expect("JSON");
        let own = all.as_array().expect("a list").iter().filter(|j| j["stance"]["topic"] == topic);
        own.map(|j| json!([j["hypothesis"], j["probabilities"], j["holders"], j["sources"]]))
            .collect::<Vec<_>>()
    };
    extraction.sentences.iter().map(of).collect::<Vec<_>>().into()
}

#[test]
fn the_outputs_are_those_of_pytorch_within_what_int8_costs() {
    let bench = folder(|_| {});
    let model = layered(&bench, &Runtime::default());
    let text = fs::read_to_string(repository("tests/data/topic_model/expected.json")).expect("there");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let f32_model = layered(&bench, &Runtime { precision: Some(Precision::F32), ..Runtime::default() });
    for case in &cases {
        for (model, tolerance) in [(&model, 0.25), (&f32_model, 0.05)] {
            let found = logits(model, case);
            for (found, expected) in found.iter().zip(case["logits"].as_array().expect("rows")) {
                let expected: Vec<f32> = serde_json::from_value(expected.clone()).expect("numbers");
                let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off < tolerance, "{}: {found:?} {expected:?}", case["text"]);
            }
        }
    }
}

/// The logits of a case's hypotheses, read with the model's two graphs.
fn logits(model: &Layered, case: &Value) -> Vec<Vec<f32>> {
    let whole =
        |values: &Value| -> Vec<i32> { serde_json::from_value(values.clone()).expect("whole numbers") };
    let texts = |name: &str| -> Vec<String> { serde_json::from_value(case[name].clone()).expect("texts") };
    let label = |text: &String, kind: i32| {
        let words = model.encoder().encode_plain(text).expect("tokens");
        let ids: Vec<i32> =
            [model.ends().1].into_iter().chain(words.get_ids().iter().map(|&id| id as i32)).collect();
        let token_type_ids = (0..ids.len()).map(|at| if at == 0 { kind } else { 4 }).collect();
        Tokens { ids, token_type_ids }
    };
    let passage = Tokens { ids: whole(&case["ids"]), token_type_ids: whole(&case["types"]) };
    let hypotheses: Vec<Tokens> = texts("hypotheses").iter().map(|text| label(text, 2)).collect();
    let names: Vec<Tokens> = texts("names").iter().map(|text| label(text, 3)).collect();
    let all: Vec<&Tokens> = [&passage].into_iter().chain(&hypotheses).chain(&names).collect();
    let runner = runner(1, 512);
    let lower = model.lower(&runner, &[all]).expect("runs").remove(0).expect("runs");
    let states = States::new(lower.iter().map(|lower| lower.states.clone()).collect());
    let upper = model.upper(&runner, &[vec![&states]]).expect("runs").remove(0).expect("runs").remove(0);
    let mut at = passage.len();
    let mut rows = Vec::new();
    for hypothesis in &hypotheses {
        rows.push(upper.get("logits").and_then(|logits| logits.row(at)).expect("a row").to_vec());
        at += hypothesis.len();
    }
    rows
}

#[cfg(feature = "rust-bert")]
#[test]
fn both_backends_agree_in_f32() {
    let bench = folder(|_| {});
    let listed = fs::read_to_string(bench.path("m/models.toml")).expect("listed");
    bench.write("m/models.toml", listed.replace("[\"onnx\"]", "[\"onnx\", \"libtorch\"]"));
    let runtime =
        |backend| Runtime { backend: Some(backend), precision: Some(Precision::F32), ..Runtime::default() };
    let onnx = layered(&bench, &runtime(BackendName::Onnx));
    let libtorch = layered(&bench, &runtime(BackendName::Libtorch));
    let text = fs::read_to_string(repository("tests/data/topic_model/expected.json")).expect("there");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    for case in &cases {
        let (a, b) = (logits(&onnx, case).concat(), logits(&libtorch, case).concat());
        let off = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(off < 1e-4, "{}: {a:?} {b:?}", case["text"]);
    }
}

#[test]
fn a_topic_is_judged_alike_whatever_other_topics_there_are() {
    let bench = folder(|_| {});
    let alone = extracted(&bench, &topics(&[("visas", &["supports", "rejects"])]), 1, 512);
    let both = topics(&[("trade", &["offers"]), ("visas", &["supports", "rejects"])]);
    let both = extracted(&bench, &both, 1, 512);
    assert_eq!(judged(&alone, 0), judged(&both, 1));
    assert!(alone.pairs > 0 && both.pairs == alone.pairs / 2 * 3);
}

#[test]
fn threads_and_batches_change_nothing() {
    let bench = folder(|_| {});
    let topics = topics(&[("visas", &["supports", "rejects"]), ("trade", &["offers"])]);
    let expected = extracted(&bench, &topics, 1, 64);
    for (threads, tokens) in [(2, 512), (3, 4096)] {
        assert_eq!(extracted(&bench, &topics, threads, tokens).sentences, expected.sentences);
    }
}

#[test]
fn one_stance_or_eight_are_judged() {
    let bench = folder(|_| {});
    let eight = ["supports", "rejects", "offers", "never", "help", "talks", "trade", "for"];
    let found = extracted(&bench, &topics(&[("one", &["supports"]), ("eight", &eight)]), 1, 512);
    assert!(found.sentences.iter().all(|analysis| analysis.judgements.len() == 9));
}

#[test]
fn what_the_sieve_or_the_skim_stops_is_not_read_and_is_accounted_for() {
    let topics = topics(&[("visas", &["supports", "rejects"])]);
    let all = extracted(&folder(|_| {}), &topics, 1, 512);
    let shown = |extraction: &Extraction| -> Vec<_> {
        extraction.sentences.iter().flat_map(|analysis| analysis.screened.clone()).collect()
    };
    assert!(shown(&all).iter().all(|s| s.read && s.sieve.is_some() && s.skim.is_some()));
    let sieved = extracted(&folder(|config| config["heads"]["sieve_bound"] = json!(1.1)), &topics, 1, 512);
    assert!(shown(&sieved).iter().all(|s| !s.read && s.skim.is_none()) && sieved.pairs == 0);
    let skimmed = extracted(&folder(|config| config["heads"]["skim"]["bound"] = json!(1.1)), &topics, 1, 512);
    assert!(shown(&skimmed).iter().all(|s| !s.read && s.skim.is_some()) && skimmed.pairs == 0);
    assert_eq!(shown(&skimmed).len(), all.sentences.len());
}

#[test]
fn natural_language_inference_is_asked_without_names() {
    let bench = folder(|_| {});
    let model = TopicModel::new(layered(&bench, &Runtime::default())).expect("fits");
    let pairs = [("India rejects visas.", "It rejects visas."), ("", ""), ("Talks in Delhi", "someone")];
    let one = model.infer(&runner(1, 512), &pairs).expect("runs");
    assert_eq!(one, model.infer(&runner(3, 16), &pairs).expect("runs"));
    assert!(one.iter().all(|p| (p.entailment + p.neutral + p.contradiction - 1.0).abs() < 1e-3));
}

#[test]
fn settings_that_do_not_fit_the_graphs_are_refused_by_file() {
    let bench = folder(|config| config["heads"]["roles"]["width"] = json!(64));
    let registry = Registry::open(Some(&bench.path("m"))).expect("opens");
    let error =
        Layered::load(&registry, ModelTask::Nli, &Runtime::default()).expect_err("refused").to_string();
    assert!(error.contains("upper.onnx") && error.contains("384 wide"), "{error}");
}

#[test]
fn what_leaves_no_room_is_refused_before_the_run_or_left_out() {
    let bench = folder(|_| {});
    let long = "supports talks ".repeat(20);
    let many: Vec<String> = (0..20).map(|at| format!("{long}{at}")).collect();
    let stances: Vec<&str> = many.iter().map(String::as_str).collect();
    let built = |configuration: Configuration| {
        Extractor::builder().models(bench.path("m")).configuration(configuration).build()
    };
    let configuration = || Configuration::built_in().expect("valid");
    let error = built(configuration().with_topics(&topics(&[("visas", &stances)])).expect("valid"));
    let error = error.expect_err("too long").to_string();
    assert!(error.contains("visas") && error.contains("room for"), "{error}");

    // A sentence that names very many actors is read with as many as fit, the narrator among them.
    let mut actors = String::from("anyone = 'someone'\nnarrator = 'the article itself'\n");
    for at in 0..160 {
        actors += &format!("[[actor]]\nname = 'Land{at}'\nphrase = 'Land{at}'\nnames = ['Land{at}']\n");
    }
    actors += "[[actor]]\nname = 'other'\nphrase = 'somebody else'\ncatch_all = true\n";
    let configuration = configuration().with_topics(&topics(&[("visas", &["supports"])])).expect("valid");
    let extractor = built(configuration.with_actors(&actors).expect("valid")).expect("builds");
    let names: Vec<String> = (0..160).map(|at| format!("Land{at}")).collect();
    let text = format!("{} support visas of India.", names.join(" and "));
    let extraction = extraction_of(&extractor, &text);
    let judged = &extraction.sentences[0].judgements;
    let holders = judged[0].holders.len();
    assert!((20..160).contains(&holders), "{holders}");
    assert!(judged[0].holders.iter().any(|holder| holder.actor.is_narrator()));
}

#[test]
fn calibrate_writes_what_the_next_run_uses() {
    let bench = folder(|_| {});
    let stances = topics(&[("visas", &["supports", "rejects"])]).replace("threshold = 0.5\n", "");
    bench.write("topics.toml", &stances);
    // Each sentence by itself is an article; every second one supports visas.
    let sentences = [
        "India rejects visas of Pakistan.",
        "The United States offers help on trade.",
        "Islamabad supports the ceasefire.",
        "Someone rejects outside mediation on Monday.",
    ];
    for at in 0..24 {
        let text = format!("{} It is article {at}.", sentences[at % 4]);
        bench.write(&format!("in/a{at}.txt"), &text);
        let holder = if at % 4 == 0 { "India" } else { "narrator" };
        let claims = if at % 2 == 0 {
            json!([{ "topic": "visas", "stance": "supports", "holder": holder }])
        } else {
            json!([])
        };
        let row = json!({ "doc": format!("a{at}"), "start": 0, "end": sentences[at % 4].len(), "text": sentences[at % 4], "boilerplate": false, "entities": [], "claims": claims });
        bench.write(&format!("gold/a{at}.jsonl"), format!("{row}\n"));
    }
    let models = bench.path("m/models.toml");
    let before = fs::read_to_string(&models).expect("there");
    let arguments =
        ["calibrate", "--gold", "gold", "--run", "in", "--models", "m", "--topics", "topics.toml", "--quiet"];
    let dry = bench.run(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    assert_eq!(fs::read_to_string(&models).expect("there"), before);

    let done = bench.run(&arguments);
    assert_eq!((done.status.code(), &done.stdout), (Some(0), &dry.stdout), "{}", stderr(&done));
    let text = stdout(&done);
    assert!(text.contains("claims: topic, stance, holder") && text.contains("24 articles"), "{text}");
    let after = fs::read_to_string(&models).expect("there");
    let line = after.strip_prefix(&before).expect("only one line is added");
    assert!(line.starts_with("calibration = { slope = ") && line.contains("threshold = "), "{line}");
    let figures: Value =
        serde_json::from_str(&fs::read_to_string(bench.path("m/calibration.json")).expect("there"))
            .expect("JSON");
    let threshold = figures["calibration"]["threshold"].as_f64().expect("a threshold");

    let run = |topics: &str, output: &str| {
        let run = bench.run(&[
            "extract",
            "in",
            "--output",
            output,
            "--models",
            "m",
            "--topics",
            topics,
            "--any-language",
        ]);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        let manifest = fs::read_to_string(bench.path(&format!("{output}/manifest.json"))).expect("there");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        let models = manifest["provenance"]["models"].as_array().expect("models");
        let stance = models.iter().find(|m| m["task"] == "nli").expect("a stance model");
        assert_eq!(stance["calibration"], figures["calibration"]);
        let lines = fs::read_to_string(bench.path(&format!("{output}/sentences.jsonl"))).expect("there");
        let claims = lines.lines().flat_map(|line| {
            let sentence: Value = serde_json::from_str(line).expect("JSON");
            sentence["claims"].as_array().expect("claims").clone()
        });
        let of = |claim: Value| (claim["score"].as_f64().expect("a score"), claim["status"] == "auto");
        claims.map(of).collect::<Vec<(f64, bool)>>()
    };
    let claims = run("topics.toml", "out");
    assert!(!claims.is_empty());
    assert!(claims.iter().all(|(score, counts)| *counts == (*score >= threshold)), "{claims:?} {threshold}");
    // A threshold of the topic's own wins.
    let least = claims.iter().map(|(score, _)| *score).fold(1.0, f64::min);
    let most = claims.iter().map(|(score, _)| *score).fold(0.0, f64::max);
    for (own, counting) in [(least, true), ((most + 0.001).min(1.0), false)] {
        bench.write("own.toml", stances.replace("floor = ", &format!("threshold = {own}\nfloor = ")));
        let claims = run("own.toml", &format!("own-{counting}"));
        assert!(claims.iter().all(|(_, counts)| *counts == counting), "{claims:?} {own}");
    }

    // Fitted again, it finds the same: the calibration so far plays no part.
    let again = bench.run(&arguments);
    assert_eq!(fs::read_to_string(&models).expect("there"), after, "{}", stderr(&again));
    // Without labels of these articles nothing is written.
    bench.write(
        "other/b.jsonl",
        fs::read_to_string(bench.path("gold/a0.jsonl")).expect("there").replace("\"a0\"", "\"b\""),
    );
    let other = bench.run(&[
        "calibrate",
        "--gold",
        "other",
        "--run",
        "in",
        "--models",
        "m",
        "--topics",
        "topics.toml",
    ]);
    assert_eq!(other.status.code(), Some(2), "{}", stderr(&other));
    assert_eq!(fs::read_to_string(&models).expect("there"), after);
}
