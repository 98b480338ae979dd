//! The architectures: `rust-bert`'s models and our DeBERTa, each with its head.

use std::collections::HashMap;

use rust_bert::RustBertError;
use rust_bert::bart::{BartConfig, BartForSequenceClassification};
use rust_bert::bert::{
    BertConfig, BertEmbedding, BertEncoder, BertForSequenceClassification, BertForTokenClassification,
};
use rust_bert::distilbert::{DistilBertConfig, DistilBertForTokenClassification, DistilBertModelClassifier};
use rust_bert::roberta::{
    RobertaEmbeddings, RobertaForSequenceClassification, RobertaForTokenClassification,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tch::nn::{self, Module};
use tch::{Device, Kind, Tensor};

use super::deberta;

/// What a model labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Each token.
    Token,
    /// The whole sequence.
    Sequence,
}

/// A padded batch, each tensor `[batch, tokens]` of 64-bit integers.
pub struct Input {
    pub ids: Tensor,
    pub types: Tensor,
    /// 1 for a token, 0 for padding.
    pub mask: Tensor,
}

/// Gives logits, `[batch, labels]` or `[batch, tokens, labels]`.
pub type Network = Box<dyn Fn(&Input) -> Result<Tensor, RustBertError> + Send>;

/// Model types, as `config.json` names them, that a network can be made of.
const ARCHITECTURES: &str = "bert, distilbert, roberta, xlm-roberta, deberta, deberta-v2 (v3 too) and bart";

/// A network whose parameters are `weights`, and those that it uses.
pub fn build(
    architecture: &str,
    head: Head,
    config: &Value,
    weights: Vec<(String, Tensor)>,
) -> Result<(Network, Vec<(String, Tensor)>), String> {
    let store = nn::VarStore::new(Device::Cpu);
    let mut weights: HashMap<String, Tensor> = weights.into_iter().collect();
    let network = network(architecture, head, config, &store.root(), &mut weights)?;
    let mut used = Vec::new();
    let mut missing = Vec::new();
    for (name, mut variable) in store.variables() {
        match weights.remove(&name) {
            Some(weight) if weight.size() == variable.size() => {
                // The network's own tensor, which the store only names, becomes this one.
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

fn network(
    architecture: &str,
    head: Head,
    config: &Value,
    root: &nn::Path<'_>,
    weights: &mut HashMap<String, Tensor>,
) -> Result<Network, String> {
    let told = |e: RustBertError| e.to_string();
    Ok(match (architecture, head) {
        ("bert", Head::Token) => {
            let model = BertForTokenClassification::new(root, &read::<BertConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(Some(&i.ids), Some(&i.mask), Some(&i.types), None, None, false).logits)
            })
        }
        ("bert", Head::Sequence) => {
            let model =
                BertForSequenceClassification::new(root, &read::<BertConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(Some(&i.ids), Some(&i.mask), Some(&i.types), None, None, false).logits)
            })
        }
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
        ("roberta" | "xlm-roberta", Head::Token) => {
            let model =
                RobertaForTokenClassification::new(root, &read::<BertConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(Some(&i.ids), Some(&i.mask), Some(&i.types), None, None, false).logits)
            })
        }
        ("roberta" | "xlm-roberta", Head::Sequence) => {
            let model =
                RobertaForSequenceClassification::new(root, &read::<BertConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(Some(&i.ids), Some(&i.mask), Some(&i.types), None, None, false).logits)
            })
        }
        ("deberta", _) => deberta::network(root, config, head, deberta::Version::One)?,
        ("deberta-v2", _) => deberta::network(root, config, head, deberta::Version::Two)?,
        ("bart", Head::Sequence) => {
            let model =
                BartForSequenceClassification::new(root, &read::<BartConfig>(config)?).map_err(told)?;
            Box::new(move |i| {
                Ok(model.forward_t(&i.ids, Some(&i.mask), None, None, None, false).decoder_output)
            })
        }
        ("mpnet", Head::Sequence) => mpnet(root, &read::<BertConfig>(config)?, weights)?,
        ("bart" | "mpnet", Head::Token) => {
            return Err(format!("{architecture} labels sequences, not tokens"));
        }
        _ => return Err(format!("model_type {architecture:?} is none of {ARCHITECTURES}")),
    })
}

/// MPNet (Song et al., 2020): BERT's encoder with a table of relative positions in its scores.
///
/// As in the embedded model its classifier reads every token. `rust-bert` has no such model, but its encoder adds a mask to
/// the scores, and the table goes in with that.
fn mpnet(
    root: &nn::Path<'_>,
    config: &BertConfig,
    weights: &mut HashMap<String, Tensor>,
) -> Result<Network, String> {
    let relative = weights.remove("bias").ok_or("the weights lack the table of relative positions")?;
    let config = BertConfig { type_vocab_size: 1, ..config.clone() };
    let base = root / "mpnet";
    let embeddings = RobertaEmbeddings::new(&base / "embeddings", &config);
    let encoder = BertEncoder::new(&base / "encoder", &config);
    let labels = config.id2label.as_ref().map_or(0, HashMap::len) as i64;
    let head = root / "classifier";
    let dense = nn::linear(&head / "dense", config.hidden_size, config.hidden_size, Default::default());
    let out = nn::linear(&head / "out_proj", config.hidden_size, labels, Default::default());
    Ok(Box::new(move |i| {
        let width = i.ids.size()[1];
        // As RoBERTa's, positions begin behind the one of padding.
        let positions = Tensor::arange_start(2, width + 2, (Kind::Int64, i.ids.device())).expand_as(&i.ids);
        let hidden = embeddings.forward_t(Some(&i.ids), None, Some(&positions), None, false)?;
        let table = relative.narrow(2, 0, width).narrow(3, 0, width);
        let closed: Tensor = (1 - i.mask.unsqueeze(1).unsqueeze(1)) * -10000.0;
        let mask = table + closed.to_kind(hidden.kind());
        let hidden = encoder.forward_t(&hidden, Some(&mask), None, None, false).hidden_state;
        Ok(out.forward(&dense.forward(&hidden).tanh()))
    }))
}

/// A configuration; what `config.json` leaves out is as `rust-bert` has it by default.
fn read<C: Default + Serialize + DeserializeOwned>(config: &Value) -> Result<C, String> {
    let mut all = serde_json::to_value(C::default()).map_err(|e| e.to_string())?;
    if let (Some(all), Some(given)) = (all.as_object_mut(), config.as_object()) {
        all.extend(given.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
    }
    serde_json::from_value(all).map_err(|e| format!("config.json: {e}"))
}
