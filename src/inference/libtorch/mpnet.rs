//! MPNet (Song et al., 2020, arXiv:2004.09297), which `rust-bert` lacks: the architecture of the
//! built-in NLI model.

use serde::Deserialize;
use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use super::empty::{linear, norm, table};
use super::parts::{Classifier, Input};

/// The fields of an MPNet's `config.json`.
#[derive(Deserialize)]
pub struct MpnetConfig {
    pub vocab_size: i64,
    pub hidden_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    intermediate_size: i64,
    pub max_position_embeddings: i64,
    #[serde(default = "layer_norm_eps")]
    pub layer_norm_eps: f64,
}

/// The defaults of transformers.
fn layer_norm_eps() -> f64 {
    1e-5
}

/// Positions begin after the padding index, as in RoBERTa.
pub const FIRST_POSITION: i64 = 2;

pub struct MpnetLayer {
    query: nn::Linear,
    key: nn::Linear,
    value: nn::Linear,
    out: nn::Linear,
    norm: nn::LayerNorm,
    widen: nn::Linear,
    narrow: nn::Linear,
    last_norm: nn::LayerNorm,
}

impl MpnetLayer {
    pub fn new(root: &nn::Path<'_>, config: &MpnetConfig) -> Self {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let linear = |path: nn::Path<'_>, from, to| linear(&path, from, to);
        let norm = |path: &nn::Path<'_>| norm(path, hidden, config.layer_norm_eps);
        let attention = root / "attention";
        let own = &attention / "attn";
        Self {
            query: linear(&own / "q", hidden, hidden),
            key: linear(&own / "k", hidden, hidden),
            value: linear(&own / "v", hidden, hidden),
            out: linear(&own / "o", hidden, hidden),
            norm: norm(&attention),
            widen: linear(root / "intermediate" / "dense", hidden, wide),
            narrow: linear(root / "output" / "dense", wide, hidden),
            last_norm: norm(&(root / "output")),
        }
    }

    /// From and to `[batch, tokens, hidden]`; `scores`, `[batch, heads, tokens, tokens]`, are added
    /// to the attention scores.
    pub fn forward(&self, x: &Tensor, scores: &Tensor, heads: i64) -> Tensor {
        let size = x.size();
        let split = |y: Tensor| y.view([size[0], size[1], heads, -1]).transpose(1, 2);
        let query = split(self.query.forward(x)) * ((size[2] / heads) as f64).powf(-0.5);
        let weights = query.matmul(&split(self.key.forward(x)).transpose(-1, -2)) + scores;
        let mixed = weights.softmax(-1, x.kind()).matmul(&split(self.value.forward(x)));
        let mixed = mixed.transpose(1, 2).contiguous().view(size.as_slice());
        let x = self.norm.forward(&(self.out.forward(&mixed) + x));
        self.last_norm.forward(&(self.narrow.forward(&self.widen.forward(&x).gelu("none")) + &x))
    }
}

/// A classifier with `labels` logits per token. Its parameters have the names of transformers,
/// except `bias`: the table of relative positions, `[1, heads, longest, longest]`, which is added
/// to each layer's attention scores.
pub fn network(root: &nn::Path<'_>, config: &MpnetConfig, labels: i64, longest: i64) -> Classifier {
    let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
    let base = root / "mpnet";
    let embeddings = &base / "embeddings";
    let words = table(&(&embeddings / "word_embeddings"), config.vocab_size, hidden);
    let positions = table(&(&embeddings / "position_embeddings"), config.max_position_embeddings, hidden);
    let first_norm = norm(&embeddings, hidden, config.layer_norm_eps);
    let encoder = &base / "encoder" / "layer";
    let layers: Vec<MpnetLayer> =
        (0..config.num_hidden_layers).map(|n| MpnetLayer::new(&(&encoder / n), config)).collect();
    let relative = root.zeros_no_train("bias", &[1, heads, longest, longest]);
    let head = root / "classifier";
    let dense = linear(&(&head / "dense"), hidden, hidden);
    let out = linear(&(&head / "out_proj"), hidden, labels);
    Box::new(move |Input { ids, mask, .. }| {
        let width = ids.size()[1];
        let places =
            Tensor::arange_start(FIRST_POSITION, width + FIRST_POSITION, (Kind::Int64, ids.device()));
        let x = first_norm.forward(&(words.forward(ids) + positions.forward(&places)));
        let closed: Tensor = (1 - mask.unsqueeze(1).unsqueeze(1)) * -10000.0;
        let scores = relative.narrow(2, 0, width).narrow(3, 0, width) + closed.to_kind(x.kind());
        let x = layers.iter().fold(x, |x, layer| layer.forward(&x, &scores, heads));
        Ok(out.forward(&dense.forward(&x).tanh()))
    })
}
