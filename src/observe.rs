//! What a run tells those who watch it. The library itself never prints.

use std::time::{Duration, Instant};

use crate::document::{Failure, Stage};

/// Something that happened in a run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'e> {
    /// A step was done for some documents at once.
    Step {
        /// Which step.
        stage: Stage,
        /// Wall-clock time that it took.
        elapsed: Duration,
    },
    /// A document is done.
    Document {
        /// Its sentences.
        sentences: usize,
        /// Whether an earlier run had done it.
        reused: bool,
    },
    /// A document could not be done.
    Quarantined(&'e Failure),
}

/// Watches a run. Events come from one thread at a time.
pub trait Observer: Sync {
    /// Takes note of an event.
    fn event(&self, event: Event<'_>);
}

/// Nobody watches.
impl Observer for () {
    fn event(&self, _: Event<'_>) {}
}

/// Does `work` as a step that `observer` is told of, in a span of that name.
pub fn step<T>(observer: &dyn Observer, stage: Stage, work: impl FnOnce() -> T) -> T {
    let _span = tracing::debug_span!("step", stage = stage.name()).entered();
    let start = Instant::now();
    let done = work();
    let elapsed = start.elapsed();
    tracing::debug!(seconds = elapsed.as_secs_f64(), "step done");
    observer.event(Event::Step { stage, elapsed });
    done
}
