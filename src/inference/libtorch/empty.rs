//! Layers without initial values: their weights are loaded later, and drawing random numbers would
//! take most of the time of creating a network.

use tch::nn::{self, Init};

pub const EMPTY: Init = Init::Const(0.0);

pub fn linear(path: &nn::Path<'_>, from: i64, to: i64) -> nn::Linear {
    linear_of(path, from, to, true)
}

pub fn linear_of(path: &nn::Path<'_>, from: i64, to: i64, bias: bool) -> nn::Linear {
    nn::linear(path, from, to, nn::LinearConfig { ws_init: EMPTY, bs_init: Some(EMPTY), bias })
}

pub fn table(path: &nn::Path<'_>, rows: i64, size: i64) -> nn::Embedding {
    nn::embedding(path, rows, size, nn::EmbeddingConfig { ws_init: EMPTY, ..Default::default() })
}

/// The `LayerNorm` at a variable path.
pub fn norm(path: &nn::Path<'_>, hidden: i64, eps: f64) -> nn::LayerNorm {
    let settings = nn::LayerNormConfig { eps, ..Default::default() };
    nn::layer_norm(path / "LayerNorm", vec![hidden], settings)
}
