//! Groups sequences into batches by length, and runs them on inference threads.

use std::cmp::Reverse;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use super::backend::Backend;
use super::error::BackendError;
use super::lock::lock;
use super::outputs::Outputs;
use super::sequence::Sequence;
use crate::isolation::isolated;

/// The default limit of padded tokens per batch.
pub const DEFAULT_MAX_BATCH_TOKENS: usize = 512;

/// The error that the inference threads can't be started.
#[derive(Debug, thiserror::Error)]
#[error("{threads} inference threads can't be started")]
pub struct RunnerError {
    threads: usize,
    source: io::Error,
}

/// The inference threads, and the size of their batches.
///
/// The threads are plain ones, not rayon's, and whoever waits for them sleeps: a thread of rayon would
/// look for other work meanwhile, take time from the model, and nest what it finds on its own stack.
#[derive(Debug)]
pub struct Runner {
    threads: Vec<Sender<Share>>,
    max_batch_tokens: usize,
}

/// A thread's share in a call's work. That all of a call's shares are dropped ends the call.
type Share = (Arc<dyn Job>, Sender<()>);

/// The work of one call, whatever its sequences are.
trait Job: Send + Sync {
    /// Runs batches until none is left.
    fn run(&self);
}

/// The batches of one call.
struct Work<I> {
    backend: Arc<dyn Backend<I>>,
    sequences: Vec<I>,
    batches: Vec<Vec<usize>>,
    /// The next batch that nobody has taken yet.
    next: AtomicUsize,
    done: Mutex<Vec<Option<Outputs>>>,
    /// The first batch that failed, and its error.
    failed: Mutex<Option<(usize, BackendError)>>,
}

impl<I: Sequence> Job for Work<I> {
    fn run(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(places) = self.batches.get(index) else { break };
            let batch: Vec<&I> = places.iter().map(|&at| &self.sequences[at]).collect();
            match computed(self.backend.as_ref(), &batch) {
                Ok(outputs) => {
                    let mut done = lock(&self.done);
                    places.iter().zip(outputs).for_each(|(&at, own)| done[at] = Some(own));
                }
                Err(error) => {
                    // The first batch's error, independent of the order in which threads finish.
                    let mut failed = lock(&self.failed);
                    if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                        *failed = Some((index, error));
                    }
                    self.next.store(self.batches.len(), Ordering::Relaxed);
                }
            }
        }
    }
}

impl Runner {
    /// Starts `threads` inference threads for batches of at most `max_batch_tokens` padded tokens.
    ///
    /// # Errors
    /// [`RunnerError`] if the system can't start more threads.
    pub fn new(threads: NonZeroUsize, max_batch_tokens: usize) -> Result<Self, RunnerError> {
        let start = |number: usize| {
            let (send, receive) = channel::<Share>();
            let work = move || receive.into_iter().for_each(|(work, _ended)| work.run());
            thread::Builder::new().name(format!("inference-{number}")).spawn(work)?;
            Ok(send)
        };
        let threads = threads.get();
        let started: io::Result<Vec<Sender<Share>>> = (0..threads).map(start).collect();
        let threads = started.map_err(|source| RunnerError { threads, source })?;
        Ok(Self { threads, max_batch_tokens })
    }

    /// The number of inference threads.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// The limit of padded tokens per batch for this backend.
    pub fn max_batch_tokens<I>(&self, backend: &dyn Backend<I>) -> usize {
        backend.max_batch_tokens().unwrap_or(self.max_batch_tokens)
    }

    /// The backend's outputs for all `sequences`, in order.
    ///
    /// # Errors
    /// The first failing batch's error. A panic of the backend is an error of its batch.
    pub fn run<I: Sequence + Clone>(
        &self,
        backend: &Arc<dyn Backend<I>>,
        sequences: &[&I],
    ) -> Result<Vec<Outputs>, BackendError> {
        let batches = by_length(sequences, self.max_batch_tokens(backend.as_ref()));
        tracing::trace!(sequences = sequences.len(), batches = batches.len(), "inference");
        let threads = self.threads.len().min(batches.len());
        let work = Arc::new(Work::<I> {
            backend: Arc::clone(backend),
            sequences: sequences.iter().map(|&sequence| sequence.clone()).collect(),
            batches,
            next: AtomicUsize::new(0),
            done: Mutex::new(vec![None; sequences.len()]),
            failed: Mutex::new(None),
        });
        let (share, ended) = channel();
        for thread in &self.threads[..threads] {
            let sent = thread.send((Arc::clone(&work) as Arc<dyn Job>, share.clone()));
            sent.map_err(|_| BackendError::Run("internal error: an inference thread has ended".into()))?;
        }
        drop(share);
        // Nothing is ever sent: it waits until each thread has dropped its share.
        ended.into_iter().for_each(drop);
        if let Some((_, error)) = lock(&work.failed).take() {
            return Err(error);
        }
        let done = std::mem::take(&mut *lock(&work.done));
        let missing = || BackendError::Run("internal error: a sequence has no output".into());
        done.into_iter().map(|outputs| outputs.ok_or_else(missing)).collect()
    }

