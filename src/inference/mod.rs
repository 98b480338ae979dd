//! Inference: text in, named tensors out, with one of two backends.
//!
//! An [`Encoder`] is a model ready to run: tokenizer, [`Backend`], labels and limits. A [`Runner`]
//! groups sequences into batches and runs these on its threads.

mod backend;
mod backends;
mod compute;
mod dequantized;
mod encoder;
mod error;
mod layered;
mod layers;
#[cfg(feature = "rust-bert")]
mod libtorch;
mod load;
mod lock;
mod onnx;
mod outputs;
mod runner;
mod sequence;
mod settings;
mod sieve;
mod states;
mod tokens;
mod words;

pub use backend::Backend;
pub use compute::{Device, ParseDeviceError, ParsePrecisionError, Precision, Runtime};
pub use dequantized::{Dequantized, Parameter};
pub use encoder::{Encoder, EncodingError, TokenTypes};
pub use error::{BackendError, LoadError, Remedy};
pub use layered::{Layered, Lower};
pub use layers::Heads;
#[cfg(feature = "rust-bert")]
pub use libtorch::{Head, Libtorch, Weights};
pub use load::labels;
pub use onnx::{Onnx, OnnxStates};
pub use outputs::{Axis, Logits, Outputs, Tensor};
pub use runner::{DEFAULT_MAX_BATCH_TOKENS, Runner, RunnerError};
pub use sequence::Sequence;
pub use sieve::{Sieve, SieveKeys, SieveWords};
pub use states::States;
pub use tokens::Tokens;
pub(crate) use words::{body, trimmed, words};
