//! The result of a job.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::document::Stage;
use crate::observe::{Event, Observer};
use crate::record::{DocumentCounts, Totals};

/// The result of a job.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Totals over all documents.
    pub totals: Totals,
    /// Number of documents computed in this run.
    pub computed: usize,
    /// Number of documents reused from an earlier run.
    pub reused: usize,
    /// Number of premise-hypothesis pairs that the stance model read.
    pub pairs: usize,
    /// Wall-clock time of each stage. Reading overlaps with the models, so the sum may exceed the
    /// time of the whole job.
    pub stages: BTreeMap<&'static str, Duration>,
}

impl Summary {
    pub(super) fn add(&mut self, document: &DocumentCounts, reused: bool) {
        let totals = &mut self.totals;
        totals.documents += 1;
        totals.sentences += document.sentences;
        totals.records += document.records;
        totals.entities += document.entities;
        totals.claims.auto += document.claims.auto;
        totals.claims.uncertain += document.claims.uncertain;
        totals.truncated += document.truncated;
        *(if reused { &mut self.reused } else { &mut self.computed }) += 1;
    }
}

/// Sums the times of stages, and passes all events to another observer.
pub struct Stopwatch<'o> {
    observer: &'o dyn Observer,
    stages: Mutex<BTreeMap<&'static str, Duration>>,
}

impl<'o> Stopwatch<'o> {
    pub fn new(observer: &'o dyn Observer) -> Self {
        Self { observer, stages: Mutex::default() }
    }

    /// The times so far.
    pub fn stages(&self) -> BTreeMap<&'static str, Duration> {
        self.stages.lock().map(|stages| stages.clone()).unwrap_or_default()
    }

    pub fn stage(&self, stage: Stage, elapsed: Duration) {
        self.event(Event::Step { stage, elapsed });
    }
}

impl Observer for Stopwatch<'_> {
    fn event(&self, event: Event<'_>) {
        if let (Event::Step { stage, elapsed }, Ok(mut stages)) = (event, self.stages.lock()) {
            *stages.entry(stage.name()).or_default() += elapsed;
        }
        self.observer.event(event);
    }
}
