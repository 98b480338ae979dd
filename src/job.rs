//! The batch job: inputs in, an output folder or a stream out.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use crate::config::Configuration;
use crate::digest::sha256;
use crate::document::{self, Document, Documents, Failure, Options, Raw, is_one_of};
use crate::engine::EngineError;
use crate::extract::{Extraction, Extractor};
use crate::progress::{Progress, tell};
use crate::record::{
    Filter, Identities, Manifest, Provenance, QuarantineRecord, RecordError, RecordLines, Records, RunRecord,
    Totals,
};
use crate::storage::{Cache, DocumentKey, FILES, OWN_FILES, OutputError, OutputWriter};

/// Documents and bytes that are worked on at a time: what bounds the memory.
const CHUNK_DOCUMENTS: usize = 16;
const CHUNK_BYTES: usize = 256 << 10;

/// What stops a whole job.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The output can't be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// An engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The output would replace an input.
    #[error("{0} is an input and would be replaced; name another folder with --output")]
    Replaces(String),
    /// Not one document could be done, and an earlier output stands there.
    #[error("nothing could be done, so {folder} is left as it was{reasons}")]
    Nothing {
        /// The output folder.
        folder: String,
        /// The quarantine's lines, each on a line of its own.
        reasons: String,
    },
    /// Records could not be made.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A batch job, ready to run.
pub struct Job<'a> {
    /// Files, folders, globs and `-`.
    pub inputs: &'a [String],
    /// The stages.
    pub extractor: &'a Extractor<'a>,
    /// What the stages were built with.
    pub configuration: &'a Configuration,
    /// How documents are parsed.
    pub options: Options,
    /// What is written.
    pub filter: Filter,
    /// What records point to.
    pub provenance: Provenance,
    /// Inference threads, for the manifest.
    pub threads: usize,
}

/// What a job came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    /// Sums over all documents.
    pub totals: Totals,
    /// Documents computed in this run.
    pub computed: usize,
    /// Documents taken over from an earlier one.
    pub reused: usize,
    /// NLI pairs computed.
    pub pairs: usize,
}

/// Where a job's lines go.
trait Sink {
    fn reuse(&mut self, document: &Document, doc_id: &str) -> Result<Option<RecordLines>, JobError>;
    fn document(&mut self, lines: &RecordLines, fresh: bool) -> Result<(), JobError>;
    fn quarantine(&mut self, failure: &Failure) -> Result<(), JobError>;
    fn chunk_done(&mut self) -> Result<(), JobError>;
}

