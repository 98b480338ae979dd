//! Backends: labels in any order, and models with unreadable labels; with the feature `rust-bert`
//! one backend compared with the other.

use std::collections::BTreeSet;

use rten_onnx::onnx::{AttributeProto, DataType};
use serde_json::json;

use crate::harness::{Bench, stderr};
use crate::planted::{graph, node, table, tensor};

/// The vocabulary of the planted models.
const WORDS: [&str; 5] = ["[UNK]", "[CLS]", "[SEP]", "rejects", "supports"];

/// For each word, what it adds to entailment, neutral and contradiction.
const ADDS: [[f32; 3]; 5] = [[0.0; 3], [0.0, 3.0, 0.0], [0.0; 3], [9.0, 0.0, 0.0], [0.0, 0.0, 9.0]];

const TOPICS: &str = r#"
[[topic]]
id = "visas"
title = "Visas"
[[topic.stance]]
id = "supports"
hypothesis = "{holder} supports visas."
threshold = 0.5
floor = 0.2
[[topic.stance]]
id = "rejects"
hypothesis = "{holder} rejects visas."
threshold = 0.5
floor = 0.2
"#;

const ORDERS: [&[&str]; 4] = [
    &["entailment", "neutral", "contradiction"],
    &["CONTRADICTION", "ENTAILMENT", "NEUTRAL"],
    &["entailment", "not_entailment"],
    &["not_entailment", "entailment"],
];

/// A model folder without weights, for labels in this order.
fn folder(bench: &Bench, labels: &[&str], config: serde_json::Value) {
    let vocabulary: serde_json::Map<_, _> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    let special = |id: usize, types: usize| json!({"SpecialToken": {"id": WORDS[id], "type_id": types}});
    let text = |name: &str, types: usize| json!({"Sequence": {"id": name, "type_id": types}});
    let named = |id: usize| (WORDS[id], json!({"id": WORDS[id], "ids": [id], "tokens": [WORDS[id]]}));
    let special_tokens: serde_json::Map<_, _> =
        [named(1), named(2)].into_iter().map(|(word, token)| (word.to_owned(), token)).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "decoder": null,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special(1, 0), text("A", 0), special(2, 0)],
            "pair": [special(1, 0), text("A", 0), special(2, 0), text("B", 1), special(2, 1)],
            "special_tokens": special_tokens,
        },
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    });
    let names: serde_json::Map<_, _> =
        labels.iter().enumerate().map(|(i, l)| (i.to_string(), json!(l))).collect();
    let mut config = config;
    config["id2label"] = json!(names);
    bench.write("tiny/config.json", config.to_string());
    bench.write("tiny/tokenizer.json", tokenizer.to_string());
}

/// The meaning of each label: entailment, neutral, contradiction; the second class of two is "not
/// the first".
fn meaning(label: &str) -> usize {
    match label.to_lowercase().as_str() {
        "entailment" => 0,
        "contradiction" => 2,
        _ => 1,
    }
}

/// An ONNX graph that adds up one row of logits per token.
fn planted_onnx(labels: &[&str]) -> Vec<u8> {
    let rows = ADDS.iter().flat_map(|adds| labels.iter().map(|label| adds[meaning(label)]));
    let axes = tensor("axes", &[1], DataType::INT64, 1i64.to_le_bytes().to_vec());
    let keepdims = AttributeProto { name: Some("keepdims".into()), i: Some(0), ..AttributeProto::default() };
    let nodes = vec![
        node("Gather", &["table", "input_ids"], "rows", vec![]),
        node("ReduceSum", &["rows", "axes"], "logits", vec![keepdims]),
    ];
    let table = table(&rows.collect::<Vec<_>>(), labels.len());
    graph(nodes, vec![table, axes], &["batch", "labels"])
}

/// The stances that a planted model finds, with any holder. For every text it says that someone
/// rejects.
fn stances(bench: &Bench, backend: &str) -> Result<BTreeSet<String>, String> {
    bench.write("a.txt", "New Delhi spoke of it on Monday.");
    bench.write("topics.toml", TOPICS);
    let added = bench.run(&["models", "add", "tiny", "--task", "nli", "--name", "tiny", "--models", "m"]);
    if !added.status.success() {
        return Err(stderr(&added));
    }
    let options =
        ["--backend", backend, "--models", "m", "--topics", "topics.toml", "--output", "out", "--quiet"];
    // The entities are found by the built-in model, which runs on either backend.
    let run = bench.run(&[["extract", "a.txt"].as_slice(), &options].concat());
    if run.status.code() != Some(0) {
        return Err(stderr(&run));
    }
    let claims = bench
        .records("sentences.jsonl")
        .into_iter()
        .flat_map(|r| r["claims"].as_array().cloned().unwrap_or_default());
    Ok(claims.map(|claim| claim["stance"].as_str().unwrap_or("").to_owned()).collect())
}

