//! Weights for libtorch: a model's safetensors, or the parameters of an embedded graph.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use crate::engine::Parameter;

/// Where a model's weights come from.
pub enum Weights<'b> {
    /// The bytes of safetensors files, all shards of a model.
    Safetensors(Vec<Cow<'b, [u8]>>),
    /// What an embedded graph holds, in f32.
    Parameters(BTreeMap<String, Parameter>),
}

impl Weights<'_> {
    /// Tensors by the names that `rust-bert` has for them.
    pub(super) fn tensors(
        &self,
        architecture: &str,
        kind: Kind,
        device: Device,
    ) -> Result<Vec<(String, Tensor)>, String> {
        let mut all = Vec::new();
        let mut add = |name: &str, tensor: Tensor| {
            let tensor = if tensor.is_floating_point() { tensor.to_kind(kind) } else { tensor };
            all.push((renamed(name, architecture), tensor.to_device(device)));
        };
        match self {
            Weights::Safetensors(files) => {
                for bytes in files {
                    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("no safetensors: {e}"))?;
                    for (name, view) in file.tensors() {
                        let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
                        let stored = kind_of(view.dtype()).ok_or_else(|| {
                            format!(
                                "{name} is of the type {:?}, which the engine does not know",
                                view.dtype()
                            )
                        })?;
                        add(&name, Tensor::from_data_size(view.data(), &shape, stored));
                    }
                }
            }
            Weights::Parameters(parameters) => {
                for (name, parameter) in parameters {
                    add(name, Tensor::from_slice(&parameter.values).view(parameter.shape.as_slice()));
                }
                if architecture == "mpnet" {
                    // Whoever makes a BERT of it adds the embedding of a token type, and MPNet has none.
                    let norm = parameters.get("mpnet.embeddings.LayerNorm.weight");
                    let hidden = norm.map_or(0, |p| p.values.len()) as i64;
                    add(
                        "mpnet.embeddings.token_type_embeddings.weight",
                        Tensor::zeros([1, hidden], (Kind::Float, Device::Cpu)),
                    );
                }
            }
        }
        Ok(all)
    }
}

fn kind_of(dtype: Dtype) -> Option<Kind> {
    Some(match dtype {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F64 => Kind::Double,
        Dtype::I64 => Kind::Int64,
        Dtype::I32 => Kind::Int,
        Dtype::U8 => Kind::Uint8,
        Dtype::BOOL => Kind::Bool,
        _ => return None,
    })
}

/// What stands for a part of a name in MPNet, and in BERT.
const MPNET: [(&str, &str); 5] = [
    (".attention.attn.q.", ".attention.self.query."),
    (".attention.attn.k.", ".attention.self.key."),
    (".attention.attn.v.", ".attention.self.value."),
    (".attention.attn.o.", ".attention.output.dense."),
    (".attention.LayerNorm.", ".attention.output.LayerNorm."),
];

/// The name that `rust-bert` has for a parameter.
fn renamed(name: &str, architecture: &str) -> String {
    // Old BERT checkpoints name the layer norm's parameters as TensorFlow did.
    let end = [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")];
    let parts = if architecture == "mpnet" { MPNET.as_slice() } else { &[] };
    end.iter().chain(parts).fold(name.to_owned(), |name, (theirs, ours)| name.replace(theirs, ours))
}