impl Job<'_> {
    /// Writes the four files of `folder`, taking over what an earlier run did there.
    ///
    /// # Errors
    /// [`JobError`]; what was done by then is in the folder's journal and the next run goes on.
    pub fn into_folder(&self, folder: &Path, progress: &Progress) -> Result<Summary, JobError> {
        let started = Instant::now();
        std::fs::create_dir_all(folder).map_err(OutputError::at(folder))?;
        self.check_inputs(folder)?;
        let cache = Cache::open(folder).map_err(OutputError::at(folder))?;
        let outputs = OutputWriter::create(folder)?;
        let mut sink = Folder { folder, cache, outputs, provenance: &self.provenance.id };
        let found = document::read(self.inputs).without(folder, &OWN_FILES);
        let summary = self.run(found, &mut sink, progress)?;
        let finished = sink.outputs.finish()?;
        if summary.totals.documents == 0 && FILES.iter().all(|name| folder.join(name).exists()) {
            let reasons = finished.discard()?.lines().map(|line| format!("\n{line}")).collect();
            sink.cache.remove().map_err(OutputError::at(folder))?;
            return Err(JobError::Nothing { folder: folder.display().to_string(), reasons });
        }
        let manifest = Manifest {
            provenance: self.provenance.clone(),
            counts: summary.totals,
            outputs: finished.files.clone(),
            run: RunRecord {
                inputs: self.inputs.to_vec(),
                computed: summary.computed,
                reused: summary.reused,
                pairs: summary.pairs,
                threads: self.threads,
                seconds: (started.elapsed().as_secs_f64() * 1e3).round() / 1e3,
                steps: Default::default(),
            },
        };
        finished.publish(&manifest)?;
        sink.cache.remove().map_err(OutputError::at(folder))?;
        Ok(summary)
    }

    /// Writes sentence records to `stream`, and failures to standard error.
    ///
    /// # Errors
    /// [`JobError`], as when the stream is closed.
    pub fn into_stream(&self, stream: &mut dyn Write, progress: &Progress) -> Result<Summary, JobError> {
        self.run(document::read(self.inputs), &mut Stream(stream), progress)
    }

    /// Refuses inputs that the output would replace.
    fn check_inputs(&self, folder: &Path) -> Result<(), JobError> {
        let folder = folder.canonicalize().map_err(OutputError::at(folder))?;
        match self.inputs.iter().find(|input| is_one_of(Path::new(input), &folder, &FILES)) {
            Some(input) => Err(JobError::Replaces(input.clone())),
            None => Ok(()),
        }
    }

    fn run(&self, found: Documents, sink: &mut dyn Sink, progress: &Progress) -> Result<Summary, JobError> {
        let mut summary = Summary::default();
        let mut identities = Identities::default();
        let mut found = found.peekable();
        while found.peek().is_some() {
            let mut chunk: Vec<Result<Raw, Failure>> = Vec::new();
            let mut bytes = 0;
            while chunk.len() < CHUNK_DOCUMENTS && bytes < CHUNK_BYTES {
                let Some(item) = found.next() else { break };
                bytes += item.as_ref().map_or(0, |raw| raw.bytes.len());
                chunk.push(item);
            }
            self.chunk(chunk, &mut identities, sink, progress, &mut summary)?;
        }
        Ok(summary)
    }

    fn chunk(
        &self,
        chunk: Vec<Result<Raw, Failure>>,
        identities: &mut Identities,
        sink: &mut dyn Sink,
        progress: &Progress,
        summary: &mut Summary,
    ) -> Result<(), JobError> {
        let parsed: Vec<Result<Document, Failure>> =
            chunk.into_par_iter().map(|raw| document::parse(raw?, &self.options)).collect();
        // Each document's outcome in the input's order; what must be computed leaves a gap.
        let mut slots: Vec<Slot> = Vec::new();
        let mut documents = Vec::new();
        for item in parsed {
            slots.push(match item {
                Err(failure) => Slot::Failed(Box::new(failure)),
                Ok(document) => {
                    let doc_id = identities.assign(&document);
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
        let mut extracted = self.extractor.extract(documents)?.into_iter();
        for slot in slots {
            summary.totals.documents_in += 1;
            let (lines, fresh) = match slot {
                Slot::Reused(lines) => (Ok(lines), false),
                Slot::Failed(failure) => (Err(failure), false),
                Slot::Compute(doc_id) => match extracted.next() {
                    Some(Ok(extraction)) => {
                        summary.pairs += pairs(&extraction);
                        (Ok(self.assemble(&extraction, &doc_id)?), true)
                    }
                    Some(Err(failure)) => (Err(failure), true),
                    None => continue,
                },
            };
            match &lines {
                Ok(lines) => {
                    sink.document(lines, fresh)?;
                    let counts = lines.counts().map_err(RecordError::from)?;
                    summary.add(&counts, fresh);
                    progress.sentences(counts.sentences);
                }
                Err(failure) => {
                    sink.quarantine(failure)?;
                    summary.totals.quarantined += 1;
                }
            }
            progress.document(lines.is_err());
        }
        sink.chunk_done()
    }

    fn assemble(&self, extraction: &Extraction, doc_id: &str) -> Result<RecordLines, RecordError> {
        let actors = &self.configuration.actors;
        Records::new(extraction, doc_id, actors, self.filter, &self.provenance.id)?.to_lines()
    }
}

enum Slot {
    Reused(RecordLines),
    Compute(String),
    Failed(Box<Failure>),
}

fn pairs(extraction: &Extraction) -> usize {
    extraction.sentences.iter().map(|a| a.questions.len()).sum()
}

impl Summary {
    fn add(&mut self, document: &crate::record::DocumentCounts, fresh: bool) {
        let totals = &mut self.totals;
        totals.documents += 1;
        totals.sentences += document.sentences;
        totals.records += document.records;
        totals.entities += document.entities;
        totals.claims.auto += document.claims.auto;
        totals.claims.uncertain += document.claims.uncertain;
        if fresh {
            self.computed += 1;
        } else {
            self.reused += 1;
        }
    }
}

struct Folder<'a> {
    folder: &'a Path,
    cache: Cache,
    outputs: OutputWriter,
    provenance: &'a str,
}

impl Sink for Folder<'_> {
    fn reuse(&mut self, document: &Document, doc_id: &str) -> Result<Option<RecordLines>, JobError> {
        let key = DocumentKey {
            doc_id: doc_id.to_owned(),
            input_sha256: document.sha256.clone(),
            text_sha256: sha256(document.text.as_bytes()),
            provenance: self.provenance.to_owned(),
        };
        Ok(self.cache.get(&key).map_err(OutputError::at(self.folder))?)
    }

    fn document(&mut self, lines: &RecordLines, fresh: bool) -> Result<(), JobError> {
        if fresh {
            self.cache.append(lines).map_err(OutputError::at(self.folder))?;
        }
        Ok(self.outputs.document(lines)?)
    }

    fn quarantine(&mut self, failure: &Failure) -> Result<(), JobError> {
        let record = QuarantineRecord::new(failure.clone(), self.provenance);
        let line = serde_json::to_string(&record).map_err(RecordError::from)? + "\n";
        Ok(self.outputs.quarantine(&line)?)
    }

    fn chunk_done(&mut self) -> Result<(), JobError> {
        Ok(self.cache.sync().map_err(OutputError::at(self.folder))?)
    }
}

struct Stream<'w>(&'w mut dyn Write);

impl Stream<'_> {
    fn failed(source: std::io::Error) -> JobError {
        OutputError { path: "standard output".into(), source }.into()
    }
}

impl Sink for Stream<'_> {
    fn reuse(&mut self, _: &Document, _: &str) -> Result<Option<RecordLines>, JobError> {
        Ok(None)
    }

    fn document(&mut self, lines: &RecordLines, _: bool) -> Result<(), JobError> {
        self.0.write_all(lines.sentences.as_bytes()).map_err(Self::failed)
    }

    fn quarantine(&mut self, failure: &Failure) -> Result<(), JobError> {
        tell(format_args!("quarantined: {failure}"));
        Ok(())
    }

    fn chunk_done(&mut self) -> Result<(), JobError> {
        self.0.flush().map_err(Self::failed)
    }
}
