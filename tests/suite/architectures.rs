//! Backends compute what transformers computes, for each architecture: `tests/reference/architectures.py` made the models.

use std::fs;
use std::path::Path;

use demarche::inference::{Backend, Onnx, Tokens};
use serde_json::Value;

use crate::harness::repository;

const TOLERANCE: f32 = 1e-3;

/// Cases of an architecture: sequences and the logits of each.
fn expected(folder: &Path) -> Vec<(Tokens, Vec<f32>)> {
    let text = fs::read_to_string(folder.join("expected.json")).expect("cases");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let whole = |values: &Value| serde_json::from_value(values.clone()).expect("whole numbers");
    cases
        .iter()
        .map(|case| {
            let tokens = Tokens { ids: whole(&case["ids"]), token_type_ids: whole(&case["types"]) };
            (tokens, serde_json::from_value(case["logits"].clone()).expect("numbers"))
        })
        .collect()
}

/// Runs the cases one by one and all in one padded batch; tells where the logits are others.
fn differences(
    name: &str,
    backend: &dyn Backend,
    cases: &[(Tokens, Vec<f32>)],
    tolerance: f32,
) -> Vec<String> {
    let run = |batch: &[&Tokens]| -> Vec<Vec<f32>> {
        let outputs = backend.run(batch).unwrap_or_else(|error| panic!("{name}: {error}"));
        outputs.iter().map(|own| own.get("logits").expect("logits").values().to_vec()).collect()
    };
    let sequences: Vec<&Tokens> = cases.iter().map(|(tokens, _)| tokens).collect();
    let alone: Vec<Vec<f32>> = sequences.iter().flat_map(|&tokens| run(&[tokens])).collect();
    let mut told = Vec::new();
    for (way, found) in [("alone", alone), ("in a batch", run(&sequences))] {
        assert_eq!(found.len(), cases.len(), "{name} {way}");
        for (at, (found, (tokens, expected))) in found.iter().zip(cases).enumerate() {
            assert_eq!(found.len(), expected.len(), "{name} {way}, case {at}");
            // NaN is no difference that `max` would keep.
            let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
            let off =
                off.fold(0.0, |most: f32, off| if off.is_nan() { f32::INFINITY } else { most.max(off) });
            if off > tolerance {
                told.push(format!("{name} {way}, case {at} of {} tokens: off by {off}", tokens.len()));
            }
        }
    }
    told
}

/// Folders of the architectures that come as `file`.
fn architectures(file: &str) -> Vec<(String, std::path::PathBuf)> {
    let root = repository("tests/data/architectures");
    let mut found: Vec<_> = fs::read_dir(root)
        .expect("there")
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(_, folder)| folder.join(file).is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn the_onnx_backend_computes_what_transformers_does() {
    let found = architectures("model.onnx");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let known =
        ["bert-ner", "deberta-v3-nli", "modernbert-ner", "mpnet-nli", "roberta-nli", "xlm-roberta-ner"];
    assert_eq!(names, known);
    let told: Vec<String> = found
        .iter()
        .flat_map(|(name, folder)| {
            let graph = fs::read(folder.join("model.onnx")).expect("read");
            let backend = Onnx::load(graph.into()).unwrap_or_else(|error| panic!("{name}: {error}"));
            differences(name, &backend, &expected(folder), TOLERANCE)
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[cfg(feature = "rust-bert")]
mod rust_bert {
    use demarche::inference::{BackendError, Device, Head, Libtorch, Precision, Weights};

    use super::*;

    fn load(name: &str, folder: &Path, precision: Precision) -> Result<Libtorch, BackendError> {
        let read = |file: &str| fs::read(folder.join(file)).expect("there");
        let config = serde_json::from_slice(&read("config.json")).expect("JSON");
        let head = if name.ends_with("-ner") { Head::Token } else { Head::Sequence };
        let weights = Weights::Safetensors(vec![read("model.safetensors").into()]);
        Libtorch::load(config, head, weights, (Device::Cpu, precision), 40)
    }

    #[test]
    fn the_libtorch_backend_computes_what_transformers_does() {
        let found = architectures("model.safetensors");
        assert_eq!(found.len(), 17);
        let told = found.iter().flat_map(|(name, folder)| {
            let backend =
                load(name, folder, Precision::F32).unwrap_or_else(|error| panic!("{name}: {error}"));
            differences(name, &backend, &expected(folder), TOLERANCE)
        });
        let told: Vec<String> = told.collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
    }

    #[test]
    fn in_bf16_it_stays_near() {
        let told = architectures("model.safetensors").into_iter().flat_map(|(name, folder)| {
            let cases = expected(&folder);
            match load(&name, &folder, Precision::Bf16) {
                Ok(backend) => {
                    let most = cases
                        .iter()
                        .flat_map(|(_, logits)| logits)
                        .fold(0.0, |most: f32, x| most.max(x.abs()));
                    differences(&name, &backend, &cases, most / 4.0)
                }
                Err(error) => {
                    assert!(name == "bart-nli" && error.to_string().contains("f32"), "{name}: {error}");
                    Vec::new()
                }
            }
        });
        let told: Vec<String> = told.collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
    }
}
