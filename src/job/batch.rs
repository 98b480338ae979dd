//! Runs an extractor over inputs.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::error::JobError;
use super::provenance::provenance;
use super::reading::{Chunk, read_ahead};
use super::sink::{Folder, Sink, Stream};
use super::summary::{Stopwatch, Summary};
use crate::document::{self, Document, Documents, Failure, Options, Stage, is_one_of};
use crate::extraction::{Extraction, Extractor};
use crate::inference::BackendError;
use crate::isolation::{fail_point, isolated};
use crate::observe::{Event, Observer, step};
use crate::record::{
    Filter, Identities, Manifest, Provenance, RecordError, RecordLines, Records, RunRecord, SCORES,
};
use crate::storage::{Cache, FILES, OWN_FILES, OutputError, OutputWriter};

/// A batch job, ready to run.
///
/// The provenance of its records is computed from its extractor and options, so that they always
/// match.
#[derive(Debug, Clone)]
pub struct Job {
    extractor: Extractor,
    inputs: Vec<String>,
    options: Options,
    filter: Filter,
}

impl Job {
    /// A job over `inputs`: files, folders, globs and `-` for standard input.
    pub fn new<I: Into<String>>(extractor: Extractor, inputs: impl IntoIterator<Item = I>) -> Self {
        let inputs = inputs.into_iter().map(Into::into).collect();
        Self { extractor, inputs, options: Options::default(), filter: Filter::default() }
    }

    /// Sets how documents are parsed.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets which records are written.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The provenance of its records.
    pub fn provenance(&self) -> Provenance {
        provenance(&self.extractor, &self.options, &self.filter)
    }

    /// Writes the files of `folder`, reusing the results of an earlier run there.
    ///
    /// # Errors
    /// [`JobError`]; completed documents are in the folder's journal, and the next run resumes.
    pub fn into_folder(&self, folder: &Path, observer: &dyn Observer) -> Result<Summary, JobError> {
        let started = Instant::now();
        std::fs::create_dir_all(folder).map_err(OutputError::at(folder))?;
        self.check_inputs(folder)?;
        let provenance = self.provenance();
        let cache = Cache::open(folder).map_err(OutputError::at(folder))?;
        let outputs = OutputWriter::create(folder)?;
        let mut sink = Folder { folder, cache, outputs, provenance: &provenance.id };
        let found = document::read(&self.inputs).without(folder, &OWN_FILES);
        let summary = self.run(found, &mut sink, &provenance.id, observer)?;
        let Folder { cache, outputs, .. } = sink;
        let finished = outputs.finish()?;
        // Older versions wrote no scores.
        let written = FILES.iter().all(|name| *name == SCORES || folder.join(name).exists());
        if summary.totals.documents == 0 && written {
            let reasons = finished.discard()?.lines().map(|line| format!("\n{line}")).collect();
            cache.remove().map_err(OutputError::at(folder))?;
            return Err(JobError::Nothing { folder: folder.display().to_string(), reasons });
        }
        let stages = summary.stages.iter();
        let manifest = Manifest {
            provenance,
            counts: summary.totals,
            outputs: finished.files.clone(),
            run: RunRecord {
                inputs: self.inputs.clone(),
                computed: summary.computed,
                reused: summary.reused,
                pairs: summary.pairs,
                threads: self.extractor.runner().threads(),
                seconds: seconds(started.elapsed()),
                steps: stages.map(|(&name, &elapsed)| (name.to_owned(), seconds(elapsed))).collect(),
            },
        };
        finished.publish(&manifest)?;
        cache.remove().map_err(OutputError::at(folder))?;
        Ok(summary)
    }

    /// Writes sentence records to `stream`; failures go to the observer.
    ///
    /// # Errors
    /// [`JobError`], for example if the stream is closed.
    pub fn into_stream(&self, stream: &mut dyn Write, observer: &dyn Observer) -> Result<Summary, JobError> {
        let found = document::read(&self.inputs);
        self.run(found, &mut Stream(stream), &self.provenance().id, observer)
    }

    /// Refuses inputs that the output would overwrite.
    fn check_inputs(&self, folder: &Path) -> Result<(), JobError> {
        let folder = folder.canonicalize().map_err(OutputError::at(folder))?;
        match self.inputs.iter().find(|input| is_one_of(Path::new(input), &folder, &FILES)) {
            Some(input) => Err(JobError::Replaces(input.clone())),
            None => Ok(()),
        }
    }

    fn run(
        &self,
        found: Documents,
        sink: &mut dyn Sink,
        provenance: &str,
        observer: &dyn Observer,
    ) -> Result<Summary, JobError> {
        let stopwatch = Stopwatch::new(observer);
        let mut work = Work {
            job: self,
            provenance,
            identities: Identities::default(),
            summary: Summary::default(),
            stopwatch: &stopwatch,
        };
        let (limits, options) = (self.extractor.chunk_limits(), self.options);
        // One chunk is read while another is processed.
        let (send, receive) = sync_channel(0);
        let reader = thread::Builder::new().name("reader".into());
        let reader = reader.spawn(move || read_ahead(found, limits, &options, &send));
        let reader = reader.map_err(JobError::Thread)?;
        // After an error the reader thread is not joined: it may wait for standard input forever.
        receive.into_iter().try_for_each(|chunk| work.chunk(chunk, sink))?;
        reader.join().map_err(|_| JobError::Reading)?;
        Ok(Summary { stages: stopwatch.stages(), ..work.summary })
    }
}

