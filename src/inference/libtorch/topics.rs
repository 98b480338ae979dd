//! The lower and the upper layers of a topic model, on MPNet's layers.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;
use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use super::empty::{linear, norm, table};
use super::mpnet::{FIRST_POSITION, MpnetConfig, MpnetLayer};
use super::parts::{Input, Network};
use crate::inference::layers::Heads;

/// The token types.
const TYPES: i64 = 5;

/// Layers, and the table of relative positions.
struct Layers {
    layers: Vec<MpnetLayer>,
    /// Attention scores by the distance of two tokens, `[2 × longest - 1, heads]`.
    bias: Tensor,
    heads: i64,
}

impl Layers {
    fn new(
        root: &nn::Path<'_>,
        config: &MpnetConfig,
        numbers: Range<i64>,
        weights: &HashMap<String, Tensor>,
    ) -> Result<Self, String> {
        let size = |name: &str| weights.get(name).map(Tensor::size).ok_or(format!("the weights lack {name}"));
        let path = root / "enc" / "encoder" / "layer";
        Ok(Self {
            layers: numbers.map(|number| MpnetLayer::new(&(&path / number), config)).collect(),
            bias: root.zeros_no_train("bias", &size("bias")?),
            heads: config.num_attention_heads,
        })
    }

    fn run(&self, x: Tensor, mask: &Tensor) -> Tensor {
        let width = x.size()[1];
        let places = Tensor::arange(width, (Kind::Int64, x.device()));
        let longest = (self.bias.size()[0] + 1) / 2;
        let apart: Tensor = places.unsqueeze(0) - places.unsqueeze(1) + (longest - 1);
        let relative = self.bias.index_select(0, &apart.reshape(-1)).view([width, width, self.heads]);
        let closed: Tensor = (1 - mask.unsqueeze(1).unsqueeze(1)) * -10000.0;
        let scores = relative.permute([2, 0, 1]).unsqueeze(0) + closed.to_kind(x.kind());
        self.layers.iter().fold(x, |x, layer| layer.forward(&x, &scores, self.heads))
    }
}

/// What `config.json` says: the encoder, how many of its layers are lower ones, and the heads.
fn read(config: &Value) -> Result<(MpnetConfig, i64, Heads), String> {
    let wrong = |e: serde_json::Error| format!("config.json: {e}");
    let mpnet: MpnetConfig = serde_json::from_value(config.clone()).map_err(wrong)?;
    let heads: Heads = serde_json::from_value(config["heads"].clone()).map_err(wrong)?;
    let lower = config["lower_layers"].as_i64().ok_or("config.json has no lower_layers")?;
    if (0..=mpnet.num_hidden_layers).contains(&lower) {
        return Ok((mpnet, lower, heads));
    }
    Err(format!("config.json: {lower} lower layers of {}", mpnet.num_hidden_layers))
}

/// The lower layers: `states` and `skim`.
pub fn lower(
    root: &nn::Path<'_>,
    config: &Value,
    weights: &HashMap<String, Tensor>,
) -> Result<Network, String> {
    let (mpnet, lower, heads) = read(config)?;
    let hidden = mpnet.hidden_size;
    let embeddings = root / "enc" / "embeddings";
    let words = table(&(&embeddings / "word_embeddings"), mpnet.vocab_size, hidden);
    let positions = table(&(&embeddings / "position_embeddings"), mpnet.max_position_embeddings, hidden);
    let types = table(&(root / "types"), TYPES, hidden);
    let first_norm = norm(&embeddings, hidden, mpnet.layer_norm_eps);
    let layers = Layers::new(root, &mpnet, 0..lower, weights)?;
    let wide = (heads.skim.weights.len() * heads.skim.width) as i64;
    let query = linear(&(root / "skim_query"), hidden, wide);
    let key = linear(&(root / "skim_key"), hidden, wide);
    Ok(Box::new(move |Input { ids, types: kinds, mask, .. }| {
        let width = ids.size()[1];
        let places =
            Tensor::arange_start(FIRST_POSITION, width + FIRST_POSITION, (Kind::Int64, ids.device()));
        let x = words.forward(ids) + types.forward(kinds) + positions.forward(&places);
        let x = layers.run(first_norm.forward(&x), mask);
        let skim = Tensor::cat(&[query.forward(&x), key.forward(&x)], -1);
        Ok(vec![x, skim])
    }))
}

/// The upper layers: `logits`, `query` and `key`.
pub fn upper(
    root: &nn::Path<'_>,
    config: &Value,
    weights: &HashMap<String, Tensor>,
) -> Result<Network, String> {
    let (mpnet, lower, heads) = read(config)?;
    let hidden = mpnet.hidden_size;
    let layers = Layers::new(root, &mpnet, lower..mpnet.num_hidden_layers, weights)?;
    let labels = config["id2label"].as_object().map_or(0, serde_json::Map::len) as i64;
    let dense = linear(&(root / "dense"), hidden, hidden);
    let out = linear(&(root / "out"), hidden, labels);
    let wide = (2 * heads.roles.width + 4 * heads.pointers.width) as i64;
    let query = linear(&(root / "query"), hidden, wide);
    let key = linear(&(root / "key"), hidden, wide);
    Ok(Box::new(move |Input { states, mask, .. }| {
        let x = layers.run(states.to_kind(out.ws.kind()), mask);
        let logits = out.forward(&dense.forward(&x).tanh());
        Ok(vec![logits, query.forward(&x), key.forward(&x)])
    }))
}