#[test]
fn onnx_labels_in_any_order_give_the_right_stance() {
    for labels in ORDERS {
        let bench = Bench::new();
        // Other people's files may use the same fields for other things.
        let foreign = json!({"model_type": "bert", "architectures": ["BertForSequenceClassification"],
            "task": "text-classification", "max_length": 20, "temperature": 0.01, "precision": "int8"});
        folder(&bench, labels, foreign);
        bench.write("tiny/model.onnx", planted_onnx(labels));
        assert_eq!(stances(&bench, "onnx"), Ok(BTreeSet::from(["rejects".to_owned()])), "{labels:?}");
    }
}

#[test]
fn a_model_without_readable_labels_is_refused_until_a_person_names_them() {
    let bench = Bench::new();
    folder(&bench, &["LABEL_0", "LABEL_1", "LABEL_2"], json!({"model_type": "bert"}));
    bench.write("tiny/model.onnx", planted_onnx(&["contradiction", "entailment", "neutral"]));
    let told = stances(&bench, "onnx").expect_err("unreadable");
    assert!(told.contains("LABEL_0") && told.contains("models.toml") && told.contains("labels ="), "{told}");

    let listing = std::fs::read_to_string(bench.path("m/models.toml")).expect("written by add");
    bench.write("m/models.toml", listing + "labels = [\"contradiction\", \"entailment\", \"neutral\"]\n");
    let options = ["--models", "m", "--topics", "topics.toml", "--output", "out", "--quiet"];
    let run = || bench.run(&[["extract", "a.txt"].as_slice(), &options].concat());
    let done = run();
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(bench.records("sentences.jsonl")[0]["claims"][0]["stance"], "rejects");

    // The entry in models.toml is part of the provenance.
    for (old, new) in [
        ("[\"contradiction\", \"entailment\"", "[\"entailment\", \"contradiction\""),
        ("\"neutral\"]", "\"neutral\"]\ntemperature = 9.0"),
    ] {
        let before = bench.records("sentences.jsonl");
        let listing = std::fs::read_to_string(bench.path("m/models.toml")).expect("there");
        assert!(listing.contains(old), "{listing}");
        bench.write("m/models.toml", listing.replace(old, new));
        assert_eq!(run().status.code(), Some(0));
        assert_eq!(bench.manifest()["run"]["reused"], 0);
        let after = bench.records("sentences.jsonl");
        assert!(before != after && before[0]["provenance"] != after[0]["provenance"], "{after:?}");
    }
}

#[cfg(not(feature = "rust-bert"))]
#[test]
fn a_build_without_libtorch_says_how_to_get_it() {
    let bench = Bench::new();
    bench.write("a.txt", "Officials met in Doha on Sunday.");
    let told = stderr(&bench.run(&["extract", "a.txt", "--output", "-", "--engine", "rust-bert"]));
    assert!(told.contains("scripts/libtorch.sh") && told.contains("--features rust-bert"), "{told}");
}

#[test]
fn a_max_length_that_the_model_can_not_have_is_refused() {
    let bench = Bench::new();
    folder(&bench, ORDERS[0], json!({"model_type": "bert", "max_position_embeddings": 64}));
    bench.write("tiny/model.onnx", planted_onnx(ORDERS[0]));
    assert!(stances(&bench, "onnx").is_ok());
    let listing = std::fs::read_to_string(bench.path("m/models.toml")).expect("written by add");
    for (length, told) in [("3", "16 at least"), ("65", "positions for 64")] {
        bench.write("m/models.toml", format!("{listing}max_length = {length}\n"));
        let output =
            bench.run(&["extract", "a.txt", "--output", "-", "--models", "m", "--topics", "topics.toml"]);
        assert!(stderr(&output).contains(told) && output.status.code() == Some(2), "{}", stderr(&output));
    }
}

#[test]
fn the_onnx_backend_refuses_devices_and_precisions_that_it_lacks() {
    let bench = Bench::new();
    bench.write("a.txt", "Officials met in Doha on Sunday.");
    for (option, value) in [("--device", "cuda:0"), ("--precision", "bf16")] {
        let told =
            stderr(&bench.run(&["extract", "a.txt", "--output", "-", "--engine", "embedded", option, value]));
        assert!(told.contains("--backend libtorch"), "{told}");
    }
}

#[cfg(feature = "rust-bert")]
mod rust_bert {
    use std::collections::BTreeMap;
    use std::num::NonZeroUsize;

    use demarche::inference::{Device, Encoder, Layered, Precision, Runner, Runtime, States, Tokens};
    use demarche::models::{BackendName, ModelTask, Registry};
    use safetensors::tensor::{Dtype, TensorView};
    use serde_json::Value;

    use super::*;
    use crate::harness::{read_lines, repository};