/// A running job.
struct Work<'j> {
    job: &'j Job,
    provenance: &'j str,
    identities: Identities,
    summary: Summary,
    stopwatch: &'j Stopwatch<'j>,
}

/// What is to be done with a document.
enum Slot {
    Reused(RecordLines),
    Compute(String),
    Failed(Box<Failure>),
}

/// The result for a document.
enum Done {
    Reused(RecordLines),
    Computed(RecordLines),
    Failed(Box<Failure>),
}

impl Work<'_> {
    fn chunk(&mut self, chunk: Chunk, sink: &mut dyn Sink) -> Result<(), JobError> {
        self.stopwatch.stage(Stage::Parse, chunk.elapsed);
        // In the order of the input, with gaps for documents that must be computed.
        let mut slots: Vec<Slot> = Vec::new();
        let mut documents: Vec<Document> = Vec::new();
        for item in chunk.documents {
            slots.push(match item {
                Err(failure) => Slot::Failed(failure),
                Ok(document) => {
                    let doc_id = self.identities.assign(&document);
                    match sink.reuse(&document, &doc_id)? {
                        Some(lines) => Slot::Reused(lines),
                        None => {
                            documents.push(document);
                            Slot::Compute(doc_id)
                        }
                    }
                }
            });
        }
        tracing::trace!(computed = documents.len(), all = slots.len(), "chunk");
        let extracted = self.job.extractor.extract_observed(documents, self.stopwatch)?;
        for done in self.records(slots, extracted)? {
            self.note(done, sink)?;
        }
        sink.chunk_done()
    }

    /// Fills the gaps with the records of the extracted documents.
    fn records(
        &mut self,
        slots: Vec<Slot>,
        extracted: Vec<Result<Extraction, Box<Failure>>>,
    ) -> Result<Vec<Done>, JobError> {
        let mut extracted = extracted.into_iter();
        let mut filled = Vec::with_capacity(slots.len());
        for slot in slots {
            let extraction = match &slot {
                Slot::Compute(_) => extracted.next(),
                Slot::Reused(_) | Slot::Failed(_) => None,
            };
            if let Some(Ok(extraction)) = &extraction {
                self.summary.pairs += extraction.pairs;
            }
            filled.push((slot, extraction));
        }
        let (job, provenance) = (self.job, self.provenance);
        let done = |(slot, extraction)| match (slot, extraction) {
            (Slot::Reused(lines), _) => Ok(Done::Reused(lines)),
            (Slot::Failed(failure), _) | (Slot::Compute(_), Some(Err(failure))) => Ok(Done::Failed(failure)),
            (Slot::Compute(doc_id), Some(Ok(extraction))) => Ok(lines(job, provenance, &doc_id, extraction)),
            (Slot::Compute(doc_id), None) => {
                let reason = format!("internal error: {doc_id} was not extracted");
                Err(BackendError::Run(reason).into())
            }
        };
        step(self.stopwatch, Stage::Record, || filled.into_par_iter().map(done).collect())
    }

    fn note(&mut self, done: Done, sink: &mut dyn Sink) -> Result<(), JobError> {
        self.summary.totals.documents_in += 1;
        let (lines, reused) = match done {
            Done::Reused(lines) => (lines, true),
            Done::Computed(lines) => (lines, false),
            Done::Failed(failure) => {
                let (origin, stage) = (&failure.origin, failure.stage.name());
                tracing::debug!(%origin, stage, reason = failure.reason, "quarantined");
                sink.quarantine(&failure)?;
                self.summary.totals.quarantined += 1;
                self.stopwatch.event(Event::Quarantined(&failure));
                return Ok(());
            }
        };
        sink.document(&lines, !reused)?;
        let counts = lines.counts().map_err(RecordError::from)?;
        self.summary.add(&counts, reused);
        self.stopwatch.event(Event::Document { sentences: counts.sentences, reused });
        Ok(())
    }
}

/// The lines of an extraction; if they can't be made, that is its document's failure.
fn lines(job: &Job, provenance: &str, doc_id: &str, extraction: Extraction) -> Done {
    let codebook = job.extractor.configuration().codebook();
    let made = isolated(|| {
        fail_point("record", || &extraction.document.text);
        Records::new(&extraction, doc_id, codebook, job.filter, provenance)?.to_lines()
    });
    let reason = match made {
        Ok(Ok(lines)) => return Done::Computed(lines),
        Ok(Err(error)) => error.to_string(),
        Err(message) => format!("internal error: {message}"),
    };
    let Document { origin, sha256, .. } = extraction.document;
    let stage = Stage::Record;
    Done::Failed(Box::new(Failure { origin, stage, reason, input_sha256: Some(sha256) }))
}

/// Seconds to the millisecond.
fn seconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1e3).round() / 1e3
}
