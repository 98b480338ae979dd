//! The `config.json` of a DeBERTa: the fields of transformers' `DebertaConfig` and
//! `DebertaV2Config` that inference needs.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tch::Tensor;

pub type Activation = fn(&Tensor) -> Tensor;

/// The version of the architecture. Version 3 is version 2 with other settings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Version {
    One,
    Two,
}

pub(super) struct DebertaConfig {
    pub version: Version,
    pub vocab_size: i64,
    pub hidden_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    pub intermediate_size: i64,
    pub hidden_act: Activation,
    pub max_position_embeddings: i64,
    pub type_vocab_size: i64,
    pub layer_norm_eps: f64,
    pub embedding_size: i64,
    pub position_biased_input: bool,
    /// The largest relative position; `None` without relative attention.
    pub span: Option<RelativeSpan>,
    /// The kinds of position scores: `c2p`, `p2c`.
    pub pos_att_type: Vec<String>,
    pub share_att_key: bool,
    pub norm_rel_ebd: bool,
    /// The kernel size of the convolution; 0 without one.
    pub conv_kernel_size: i64,
    pub conv_groups: i64,
    pub conv_act: Activation,
    pub pooler_hidden_size: i64,
    pub pooler_hidden_act: Activation,
    pub labels: i64,
}

/// Up to which distance positions are distinguished.
#[derive(Clone, Copy)]
pub(super) struct RelativeSpan {
    /// Number of rows of the position table, per direction.
    pub rows: i64,
    /// The distance of the last row, if distances beyond half the rows share rows.
    pub buckets_to: Option<i64>,
}

impl DebertaConfig {
    pub fn read(config: &Value, version: Version) -> Result<Self, String> {
        let f = Fields { config, version };
        // The defaults of transformers: deberta-base and deberta-v2-xlarge.
        let either = |one, two| if version == Version::One { one } else { two };
        let hidden_size = f.size("hidden_size", either(768, 1536))?;
        let read = Self {
            version,
            vocab_size: f.size("vocab_size", either(50_265, 128_100))?,
            hidden_size,
            num_hidden_layers: f.size("num_hidden_layers", either(12, 24))?,
            num_attention_heads: f.size("num_attention_heads", either(12, 24))?,
            intermediate_size: f.size("intermediate_size", either(3072, 6144))?,
            hidden_act: f.activation("hidden_act", "gelu")?,
            max_position_embeddings: f.size("max_position_embeddings", 512)?,
            type_vocab_size: f.get("type_vocab_size", 0)?,
            layer_norm_eps: f.get("layer_norm_eps", 1e-7)?,
            embedding_size: f.size("embedding_size", hidden_size)?,
            position_biased_input: f.get("position_biased_input", true)?,
            span: f.span()?,
            pos_att_type: f.words("pos_att_type")?,
            share_att_key: f.later("share_att_key", false)?,
            norm_rel_ebd: version == Version::Two
                && f.words("norm_rel_ebd")?.iter().any(|w| w == "layer_norm"),
            conv_kernel_size: f.later("conv_kernel_size", 0)?,
            conv_groups: f.size("conv_groups", 1)?,
            conv_act: f.activation("conv_act", "tanh")?,
            pooler_hidden_size: f.size("pooler_hidden_size", hidden_size)?,
            pooler_hidden_act: f.activation("pooler_hidden_act", "gelu")?,
            labels: f.labels()?,
        };
        read.check(&f)?;
        Ok(read)
    }

    /// Whether the model has this kind of position scores, `c2p` or `p2c`.
    pub fn scores(&self, way: &str) -> bool {
        self.pos_att_type.iter().any(|w| w == way)
    }

    /// Refuses settings that transformers refuses too, and settings that are not supported here.
    fn check(&self, fields: &Fields<'_>) -> Result<(), String> {
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        let size = fields.later("attention_head_size", hidden / heads)?;
        if size.checked_mul(heads) != Some(hidden) {
            return Err(format!(
                "config.json: num_attention_heads is {heads} of the size {size} where hidden_size is {hidden}"
            ));
        }
        if self.conv_kernel_size > 0 && self.conv_kernel_size % 2 == 0 {
            return Err(format!(
                "config.json: conv_kernel_size is {}, an even number",
                self.conv_kernel_size
            ));
        }
        if self.version == Version::One && fields.get("talking_head", false)? {
            return Err("config.json: talking_head is true, which the backend does not know".to_owned());
        }
        Ok(())
    }
}

/// The fields of `config.json`; null means missing.
struct Fields<'v> {
    config: &'v Value,
    version: Version,
}

impl Fields<'_> {
    fn get<T: DeserializeOwned>(&self, name: &str, default: T) -> Result<T, String> {
        match &self.config[name] {
            Value::Null => Ok(default),
            value => serde_json::from_value(value.clone()).map_err(|e| format!("config.json: {name}: {e}")),
        }
    }

    /// Fields that version 1 does not read.
    fn later<T: DeserializeOwned>(&self, name: &str, default: T) -> Result<T, String> {
        if self.version == Version::One { Ok(default) } else { self.get(name, default) }
    }

    fn size(&self, name: &str, default: i64) -> Result<i64, String> {
        match self.get(name, default)? {
            size if size < 1 => Err(format!("config.json: {name} is {size}")),
            size => Ok(size),
        }
    }

    fn activation(&self, name: &str, default: &str) -> Result<Activation, String> {
        let found = self.get(name, default.to_owned())?;
        activation(&found)
            .ok_or_else(|| format!("config.json: {name} is {found:?}, which the backend does not know"))
    }

    /// A list, or words separated by `|`.
    fn words(&self, name: &str) -> Result<Vec<String>, String> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Words {
            One(String),
            Many(Vec<String>),
        }
        Ok(match self.get(name, Words::Many(Vec::new()))? {
            Words::One(text) => text.to_lowercase().split('|').map(|word| word.trim().to_owned()).collect(),
            Words::Many(words) => words,
        })
    }

    fn span(&self) -> Result<Option<RelativeSpan>, String> {
        if !self.get("relative_attention", false)? {
            return Ok(None);
        }
        let longest = match self.get("max_relative_positions", -1)? {
            told if told < 1 => self.size("max_position_embeddings", 512)?,
            told => told,
        };
        Ok(Some(match self.later("position_buckets", -1)? {
            buckets if buckets < 1 => RelativeSpan { rows: longest, buckets_to: None },
            buckets => RelativeSpan { rows: buckets, buckets_to: Some(longest) },
        }))
    }

    fn labels(&self) -> Result<i64, String> {
        match self.get("id2label", None::<Map<String, Value>>)? {
            Some(labels) => Ok(labels.len() as i64),
            None => self.size("num_labels", 2),
        }
    }
}

/// The activation functions of transformers that are used by encoders.
fn activation(name: &str) -> Option<Activation> {
    Some(match name {
        "gelu" | "gelu_python" => |x| x.gelu("none"),
        "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => |x| x.gelu("tanh"),
        "relu" => Tensor::relu,
        "silu" | "swish" => Tensor::silu,
        "mish" => Tensor::mish,
        "tanh" => Tensor::tanh,
        "sigmoid" => Tensor::sigmoid,
        "linear" => Tensor::shallow_clone,
        _ => return None,
    })
}
