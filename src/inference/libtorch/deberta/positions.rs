//! Relative positions: embeddings of the distance between query and key.

use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use super::config::{DebertaConfig, RelativeSpan};
use crate::inference::libtorch::empty::{norm, table};

pub(super) struct Positions {
    /// `[2 * span, hidden]`: keys after the query, most distant first, then keys before it.
    table: Tensor,
    norm: Option<nn::LayerNorm>,
    span: RelativeSpan,
}

/// The relative positions in a sequence of a given number of tokens.
pub(super) struct Relative {
    /// `[rows, hidden]`: the embeddings that occur.
    pub embeddings: Tensor,
    /// `[queries, keys]`: the row for each pair.
    pub rows: Tensor,
}

impl Positions {
    /// `encoder` is the path of the encoder.
    pub fn new(encoder: &nn::Path<'_>, config: &DebertaConfig, span: RelativeSpan) -> Self {
        let path = encoder / "rel_embeddings";
        Self {
            table: table(&path, 2 * span.rows, config.hidden_size).ws,
            norm: config.norm_rel_ebd.then(|| norm(encoder, config.hidden_size, config.layer_norm_eps)),
            span,
        }
    }

    /// Selects the rows that occur: projecting all of them would be most of the work on a short
    /// sequence.
    pub fn among(&self, tokens: i64) -> Relative {
        let device = self.table.device();
        let rows: Vec<i64> = (1 - tokens..tokens).map(|distance| self.span.row(distance)).collect();
        let first = rows.iter().min().copied().unwrap_or(0);
        let last = rows.iter().max().copied().unwrap_or(0);
        let embeddings = self.table.narrow(0, first, last - first + 1);
        let at = Tensor::arange(tokens, (Kind::Int64, device));
        let distances = at.unsqueeze(1) - at + (tokens - 1);
        Relative {
            embeddings: self
                .norm
                .as_ref()
                .map_or_else(|| embeddings.shallow_clone(), |n| n.forward(&embeddings)),
            rows: (Tensor::from_slice(&rows).to_device(device) - first).take(&distances),
        }
    }
}

impl RelativeSpan {
    /// The row for a key that is this many tokens before the query.
    fn row(self, distance: i64) -> i64 {
        let position = self.buckets_to.map_or(distance, |longest| bucket(distance, self.rows, longest));
        position.saturating_add(self.rows).clamp(0, 2 * self.rows - 1)
    }
}

/// Distances up to half the buckets have one bucket each; larger distances share buckets,
/// logarithmically.
///
/// Computed in f32, as in training.
fn bucket(distance: i64, buckets: i64, longest: i64) -> i64 {
    let half = buckets / 2;
    if distance.abs() <= half {
        return distance;
    }
    let times = |far: i64| (far as f32 / half as f32).ln();
    let shared = (times(distance.abs()) / times(longest - 1) * (half - 1) as f32).ceil() + half as f32;
    shared as i64 * distance.signum()
}

#[cfg(test)]
mod tests {
    use super::bucket;

    /// The same values as transformers' `make_log_bucket_position`.
    #[test]
    fn far_distances_share_buckets() {
        let found = |distances: &[i64]| -> Vec<i64> {
            distances.iter().map(|&distance| bucket(distance, 256, 512)).collect()
        };
        assert_eq!(found(&[0, 1, -1, 127, 128, -128]), [0, 1, -1, 127, 128, -128]);
        assert_eq!(
            found(&[129, 130, 131, 200, 300, -300, 510, 511, -511]),
            [129, 130, 131, 169, 207, -207, 255, 255, -255]
        );
        let tiny: Vec<i64> = (3..20).map(|distance| bucket(distance, 8, 40)).collect();
        assert_eq!(tiny, [3, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7]);
    }
}
