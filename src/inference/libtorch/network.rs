//! The architectures: `rust-bert`'s models, and our own DeBERTa and MPNet, each with a head.

use std::collections::HashMap;

use rust_bert::RustBertError;
use rust_bert::bart::{BartConfig, BartForSequenceClassification};
use rust_bert::bert::{BertConfig, BertForSequenceClassification, BertForTokenClassification};
use rust_bert::distilbert::{DistilBertConfig, DistilBertForTokenClassification, DistilBertModelClassifier};
use rust_bert::roberta::{RobertaForSequenceClassification, RobertaForTokenClassification};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::{Device, Tensor, nn};

use super::parts::{Classifier, Head, Input, Network};
use super::{deberta, mpnet, topics};

/// Model types, as named in `config.json`, that are supported.
const ARCHITECTURES: &str = "bert, distilbert, roberta, xlm-roberta, deberta, deberta-v2 (v3 too) and bart";

/// A network with these `weights`, and the names of the weights that it uses.
pub fn build(
    architecture: &str,
    head: Head,
    config: &Value,
    weights: Vec<(String, Tensor)>,
) -> Result<(Network, Vec<(String, Tensor)>), String> {
    let store = nn::VarStore::new(Device::Cpu);
    let mut weights: HashMap<String, Tensor> = weights.into_iter().collect();
    let network = match head {
        Head::Lower => topics::lower(&store.root(), config, &weights)?,
        Head::Upper => topics::upper(&store.root(), config, &weights)?,
        Head::Token | Head::Sequence => {
            let logits = classifier(architecture, head, config, &store.root(), &weights)?;
            Box::new(move |input: &Input| Ok(vec![logits(input)?]))
        }
    };
    let mut used = Vec::new();
    let mut missing = Vec::new();
    for (name, mut variable) in store.variables() {
        match weights.remove(&name) {
            Some(weight) if weight.size() == variable.size() => {
                // Points the network's own tensor at the shared one.
                tch::no_grad(|| variable.set_data(&weight));
                used.push((name, weight));
            }
            Some(weight) => {
                let (found, expected) = (weight.size(), variable.size());
                return Err(format!("{name} has the shape {found:?} where config.json needs {expected:?}"));
            }
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        return Ok((network, used));
    }
    missing.sort();
    Err(format!(
        "the weights lack {} and {} others: they are of another architecture, or of a model without this head",
        missing[0],
        missing.len() - 1
    ))
}

fn classifier(
    architecture: &str,
    head: Head,
    config: &Value,
    root: &nn::Path<'_>,
    weights: &HashMap<String, Tensor>,
) -> Result<Classifier, String> {
    let told = |e: RustBertError| e.to_string();
    let is_ours = ["deberta", "deberta-v2", "mpnet"].contains(&architecture);
    let config = &if is_ours { config.clone() } else { supported(architecture, config)? };
    // These models of rust-bert have the same methods, but no common trait.
    macro_rules! alike {
        ($model:ident) => {{
            let model = $model::new(root, &read::<BertConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(Some(&i.ids), Some(&i.mask), Some(&i.types), None, None, false).logits)
            })
        }};
    }
    Ok(match (architecture, head) {
        ("bert", Head::Token) => alike!(BertForTokenClassification),
        ("bert", Head::Sequence) => alike!(BertForSequenceClassification),
        ("distilbert", Head::Token) => {
            let config = read::<DistilBertConfig>(config)?;
            let model = DistilBertForTokenClassification::new(root, &config).map_err(told)?;
            Box::new(move |i| Ok(model.forward_t(Some(&i.ids), Some(&i.mask), None, false)?.logits))
        }
        ("distilbert", Head::Sequence) => {
            let model =
                DistilBertModelClassifier::new(root, &read::<DistilBertConfig>(config)?).map_err(told)?;
            Box::new(move |i| Ok(model.forward_t(Some(&i.ids), Some(&i.mask), None, false)?.logits))
        }
        ("roberta" | "xlm-roberta", Head::Token) => alike!(RobertaForTokenClassification),
        ("roberta" | "xlm-roberta", Head::Sequence) => alike!(RobertaForSequenceClassification),
        ("deberta", _) => deberta::network(root, config, head, deberta::Version::One)?,
        ("deberta-v2", _) => deberta::network(root, config, head, deberta::Version::Two)?,
        ("bart", Head::Sequence) => {
            let model =
                BartForSequenceClassification::new(root, &read::<BartConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(&i.ids, Some(&i.mask), None, None, None, false).decoder_output)
            })
        }
        ("mpnet", Head::Sequence) => {
            let labels = config["id2label"].as_object().map_or(0, serde_json::Map::len) as i64;
            let read: mpnet::MpnetConfig =
                serde_json::from_value(config.clone()).map_err(|e| format!("config.json: {e}"))?;
            let table = weights
                .get("bias")
                .ok_or("of MPNet the backend runs the built-in model only; take an ONNX export")?;
            mpnet::network(root, &read, labels, table.size().get(2).copied().unwrap_or(0))
        }
        ("bart" | "mpnet", Head::Token) => {
            return Err(format!("{architecture} labels sequences, not tokens"));
        }
        _ => return Err(format!("model_type {architecture:?} is not one of {ARCHITECTURES}")),
    })
}

/// Fields that name an activation function.
const ACTIVATIONS: [&str; 5] =
    ["hidden_act", "activation", "activation_function", "pooler_hidden_act", "conv_act"];

/// A configuration in `rust-bert`'s names. Settings that it would silently ignore are refused.
fn supported(architecture: &str, config: &Value) -> Result<Value, String> {
    let refuse = |field: &str| {
        Err(format!(
            "config.json: the backend has no {architecture} with {field} {}; take an ONNX export",
            config[field]
        ))
    };
    if !["absolute", ""].contains(&config["position_embedding_type"].as_str().unwrap_or_default()) {
        return refuse("position_embedding_type");
    }
    if config["is_decoder"] == true {
        return refuse("is_decoder");
    }
    let padding = config["pad_token_id"].as_i64().unwrap_or(1);
    if ["roberta", "xlm-roberta"].contains(&architecture) && padding != 1 {
        return refuse("pad_token_id");
    }
    let mut named = config.clone();
    for field in ACTIVATIONS.into_iter().filter(|field| config[field].is_string()) {
        named[field] = match config[field].as_str().unwrap_or_default() {
            "gelu" | "gelu_python" => "gelu",
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => "gelu_new",
            "relu" => "relu",
            "silu" | "swish" => "swish",
            "mish" => "mish",
            "tanh" => "tanh",
            "linear" | "identity" => "identity",
            _ => return refuse(field),
        }
        .into();
    }
    if architecture == "distilbert" {
        // The file contains the whole table.
        named["sinusoidal_pos_embds"] = false.into();
    }
    Ok(named)
}

/// A configuration; fields missing in `config.json` have `rust-bert`'s defaults.
fn read<C: Default + Serialize + DeserializeOwned>(config: &Value) -> Result<C, String> {
    let mut all = serde_json::to_value(C::default()).map_err(|e| e.to_string())?;
    if let (Some(all), Some(given)) = (all.as_object_mut(), config.as_object()) {
        all.extend(given.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
    }
    serde_json::from_value(all).map_err(|e| format!("config.json: {e}"))
}
