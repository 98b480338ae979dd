//! Events of a run, for observers. The library itself never prints.

use std::time::{Duration, Instant};

use crate::document::{Failure, Stage};

/// Something that happened in a run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// A stage was run for several documents.
    Step {
        /// The stage.
        stage: Stage,
        /// The wall-clock time it took.
        elapsed: Duration,
    },
    /// A document is done.
    Document {
        /// Its number of sentences.
        sentences: usize,
        /// Whether it was reused from an earlier run.
        reused: bool,
    },
    /// A document failed.
    Quarantined(&'e Failure),
}

/// Receives the events of a run. They come from one thread at a time.
pub trait Observer: Sync {
    /// Handles an event.
    fn event(&self, event: Event<'_>);
}

/// Ignores all events.
impl Observer for () {
    fn event(&self, _: Event<'_>) {}
}

/// Runs `work` as a stage: in a tracing span of that name, and reports its time to `observer`.
pub fn step<T>(observer: &dyn Observer, stage: Stage, work: impl FnOnce() -> T) -> T {
    let _span = tracing::debug_span!("step", stage = stage.name()).entered();
    let start = Instant::now();
    let done = work();
    let elapsed = start.elapsed();
    tracing::debug!(seconds = elapsed.as_secs_f64(), "step done");
    observer.event(Event::Step { stage, elapsed });
    done
}
