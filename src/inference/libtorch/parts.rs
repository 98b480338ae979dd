//! Parts of every network: the kind of head, the input, and the function from input to outputs.

use rust_bert::RustBertError;
use tch::{Device, Tensor};

use crate::inference::layers::{LOWER_OUTPUTS, UPPER_OUTPUTS};
use crate::inference::sequence::Sequence;
use crate::inference::states::States;
use crate::inference::tokens::Tokens;

/// The kind of head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// One label per token.
    Token,
    /// One label for the whole sequence.
    Sequence,
    /// The lower layers of a topic model: states, and what the skim compares.
    Lower,
    /// The upper layers of a topic model: what its heads compare.
    Upper,
}

impl Head {
    /// The names of its outputs.
    pub(super) fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::Token | Self::Sequence => &["logits"],
            Self::Lower => &LOWER_OUTPUTS,
            Self::Upper => &UPPER_OUTPUTS,
        }
    }
}

/// A padded batch; each tensor of numbers is `[batch, tokens]`, 64-bit integers.
pub struct Input {
    pub ids: Tensor,
    pub types: Tensor,
    /// Hidden states, `[batch, tokens, width]`, which the upper layers read instead of ids.
    pub states: Tensor,
    /// 1 for a token, 0 for padding.
    pub mask: Tensor,
}

/// Computes logits, `[batch, labels]` or `[batch, tokens, labels]`.
pub type Classifier = Box<dyn Fn(&Input) -> Result<Tensor, RustBertError> + Send>;

/// Computes the outputs of a head, in their order.
pub type Network = Box<dyn Fn(&Input) -> Result<Vec<Tensor>, RustBertError> + Send>;

/// A sequence that can be padded.
pub trait Padded: Sequence {
    /// Sequences, padded to `width` tokens.
    fn padded(batch: &[&Self], width: usize, device: Device) -> Input;
}

/// `[batch, tokens]` with a value for each token and 0 for padding.
fn grid<I: Sequence>(batch: &[&I], width: usize, device: Device, cell: impl Fn(&I, usize) -> i32) -> Tensor {
    let row = |sequence: &&I| -> Vec<i64> {
        let cell = |at| if at < sequence.tokens() { cell(sequence, at).into() } else { 0 };
        (0..width).map(cell).collect()
    };
    let cells: Vec<i64> = batch.iter().flat_map(row).collect();
    Tensor::from_slice(&cells).view([batch.len() as i64, width as i64]).to_device(device)
}

impl Padded for Tokens {
    fn padded(batch: &[&Self], width: usize, device: Device) -> Input {
        Input {
            ids: grid(batch, width, device, |tokens, at| tokens.ids[at]),
            types: grid(batch, width, device, |tokens, at| tokens.token_type_ids[at]),
            states: Tensor::new(),
            mask: grid(batch, width, device, |_, _| 1),
        }
    }
}

impl Padded for States {
    fn padded(batch: &[&Self], width: usize, device: Device) -> Input {
        let rows: Vec<Vec<f32>> =
            batch.iter().map(|states| states.values().flatten().copied().collect()).collect();
        let size =
            rows.iter().zip(batch).map(|(row, states)| row.len() / states.tokens().max(1)).max().unwrap_or(0);
        let mut values = Vec::with_capacity(batch.len() * width * size);
        for (number, row) in rows.iter().enumerate() {
            values.extend_from_slice(row);
            values.resize((number + 1) * width * size, 0.0);
        }
        let shape = [batch.len() as i64, width as i64, size as i64];
        Input {
            ids: Tensor::new(),
            types: Tensor::new(),
            states: Tensor::from_slice(&values).view(shape).to_device(device),
            mask: grid(batch, width, device, |_, _| 1),
        }
    }
}
