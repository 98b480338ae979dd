//! Disentangled attention: content-to-content, content-to-position and position-to-content scores.

use tch::Tensor;
use tch::nn::{self, Module};

use super::config::{DebertaConfig, Version};
use super::positions::Relative;
use crate::inference::libtorch::empty::{EMPTY, linear, linear_of};

/// The score of padding: no attention. It can be represented in every float type with the exponents
/// of f32.
const CLOSED: f64 = -1e30;

pub(super) struct Attention {
    content: Content,
    /// Position keys, for content-to-position scores.
    position_key: Option<nn::Linear>,
    /// Position queries, for position-to-content scores.
    position_query: Option<nn::Linear>,
    heads: i64,
    scale: f64,
}

/// Projections of content to queries, keys and values.
enum Content {
    /// Version 1: one matrix for all three, head by head, without a bias for keys.
    Joint {
        all: nn::Linear,
        query: Tensor,
        value: Tensor,
    },
    Apart {
        query: nn::Linear,
        key: nn::Linear,
        value: nn::Linear,
    },
}

impl Attention {
    pub fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let heads = config.num_attention_heads;
        let content = Content::new(path, config);
        let (position_key, position_query) = positions(path, config, &content);
        let scores = match config.version {
            Version::One => 1 + config.pos_att_type.len(),
            Version::Two => 1 + ["c2p", "p2c"].iter().filter(|way| config.scores(way)).count(),
        };
        let scale = ((config.hidden_size / heads) as f64 * scores as f64).sqrt();
        Self { content, position_key, position_query, heads, scale }
    }

    /// From and to `[batch, tokens, hidden]`; `closed`, `[batch, 1, 1, tokens]`, is true for
    /// padding.
    pub fn forward(&self, hidden: &Tensor, closed: &Tensor, relative: Option<&Relative>) -> Tensor {
        let (query, key, value) = self.content.forward(hidden, self.heads);
        let query = query / self.scale;
        let mut scores = query.matmul(&key.transpose(-1, -2));
        if let Some(relative) = relative {
            self.add_positions(&mut scores, &query, &key, relative);
        }
        let scores = scores.masked_fill(closed, CLOSED);
        let attended = scores.softmax(-1, scores.kind()).matmul(&value);
        attended.transpose(1, 2).flatten(2, 3)
    }

    /// Adds the position scores to the scores, `[batch, heads, queries, keys]`.
    fn add_positions(&self, scores: &mut Tensor, query: &Tensor, key: &Tensor, relative: &Relative) {
        let project = |by: &nn::Linear| {
            split(&by.forward(&relative.embeddings.unsqueeze(0)), self.heads).transpose(-1, -2)
        };
        let rows = relative.rows.expand(scores.size(), false);
        if let Some(by) = &self.position_key {
            *scores += query.matmul(&project(by)).gather(-1, &rows, false);
        }
        if let Some(by) = &self.position_query {
            let all = key.matmul(&(project(by) / self.scale));
            // Indexed by key, then query: the row of a pair is the same.
            *scores += all.gather(-1, &rows.transpose(-1, -2), false).transpose(-1, -2);
        }
    }
}

/// Projections of positions to keys and to queries, if the model has them.
fn positions(
    path: &nn::Path<'_>,
    config: &DebertaConfig,
    content: &Content,
) -> (Option<nn::Linear>, Option<nn::Linear>) {
    let size = config.hidden_size;
    let reads = |way| config.span.is_some() && config.scores(way);
    let (c2p, p2c) = (reads("c2p"), reads("p2c"));
    match content {
        Content::Joint { .. } => (
            c2p.then(|| linear_of(&(path / "pos_proj"), size, size, false)),
            p2c.then(|| linear(&(path / "pos_q_proj"), size, size)),
        ),
        Content::Apart { query, key, .. } if config.share_att_key => {
            (c2p.then(|| same(key)), p2c.then(|| same(query)))
        }
        Content::Apart { .. } => (
            c2p.then(|| linear(&(path / "pos_key_proj"), size, size)),
            p2c.then(|| linear(&(path / "pos_query_proj"), size, size)),
        ),
    }
}

impl Content {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let size = config.hidden_size;
        let apart = |name: &str| linear(&(path / name), size, size);
        match config.version {
            Version::One => Self::Joint {
                all: linear_of(&(path / "in_proj"), size, 3 * size, false),
                query: path.var("q_bias", &[size], EMPTY),
                value: path.var("v_bias", &[size], EMPTY),
            },
            Version::Two => {
                Self::Apart { query: apart("query_proj"), key: apart("key_proj"), value: apart("value_proj") }
            }
        }
    }

    /// Queries, keys and values, each `[batch, heads, tokens, size]`.
    fn forward(&self, hidden: &Tensor, heads: i64) -> (Tensor, Tensor, Tensor) {
        match self {
            Self::Joint { all, query, value } => {
                let all = split(&all.forward(hidden), heads);
                let size = all.size()[3] / 3;
                let part = |at: i64| all.narrow(-1, at * size, size);
                let bias = |bias: &Tensor| bias.view([1, heads, 1, size]);
                (part(0) + bias(query), part(1), part(2) + bias(value))
            }
            Self::Apart { query, key, value } => {
                let project = |by: &nn::Linear| split(&by.forward(hidden), heads);
                (project(query), project(key), project(value))
            }
        }
    }
}

/// `[batch, heads, tokens, size]` from `[batch, tokens, heads * size]`.
fn split(all: &Tensor, heads: i64) -> Tensor {
    let (batch, tokens) = (all.size()[0], all.size()[1]);
    all.view([batch, tokens, heads, -1]).transpose(1, 2)
}

/// A second copy of the same parameters.
fn same(linear: &nn::Linear) -> nn::Linear {
    nn::Linear { ws: linear.ws.shallow_clone(), bs: linear.bs.as_ref().map(Tensor::shallow_clone) }
}
