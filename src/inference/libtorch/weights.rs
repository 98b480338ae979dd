//! Weights for libtorch: a model's safetensors, or the parameters of a built-in graph.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use crate::inference::dequantized::Parameter;

/// The source of a model's weights.
pub enum Weights<'b> {
    /// The bytes of safetensors files, all shards of a model.
    Safetensors(Vec<Cow<'b, [u8]>>),
    /// The parameters of a built-in graph, in f32.
    Parameters(BTreeMap<String, Parameter>),
}

impl Weights<'_> {
    /// Tensors under `rust-bert`'s names.
    pub(super) fn tensors(&self, kind: Kind, device: Device) -> Result<Vec<(String, Tensor)>, String> {
        let mut all = Vec::new();
        let mut add = |name: &str, tensor: Tensor| {
            let tensor = if tensor.is_floating_point() { tensor.to_kind(kind) } else { tensor };
            all.push((renamed(name), tensor.to_device(device)));
        };
        match self {
            Weights::Safetensors(files) => {
                for bytes in files {
                    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("no safetensors: {e}"))?;
                    for (name, view) in file.tensors() {
                        let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
                        let stored = kind_of(view.dtype()).ok_or_else(|| {
                            format!(
                                "{name} is of the type {:?}, which the backend does not know",
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

/// `rust-bert`'s name of a parameter: old BERT checkpoints use TensorFlow's names for layer norms.
fn renamed(name: &str) -> String {
    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
}