    /// A BERT with one layer in which every token sees the mean of all: the sum of the words
    /// decides.
    fn planted_bert(labels: &[&str]) -> (Value, Vec<u8>) {
        const WIDTH: usize = 4;
        let mut words = vec![[0.0f32; WIDTH]; WORDS.len()];
        // Two columns per meaning, so that the layer norm keeps the direction.
        words[3] = [1.0, -1.0, 0.0, 0.0];
        words[4] = [0.0, 0.0, 1.0, -1.0];
        let identity = |at: usize| f32::from(at / WIDTH == at % WIDTH);
        let classifier = labels.iter().flat_map(|label| match meaning(label) {
            0 => [9.0, 0.0, 0.0, 0.0],
            2 => [0.0, 0.0, 9.0, 0.0],
            _ => [0.0; WIDTH],
        });
        let bias = labels.iter().map(|label| if meaning(label) == 1 { 3.0 } else { 0.0 });
        let mut all: BTreeMap<String, (Vec<usize>, Vec<f32>)> = BTreeMap::new();
        let mut add = |name: &str, shape: &[usize], values: Vec<f32>| {
            all.insert(name.to_owned(), (shape.to_vec(), values));
        };
        add("bert.embeddings.word_embeddings.weight", &[WORDS.len(), WIDTH], words.concat());
        add("bert.embeddings.position_embeddings.weight", &[64, WIDTH], vec![0.0; 64 * WIDTH]);
        add("bert.embeddings.token_type_embeddings.weight", &[2, WIDTH], vec![0.0; 2 * WIDTH]);
        let layer = "bert.encoder.layer.0";
        for name in ["attention.self.query", "attention.self.key", "intermediate.dense", "output.dense"] {
            add(&format!("{layer}.{name}.weight"), &[WIDTH, WIDTH], vec![0.0; WIDTH * WIDTH]);
        }
        for name in [
            &format!("{layer}.attention.self.value"),
            &format!("{layer}.attention.output.dense"),
            "bert.pooler.dense",
        ] {
            add(&format!("{name}.weight"), &[WIDTH, WIDTH], (0..WIDTH * WIDTH).map(identity).collect());
        }
        for name in [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense",
        ] {
            add(&format!("{layer}.{name}.bias"), &[WIDTH], vec![0.0; WIDTH]);
        }
        add("bert.pooler.dense.bias", &[WIDTH], vec![0.0; WIDTH]);
        for name in ["bert.embeddings", &format!("{layer}.attention.output"), &format!("{layer}.output")] {
            add(&format!("{name}.LayerNorm.weight"), &[WIDTH], vec![1.0; WIDTH]);
            add(&format!("{name}.LayerNorm.bias"), &[WIDTH], vec![0.0; WIDTH]);
        }
        add("classifier.weight", &[labels.len(), WIDTH], classifier.collect());
        add("classifier.bias", &[labels.len()], bias.collect());
        let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> =
            all.iter().map(|(n, (s, v))| (n, s, v.iter().flat_map(|x| x.to_le_bytes()).collect())).collect();
        let views = bytes.iter().map(|(name, shape, data)| {
            (
                name.as_str(),
                TensorView::new(Dtype::F32, (*shape).clone(), data).expect("as many bytes as the shape says"),
            )
        });
        let config = json!({
            "model_type": "bert", "architectures": ["BertForSequenceClassification"], "vocab_size": WORDS.len(),
            "hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": WIDTH,
            "max_position_embeddings": 64, "type_vocab_size": 2,
        });
        (config, safetensors::serialize(views, &None).expect("serialised"))
    }

    #[test]
    fn labels_in_any_order_give_the_right_stance() {
        for labels in ORDERS {
            let bench = Bench::new();
            let (config, weights) = planted_bert(labels);
            folder(&bench, labels, config);
            bench.write("tiny/model.safetensors", weights);
            assert_eq!(stances(&bench, "libtorch"), Ok(BTreeSet::from(["rejects".to_owned()])), "{labels:?}");
        }
    }

    #[test]
    fn weights_of_another_model_are_refused_by_name() {
        let bench = Bench::new();
        let (mut config, weights) = planted_bert(ORDERS[0]);
        config["num_hidden_layers"] = json!(2);
        folder(&bench, ORDERS[0], config.clone());
        bench.write("tiny/model.safetensors", &weights);
        let told = stances(&bench, "libtorch").expect_err("a layer is missing");
        assert!(told.contains("model.safetensors") && told.contains("lack bert.encoder.layer.1"), "{told}");

        config["model_type"] = json!("gpt2");
        folder(&bench, ORDERS[0], config);
        let told = stances(&bench, "libtorch").expect_err("no encoder");
        assert!(told.contains("gpt2") && told.contains("deberta-v2"), "{told}");
    }

