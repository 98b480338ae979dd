//! Batches by length, run on inference threads of their own.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Engine, EngineError, Tokens, lock};

/// Padded tokens a batch holds at most.
pub const DEFAULT_BUDGET: usize = 512;

/// A set of inference threads.
///
/// They are plain threads, not rayon's: a rayon worker that waits inside an engine steals other
/// work meanwhile and nests it on its own stack.
#[derive(Debug, Clone, Copy)]
pub struct Workers {
    threads: NonZeroUsize,
    budget: usize,
}

impl Workers {
    /// `threads` inference threads; batches of at most `budget` padded tokens.
    pub fn new(threads: NonZeroUsize, budget: usize) -> Self {
        Self { threads, budget }
    }

    /// Logits of all `sequences`, in their order.
    ///
    /// # Errors
    /// The first batch's error, if any fails.
    pub fn run(&self, engine: &dyn Engine, sequences: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
        let plan = by_length(sequences, engine.budget().unwrap_or(self.budget));
        let next = AtomicUsize::new(0);
        let slots = Mutex::new(vec![Vec::new(); sequences.len()]);
        let failure = Mutex::new(None);
        let work = || {
            while let Some(rows) = plan.get(next.fetch_add(1, Ordering::Relaxed)) {
                let batch: Vec<&Tokens> = rows.iter().map(|&i| sequences[i]).collect();
                match engine.run(&batch) {
                    Ok(logits) => {
                        let mut slots = lock(&slots);
                        for (&i, row) in rows.iter().zip(logits) {
                            slots[i] = row;
                        }
                    }
                    Err(error) => {
                        lock(&failure).get_or_insert(error);
                        next.store(plan.len(), Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.threads.get().min(plan.len()) {
                scope.spawn(work);
            }
        });
        match lock(&failure).take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut *lock(&slots))),
        }
    }
}

/// Indices in batches of at most `budget` padded tokens, longest first so that threads end together.
fn by_length(sequences: &[&Tokens], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(sequences[i].len()));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for i in order {
        match batches.last_mut() {
            // Sorted downwards, so the batch's first sequence is its widest.
            Some(batch) if (batch.len() + 1) * sequences[batch[0]].len() <= budget => batch.push(i),
            _ => batches.push(vec![i]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl Engine for Echo {
        fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
            if batch.iter().any(|t| t.ids.contains(&-1)) {
                return Err(EngineError::Run("planted".into()));
            }
            Ok(batch.iter().map(|t| t.ids.iter().map(|&i| i as f32).collect()).collect())
        }
    }

    fn sequences(lengths: &[usize]) -> Vec<Tokens> {
        lengths.iter().map(|&n| Tokens { ids: (0..n as i32).collect(), types: vec![0; n] }).collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_input() {
        let input = sequences(&[3, 9, 1, 4, 4, 30, 2]);
        let refs: Vec<&Tokens> = input.iter().collect();
        for threads in [1, 2, 7] {
            for budget in [1, 8, 1000] {
                let threads = NonZeroUsize::new(threads).expect("not zero");
                let out = Workers::new(threads, budget).run(&Echo, &refs).expect("runs");
                let lengths: Vec<usize> = out.iter().map(Vec::len).collect();
                assert_eq!(lengths, [3, 9, 1, 4, 4, 30, 2]);
            }
        }
    }

    #[test]
    fn no_batch_is_wider_than_the_budget_unless_one_sequence_is() {
        let input = sequences(&[10, 200, 30, 30, 31, 5, 5, 5]);
        for batch in by_length(&input.iter().collect::<Vec<_>>(), 100) {
            let widest = batch.iter().map(|&i| input[i].len()).max().unwrap_or(0);
            assert!(batch.len() == 1 || widest * batch.len() <= 100);
        }
    }

    #[test]
    fn a_failing_batch_is_an_error_and_not_a_hole() {
        let mut input = sequences(&[3, 4, 5]);
        input[1].ids[0] = -1;
        let two = NonZeroUsize::new(2).expect("not zero");
        assert!(Workers::new(two, 4).run(&Echo, &input.iter().collect::<Vec<_>>()).is_err());
    }
}
