//! The DeBERTa network.

use serde_json::Value;
use tch::Tensor;
use tch::nn::{self, Module};

use super::attention::Attention;
use super::config::{Activation, DebertaConfig, Version};
use super::positions::{Positions, Relative};
use crate::inference::libtorch::empty::{self, EMPTY, linear, linear_of, norm};
use crate::inference::libtorch::parts::{Classifier, Head, Input};

/// A DeBERTa with a head; its parameters are filled in later.
///
/// # Errors
/// If `config.json` has an unsupported setting; the error names the field.
pub fn network(
    root: &nn::Path<'_>,
    config: &Value,
    head: Head,
    version: Version,
) -> Result<Classifier, String> {
    let config = DebertaConfig::read(config, version)?;
    let model = Model::new(&(root / "deberta"), &config);
    let pooler = match head {
        Head::Sequence => Some(Pooler::new(&(root / "pooler"), &config)?),
        Head::Token | Head::Lower | Head::Upper => None,
    };
    let classifier = linear(&(root / "classifier"), config.hidden_size, config.labels);
    Ok(Box::new(move |input| {
        let hidden = model.forward(input);
        let read = match &pooler {
            Some(pooler) => pooler.forward(&hidden.select(1, 0)),
            None => hidden,
        };
        Ok(classifier.forward(&read))
    }))
}

struct Model {
    embeddings: Embeddings,
    positions: Option<Positions>,
    layers: Vec<DebertaLayer>,
    conv: Option<Conv>,
}

impl Model {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let encoder = path / "encoder";
        let layers = &encoder / "layer";
        Self {
            embeddings: Embeddings::new(&(path / "embeddings"), config),
            positions: config.span.map(|span| Positions::new(&encoder, config, span)),
            layers: (0..config.num_hidden_layers)
                .map(|at| DebertaLayer::new(&(&layers / at), config))
                .collect(),
            conv: (config.conv_kernel_size > 0).then(|| Conv::new(&(&encoder / "conv"), config)),
        }
    }

    /// The hidden states of the last layer, `[batch, tokens, hidden]`.
    fn forward(&self, input: &Input) -> Tensor {
        let embedded = self.embeddings.forward(input);
        let relative = self.positions.as_ref().map(|positions| positions.among(input.ids.size()[1]));
        // Queries of padding need no mask: their results are never used.
        let closed = input.mask.eq(0).unsqueeze(1).unsqueeze(1);
        let mut hidden = embedded.shallow_clone();
        for (at, layer) in self.layers.iter().enumerate() {
            hidden = layer.forward(&hidden, &closed, relative.as_ref());
            if let Some(conv) = self.conv.as_ref().filter(|_| at == 0) {
                hidden = conv.forward(&embedded, &hidden, &input.mask);
            }
        }
        hidden
    }
}

struct Embeddings {
    words: nn::Embedding,
    positions: Option<Tensor>,
    types: Option<nn::Embedding>,
    projection: Option<nn::Linear>,
    norm: nn::LayerNorm,
}

impl Embeddings {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let (size, hidden) = (config.embedding_size, config.hidden_size);
        let table = |name: &str, rows| empty::table(&(path / name), rows, size);
        Self {
            words: table("word_embeddings", config.vocab_size),
            positions: (config.position_biased_input)
                .then(|| table("position_embeddings", config.max_position_embeddings).ws),
            types: (config.type_vocab_size > 0)
                .then(|| table("token_type_embeddings", config.type_vocab_size)),
            projection: (size != hidden).then(|| linear_of(&(path / "embed_proj"), size, hidden, false)),
            norm: norm(path, config.hidden_size, config.layer_norm_eps),
        }
    }

    /// `[batch, tokens, hidden]`, with zeros for padding.
    fn forward(&self, input: &Input) -> Tensor {
        let mut sum = self.words.forward(&input.ids);
        if let Some(positions) = &self.positions {
            sum += positions.narrow(0, 0, input.ids.size()[1]);
        }
        if let Some(types) = &self.types {
            sum += types.forward(&input.types);
        }
        let sum = self.projection.as_ref().map_or_else(|| sum.shallow_clone(), |p| p.forward(&sum));
        masked(&self.norm.forward(&sum), &input.mask)
    }
}

