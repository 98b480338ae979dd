//! The outputs of a model for a sequence: named tensors. Their shapes are checked only here.

use std::sync::Arc;

use super::error::BackendError;
use super::sequence::Sequence;

/// A row-major array of numbers with its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Tensor {
    /// An array of this shape.
    ///
    /// # Errors
    /// [`BackendError::Shape`] if the number of values does not fit the shape.
    pub fn new(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, BackendError> {
        if shape.iter().product::<usize>() == values.len() {
            return Ok(Self { shape, values });
        }
        Err(BackendError::Shape(format!("{} values for the shape {shape:?}", values.len())))
    }

    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One row along the first axis.
    pub fn row(&self, at: usize) -> Option<&[f32]> {
        let width: usize = self.shape.get(1..)?.iter().product();
        let start = at.checked_mul(width)?;
        self.values.get(start..start.checked_add(width)?)
    }
}

/// What the second axis of a batch's output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The tokens, including padding.
    Tokens,
    /// Something that does not depend on padding, such as labels or stances.
    Other,
}

/// The outputs of a model for one sequence: named tensors, without batch axis and padding.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    names: Arc<[String]>,
    tensors: Vec<Tensor>,
}

impl Outputs {
    /// Tensors with these names.
    ///
    /// # Errors
    /// [`BackendError::Shape`] if there are not as many names as tensors.
    pub fn new(names: Arc<[String]>, tensors: Vec<Tensor>) -> Result<Self, BackendError> {
        if names.len() == tensors.len() {
            return Ok(Self { names, tensors });
        }
        Err(BackendError::Shape(format!("{} outputs for the names {names:?}", tensors.len())))
    }

    /// The tensor with this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.names.iter().position(|known| known == name).and_then(|at| self.tensors.get(at))
    }

    /// All tensors, in the order in which they were asked for.
    ///
    /// # Errors
    /// [`BackendError::Shape`] if there are not `N`.
    pub fn into_tensors<const N: usize>(self) -> Result<[Tensor; N], BackendError> {
        let found = self.tensors.len();
        self.tensors.try_into().map_err(|_| BackendError::Shape(format!("{found} outputs instead of {N}")))
    }

    /// The first tensor: the logits of a classifier.
    pub fn into_first(self) -> Option<Tensor> {
        self.tensors.into_iter().next()
    }
}

/// Splits a batch's output of shape `[batch, …]` by sequence; `axis` says what its second axis is.
/// Rows after those of the batch are filler.
///
/// # Errors
/// [`BackendError::Shape`] if the output has another shape.
pub fn unpadded<I: Sequence>(
    batch: &[&I],
    axis: Axis,
    shape: &[usize],
    values: &[f32],
) -> Result<Vec<Tensor>, BackendError> {
    let wrong =
        || BackendError::Shape(format!("output of the shape {shape:?} for {} sequences", batch.len()));
    let [rows, inner @ ..] = shape else { return Err(wrong()) };
    let size: usize = inner.iter().product();
    if *rows < batch.len() || size == 0 || values.len() != rows * size {
        return Err(wrong());
    }
    let own = |(sequence, row): (&&I, &[f32])| match (axis, inner) {
        (Axis::Tokens, [width, rest @ ..]) => {
            let tokens = sequence.tokens();
            let values = row.get(..tokens * (size / width)).ok_or_else(wrong)?.to_vec();
            Tensor::new([&[tokens], rest].concat(), values)
        }
        _ => Tensor::new(inner.to_vec(), row.to_vec()),
    };
    batch.iter().zip(values.chunks_exact(size)).map(own).collect()
}

/// A classifier's logits for one sequence: one row per token, or one row for the whole sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    width: usize,
    values: Vec<f32>,
}

impl Logits {
    /// The logits of a sequence of `tokens` tokens for `labels` labels.
    ///
    /// # Errors
    /// [`BackendError::Shape`] if the tensor is neither `[tokens, labels]` nor `[labels]`.
    pub fn new(tensor: Tensor, tokens: usize, labels: usize) -> Result<Self, BackendError> {
        let Tensor { shape, values } = tensor;
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(BackendError::NotFinite(*value));
        }
        if shape == [labels] || shape == [tokens, labels] {
            return Ok(Self { width: labels, values });
        }
        Err(BackendError::Shape(format!(
            "logits of the shape {shape:?} for {tokens} tokens and {labels} labels"
        )))
    }

    /// Number of rows: one for the whole sequence, or one per token.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// The logits of one token, one per label.
    pub fn row(&self, at: usize) -> Option<&[f32]> {
        let start = at.checked_mul(self.width)?;
        self.values.get(start..start.checked_add(self.width)?)
    }

    /// The logits of the whole sequence: those of its first token, or the only row.
    pub fn whole(&self) -> &[f32] {
        &self.values[..self.width.min(self.values.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Tokens;
    use super::*;

    fn tokens(lengths: &[usize]) -> Vec<Tokens> {
        lengths.iter().map(|&n| Tokens { ids: vec![1; n], token_type_ids: vec![0; n] }).collect()
    }

    #[test]
    fn padding_and_filler_are_cut_off() {
        let sequences = tokens(&[3, 1]);
        let batch: Vec<&Tokens> = sequences.iter().collect();
        let values: Vec<f32> = (0..18).map(|x| x as f32).collect();
        let own = unpadded(&batch, Axis::Tokens, &[3, 3, 2], &values).expect("fits");
        assert_eq!((own[0].shape(), own[1].shape()), (&[3, 2][..], &[1, 2][..]));
        assert_eq!(own[1].values(), [6.0, 7.0]);
        let whole = unpadded(&batch, Axis::Other, &[3, 3, 2], &values).expect("fits");
        assert_eq!(whole[1].shape(), [3, 2]);
    }

    #[test]
    fn an_output_of_another_shape_is_refused() {
        let sequences = tokens(&[3, 1]);
        let batch: Vec<&Tokens> = sequences.iter().collect();
        for (shape, values) in [(&[][..], 1), (&[1, 2], 2), (&[2, 0], 0), (&[2, 2], 3), (&[2, 2, 2], 8)] {
            assert!(unpadded(&batch, Axis::Tokens, shape, &vec![0.0; values]).is_err(), "{shape:?}");
        }
    }

    #[test]
    fn logits_are_one_row_or_one_row_per_token() {
        let tensor =
            |shape: &[usize]| Tensor::new(shape.to_vec(), vec![0.5; shape.iter().product()]).expect("fits");
        assert_eq!(Logits::new(tensor(&[3]), 7, 3).expect("fits").rows(), 1);
        let each = Logits::new(tensor(&[7, 3]), 7, 3).expect("fits");
        assert_eq!((each.rows(), each.row(6).map(<[f32]>::len), each.row(7)), (7, Some(3), None));
        for shape in [&[4][..], &[6, 3], &[7, 4], &[7, 3, 1]] {
            assert!(Logits::new(tensor(shape), 7, 3).is_err(), "{shape:?}");
        }
    }
}