    #[test]
    fn a_gpu_that_is_not_there_is_an_error() {
        let bench = Bench::new();
        bench.write("a.txt", "Officials met in Doha on Sunday.");
        let told = stderr(&bench.run(&[
            "extract",
            "a.txt",
            "--output",
            "-",
            "--backend",
            "rust-bert",
            "--device",
            "cuda:63",
        ]));
        assert!(told.contains("cuda:63 is not there") && told.contains("--device cpu"), "{told}");
    }

    fn runtime(backend: BackendName) -> Runtime {
        let precision = Some(Precision::F32);
        Runtime { backend: Some(backend), device: Device::Cpu, precision }
    }

    #[test]
    fn the_built_in_models_give_the_same_logits_on_both_backends() {
        let registry = Registry::open(None).expect("built in");
        let text = std::fs::read_to_string(repository("corpus/02-islamabad-welcomes-kashmir-offer.txt"))
            .expect("there");
        let [ours, theirs] = [BackendName::Onnx, BackendName::Libtorch]
            .map(|backend| Encoder::load(&registry, ModelTask::Ner, &runtime(backend)).expect("loads"));
        for sentence in text.lines().filter(|line| !line.is_empty()) {
            let mut tokens = Tokens::from(&ours.encode(sentence).expect("encodes"));
            tokens.ids.truncate(150);
            tokens.token_type_ids.truncate(150);
            let [a, b] = [&ours, &theirs].map(|model| {
                let outputs = model.backend().run(&[&tokens]).expect("runs");
                outputs[0].get("logits").expect("logits").values().to_vec()
            });
            assert!(off(&a, &b) < 1e-3, "{sentence:?}");
        }
        let [ours, theirs] = [BackendName::Onnx, BackendName::Libtorch]
            .map(|backend| Layered::load(&registry, ModelTask::Nli, &runtime(backend)).expect("loads"))
            .map(|layered| layered.expect("two graphs"));
        let runner = Runner::new(NonZeroUsize::MIN, 512).expect("starts");
        for sentence in text.lines().filter(|line| !line.is_empty()).take(6) {
            let mut tokens = Tokens::from(&ours.encoder().encode(sentence).expect("encodes"));
            tokens.ids.truncate(150);
            tokens.token_type_ids = vec![1; tokens.ids.len()];
            let [a, b] = [&ours, &theirs].map(|model| {
                let lower = model.lower(&runner, &[vec![&tokens]]).expect("runs").remove(0).expect("runs");
                let states = States::new(vec![lower[0].states.clone()]);
                let upper = model.upper(&runner, &[vec![&states]]).expect("runs").remove(0).expect("runs");
                let logits = upper[0].get("logits").expect("logits").values().to_vec();
                [lower[0].skim.values().to_vec(), logits].concat()
            });
            assert!(off(&a, &b) < 1e-2, "{sentence:?}");
        }
    }

    /// The greatest difference.
    fn off(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn threads_and_batches_change_no_byte() {
        let bench = Bench::new();
        bench.write(
            "a.txt",
            "Islamabad welcomed any mediation on Monday. New Delhi said that it rejects help. Rubio spoke.",
        );
        let run = |threads: &str, tokens: &str| {
            let options = [
                "--backend",
                "rust-bert",
                "--threads",
                threads,
                "--batch-tokens",
                tokens,
                "--output",
                "-",
                "--quiet",
            ];
            let output = bench.run(&[["extract", "a.txt"].as_slice(), &options].concat());
            assert!(output.status.success(), "{}", stderr(&output));
            output.stdout
        };
        assert!(run("1", "1") == run("3", "4000"));
    }

    #[test]
    fn both_backends_find_the_same_entities_and_claims() {
        let bench = Bench::new();
        // One article of the sample corpus; README.md has the figures for all of it.
        let article = repository("corpus/04-who-stopped-the-guns.txt");
        let found = ["onnx", "libtorch"].map(|backend| {
            let run = bench.run(&[
                "extract",
                &article,
                "--backend",
                backend,
                "--precision",
                "f32",
                "--output",
                backend,
                "--quiet",
            ]);
            assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
            let told = |record: &Value| {
                let some = |list: &str, fields: &[&str]| -> Vec<Vec<Value>> {
                    let list = record[list].as_array().expect("a list");
                    list.iter().map(|item| fields.iter().map(|f| item[f].clone()).collect()).collect()
                };
                (
                    record["sentence_id"].clone(),
                    some("entities", &["start", "end", "label"]),
                    some("claims", &["topic", "stance", "holder", "source", "status"]),
                )
            };
            read_lines(&bench.path(backend).join("sentences.jsonl")).iter().map(told).collect::<Vec<_>>()
        });
        assert_eq!(found[0], found[1]);
        assert!(found[0].iter().any(|(_, _, claims)| !claims.is_empty()));
    }
}