struct DebertaLayer {
    attention: Attention,
    attended: Residual,
    intermediate: nn::Linear,
    activation: Activation,
    output: Residual,
}

impl DebertaLayer {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let attention = path / "attention";
        Self {
            attention: Attention::new(&(&attention / "self"), config),
            attended: Residual::new(&(&attention / "output"), hidden, config),
            intermediate: linear(&(&(path / "intermediate") / "dense"), hidden, inner),
            activation: config.hidden_act,
            output: Residual::new(&(path / "output"), inner, config),
        }
    }

    fn forward(&self, hidden: &Tensor, closed: &Tensor, relative: Option<&Relative>) -> Tensor {
        let attended = self.attended.forward(&self.attention.forward(hidden, closed, relative), hidden);
        let inner = (self.activation)(&self.intermediate.forward(&attended));
        self.output.forward(&inner, &attended)
    }
}

/// A linear layer, the residual connection and a layer norm.
struct Residual {
    dense: nn::Linear,
    norm: nn::LayerNorm,
}

impl Residual {
    fn new(path: &nn::Path<'_>, from: i64, config: &DebertaConfig) -> Self {
        Self {
            dense: linear(&(path / "dense"), from, config.hidden_size),
            norm: norm(path, config.hidden_size, config.layer_norm_eps),
        }
    }

    fn forward(&self, inner: &Tensor, before: &Tensor) -> Tensor {
        self.norm.forward(&(self.dense.forward(inner) + before))
    }
}

/// The convolution over neighbouring tokens in version 2, parallel to the first layer.
struct Conv {
    conv: nn::Conv1D,
    activation: Activation,
    norm: nn::LayerNorm,
}

impl Conv {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Self {
        let (hidden, kernel) = (config.hidden_size, config.conv_kernel_size);
        let shape = nn::ConvConfig {
            padding: (kernel - 1) / 2,
            groups: config.conv_groups,
            ws_init: EMPTY,
            ..Default::default()
        };
        Self {
            conv: nn::conv1d(&(path / "conv"), hidden, hidden, kernel, shape),
            activation: config.conv_act,
            norm: norm(path, config.hidden_size, config.layer_norm_eps),
        }
    }

    /// Combines the embeddings and the first layer's hidden states, both `[batch, tokens, hidden]`.
    fn forward(&self, embedded: &Tensor, hidden: &Tensor, mask: &Tensor) -> Tensor {
        let read = self.conv.forward(&embedded.transpose(1, 2)).transpose(1, 2);
        let read = (self.activation)(&masked(&read, mask));
        masked(&self.norm.forward(&(hidden + read)), mask)
    }
}

/// The hidden state of the first token, for the whole sequence.
struct Pooler {
    dense: nn::Linear,
    activation: Activation,
}

impl Pooler {
    fn new(path: &nn::Path<'_>, config: &DebertaConfig) -> Result<Self, String> {
        let (hidden, size) = (config.hidden_size, config.pooler_hidden_size);
        if size != hidden {
            return Err(format!("config.json: pooler_hidden_size is {size} where hidden_size is {hidden}"));
        }
        let dense = linear(&(path / "dense"), hidden, hidden);
        Ok(Self { dense, activation: config.pooler_hidden_act })
    }

    fn forward(&self, first: &Tensor) -> Tensor {
        (self.activation)(&self.dense.forward(first))
    }
}

/// `[batch, tokens, hidden]` with zeros for padding.
fn masked(hidden: &Tensor, mask: &Tensor) -> Tensor {
    hidden * mask.unsqueeze(-1).to_kind(hidden.kind())
}