    /// The backend's outputs for each document's sequences. Batches are formed across documents. If
    /// one fails, each document is run by itself, and only the documents that fail then get an
    /// error.
    ///
    /// # Errors
    /// [`BackendError`] if the backend also fails on `probe`, a short sequence that every model
    /// accepts: then the backend is broken, not a document.
    pub fn run_documents<I: Sequence + Clone>(
        &self,
        backend: &Arc<dyn Backend<I>>,
        documents: &[Vec<&I>],
        probe: &I,
    ) -> Result<Vec<Result<Vec<Outputs>, BackendError>>, BackendError> {
        match self.run(backend, &documents.concat()) {
            Ok(outputs) => {
                let mut outputs = outputs.into_iter();
                Ok(documents.iter().map(|own| Ok(outputs.by_ref().take(own.len()).collect())).collect())
            }
            Err(error) => {
                computed(backend.as_ref(), &[probe]).map_err(|_| error)?;
                Ok(documents.iter().map(|own| self.run(backend, own)).collect())
            }
        }
    }
}

/// Runs one batch; checks that each of its sequences has outputs.
pub fn computed<I>(backend: &dyn Backend<I>, batch: &[&I]) -> Result<Vec<Outputs>, BackendError> {
    let outputs = isolated(|| backend.run(batch)).map_err(BackendError::Panicked)??;
    if outputs.len() == batch.len() {
        return Ok(outputs);
    }
    let (found, expected) = (outputs.len(), batch.len());
    Err(BackendError::Shape(format!("outputs of {found} sequences for a batch of {expected}")))
}

/// Indices in batches of at most `most` padded tokens, longest first so that threads finish
/// together.
fn by_length<I: Sequence>(sequences: &[&I], most: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&at| Reverse(sequences[at].tokens()));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match batches.last_mut() {
            // Sorted by decreasing length, so the batch's first sequence is its longest.
            Some(batch) if (batch.len() + 1) * sequences[batch[0]].tokens() <= most => batch.push(at),
            _ => batches.push(vec![at]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::super::outputs::Tensor;
    use super::super::tokens::Tokens;
    use super::*;

    /// Returns each sequence's ids; fails on an id of -1 and panics on an id of -2.
    struct Echo;

    impl Backend for Echo {
        fn run(&self, batch: &[&Tokens]) -> Result<Vec<Outputs>, BackendError> {
            if batch.iter().any(|t| t.ids.contains(&-1)) {
                return Err(BackendError::Run("planted".into()));
            }
            assert!(!batch.iter().any(|t| t.ids.contains(&-2)), "planted panic");
            let names: Arc<[String]> = ["logits".to_owned()].into();
            let echo = |t: &&Tokens| {
                let values: Vec<f32> = t.ids.iter().map(|&id| id as f32).collect();
                Outputs::new(Arc::clone(&names), vec![Tensor::new(vec![values.len()], values)?])
            };
            batch.iter().map(echo).collect()
        }
    }

    fn echo() -> Arc<dyn Backend> {
        Arc::new(Echo)
    }

    fn sequences(lengths: &[usize]) -> Vec<Tokens> {
        let ids = |n: usize| (0..n as i32).collect();
        lengths.iter().map(|&n| Tokens { ids: ids(n), token_type_ids: vec![0; n] }).collect()
    }

    fn runner(threads: usize, max_batch_tokens: usize) -> Runner {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        Runner::new(threads, max_batch_tokens).expect("starts")
    }

    fn lengths(outputs: &[Outputs]) -> Vec<usize> {
        outputs.iter().map(|own| own.get("logits").expect("there").values().len()).collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_input() {
        let input = sequences(&[3, 9, 1, 4, 4, 30, 2]);
        let refs: Vec<&Tokens> = input.iter().collect();
        for threads in [1, 2, 7] {
            for most in [1, 8, 1000] {
                let runner = runner(threads, most);
                for _ in 0..3 {
                    let out = runner.run(&echo(), &refs).expect("runs");
                    assert_eq!(lengths(&out), [3, 9, 1, 4, 4, 30, 2]);
                }
            }
        }
        assert!(runner(2, 8).run(&echo(), &[]).expect("runs").is_empty());
    }

    #[test]
    fn no_batch_is_wider_than_the_limit_unless_one_sequence_is() {
        let input = sequences(&[10, 200, 30, 30, 31, 5, 5, 5]);
        for batch in by_length(&input.iter().collect::<Vec<_>>(), 100) {
            let widest = batch.iter().map(|&at| input[at].len()).max().unwrap_or(0);
            assert!(batch.len() == 1 || widest * batch.len() <= 100);
        }
    }

    #[test]
    fn a_failing_batch_is_an_error_and_no_output_is_missing_silently() {
        let mut input = sequences(&[3, 4, 5]);
        input[1].ids[0] = -1;
        assert!(runner(2, 4).run(&echo(), &input.iter().collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn only_a_document_that_fails_or_panics_by_itself_gets_an_error() {
        for planted in [-1, -2] {
            let mut input = sequences(&[3, 4, 5, 2]);
            input[1].ids[0] = planted;
            let documents = vec![vec![&input[0]], vec![&input[1], &input[2]], vec![&input[3]]];
            let probe = &sequences(&[1])[0];
            let done = runner(2, 1000).run_documents(&echo(), &documents, probe).expect("not broken");
            let kinds: Vec<bool> = done.iter().map(Result::is_ok).collect();
            assert_eq!(kinds, [true, false, true]);
            let told = done[1].as_ref().expect_err("planted").to_string();
            assert!(told.contains("planted"), "{told}");
            // A backend that fails on everything is broken.
            assert!(runner(2, 1000).run_documents(&echo(), &documents, &input[1]).is_err());
        }
    }
}
