//! Plans the batches: which sequences run together, and in which shape.

use std::collections::BTreeMap;

/// Padded tokens per batch on a GPU.
const TOKENS: usize = 16_384;

/// On a GPU the width of a batch is a multiple of this.
const STEP: usize = 32;

/// Sequences that run in one batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// Their indices in the input.
    pub members: Vec<usize>,
    /// Rows of the batch; rows after the members are filler.
    pub rows: usize,
    /// Tokens per row.
    pub width: usize,
}

/// One sequence per batch, without padding: on the CPU products of floats depend on the number of
/// rows.
pub fn one_by_one(lengths: &[usize]) -> Vec<Batch> {
    lengths.iter().enumerate().map(|(at, &width)| Batch { members: vec![at], rows: 1, width }).collect()
}

/// For a GPU, which single sequences would leave idle: the shape of a sequence's batch depends only
/// on its own length.
///
/// `longest` is the number of positions that the model has.
pub fn fixed(lengths: &[usize], longest: usize) -> Vec<Batch> {
    let mut by_width: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, &length) in lengths.iter().enumerate() {
        let width = length.next_multiple_of(STEP).min(longest.max(length));
        by_width.entry(width).or_default().push(at);
    }
    let batches = |(width, members): (usize, Vec<usize>)| {
        let rows = (TOKENS / width.max(1)).max(1);
        members.chunks(rows).map(|some| Batch { members: some.to_vec(), rows, width }).collect::<Vec<_>>()
    };
    by_width.into_iter().flat_map(batches).collect()
}

/// The number of tokens to pass at once to a GPU: enough for full batches of several widths.
pub const HANDED_OVER: usize = 4 * TOKENS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_sequence_does_not_depend_on_its_neighbours() {
        let shape = |lengths: &[usize]| {
            let all = fixed(lengths, 512);
            let own = all.iter().find(|batch| batch.members.contains(&0)).expect("every sequence is run");
            (own.rows, own.width)
        };
        assert_eq!(shape(&[30]), (512, 32));
        assert_eq!(shape(&[30, 500, 33, 64]), (512, 32));
        assert_eq!(shape(&[&[30][..], &[29; 900]].concat()), (512, 32));
        assert_eq!(shape(&[510]), (32, 512));
    }

    #[test]
    fn every_sequence_is_run_once_and_fits() {
        let lengths: Vec<usize> = (1..700).map(|n| n % 50 + 1).collect();
        for batches in [fixed(&lengths, 50), one_by_one(&lengths)] {
            let mut members: Vec<usize> = batches.iter().flat_map(|b| b.members.clone()).collect();
            members.sort_unstable();
            assert_eq!(members, (0..lengths.len()).collect::<Vec<_>>());
            let fits = |b: &Batch| {
                b.members.len() <= b.rows && b.width <= 50 && b.members.iter().all(|&m| lengths[m] <= b.width)
            };
            assert!(batches.iter().all(fits));
        }
    }
}
