//! Tests padded batches, bf16 and configurations; `tests/suite/architectures.rs` compares the rest
//! with transformers.

use std::fs;

use serde_json::{Value, json};
use tch::{Device, Kind, Tensor, nn};

use super::{Version, network};
use crate::inference::libtorch::network::build;
use crate::inference::libtorch::parts::{Head, Input, Network};
use crate::inference::libtorch::weights::Weights;

const FIXTURES: [&str; 5] =
    ["deberta-ner", "deberta-plain-nli", "deberta-v2-ner", "deberta-v2-apart-nli", "deberta-v3-ner"];

fn file(fixture: &str, name: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/architectures");
    fs::read(format!("{root}/{fixture}/{name}")).expect("there")
}

fn load(fixture: &str, kind: Kind) -> Network {
    let config: Value = serde_json::from_slice(&file(fixture, "config.json")).expect("JSON");
    let architecture = config["model_type"].as_str().expect("named");
    let weights = Weights::Safetensors(vec![file(fixture, "model.safetensors").into()]);
    let weights = weights.tensors(kind, Device::Cpu).expect("weights");
    let head = if fixture.ends_with("-ner") { Head::Token } else { Head::Sequence };
    build(architecture, head, &config, weights).expect("a network").0
}

/// Runs all cases in one padded batch; returns the logits of each, without padding.
fn padded(fixture: &str, kind: Kind) -> Vec<(Tensor, Tensor)> {
    let cases: Vec<Value> = serde_json::from_slice(&file(fixture, "expected.json")).expect("JSON");
    let row = |values: &Value, filler: i64| {
        let mut row: Vec<i64> = serde_json::from_value(values.clone()).expect("whole numbers");
        row.resize(40, filler);
        Tensor::from_slice(&row)
    };
    let stack = |rows: Vec<Tensor>| Tensor::stack(&rows, 0);
    let input = Input {
        ids: stack(cases.iter().map(|case| row(&case["ids"], 9)).collect()),
        types: stack(cases.iter().map(|case| row(&case["types"], 0)).collect()),
        states: Tensor::new(),
        mask: stack(cases.iter().map(|case| row(&case["ids"], -1).ge(0).to_kind(Kind::Int64)).collect()),
    };
    let logits = tch::no_grad(|| load(fixture, kind)(&input)).expect("logits").remove(0);
    assert_eq!(logits.kind(), kind);
    let pair = |(at, case): (usize, &Value)| {
        let expected: Vec<f32> = serde_json::from_value(case["logits"].clone()).expect("numbers");
        let expected = Tensor::from_slice(&expected);
        let found = logits.get(at as i64).to_kind(Kind::Float).flatten(0, -1);
        (found.narrow(0, 0, expected.size()[0]), expected)
    };
    cases.iter().enumerate().map(pair).collect()
}

#[test]
fn padding_gets_no_attention() {
    for fixture in FIXTURES {
        for (at, (found, expected)) in padded(fixture, Kind::Float).iter().enumerate() {
            let off = (found - expected).abs().max().double_value(&[]);
            assert!(off < 1e-3, "{fixture}, case {at}: off by {off}");
        }
    }
}

#[test]
fn bf16_is_near() {
    for fixture in FIXTURES {
        for (at, (found, expected)) in padded(fixture, Kind::BFloat16).iter().enumerate() {
            let off = (found - expected).norm().double_value(&[]) / expected.norm().double_value(&[]);
            assert!(off < 0.1, "{fixture}, case {at}: off by {off}");
        }
    }
}

#[test]
fn what_is_not_known_is_told_by_its_field() {
    let refused = [
        ("hidden_act", json!("laplace")),
        ("conv_act", json!("softsign")),
        ("pooler_hidden_act", json!(7)),
        ("pooler_hidden_size", json!(4)),
        ("hidden_size", json!("8")),
        ("hidden_size", json!(-8)),
        ("num_attention_heads", json!(3)),
        ("num_attention_heads", json!(0)),
        ("pos_att_type", json!(5)),
        ("conv_kernel_size", json!(2)),
        ("talking_head", json!(true)),
    ];
    for (name, value) in refused {
        let version = if name == "talking_head" { Version::One } else { Version::Two };
        let mut config = json!({ "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 9 });
        config[name] = value;
        let store = nn::VarStore::new(Device::Cpu);
        let told = network(&store.root(), &config, Head::Sequence, version).err();
        assert!(told.as_ref().is_some_and(|told| told.contains(name)), "{name}: {told:?}");
    }
}
