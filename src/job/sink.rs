//! The destination of a job's output.

use std::io::{self, Write};
use std::path::Path;

use super::error::JobError;
use crate::digest::sha256;
use crate::document::{Document, Failure};
use crate::record::{QuarantineRecord, RecordError, RecordLines};
use crate::storage::{Cache, DocumentKey, OutputError, OutputWriter};

/// Receives a job's lines in the order of the input.
pub trait Sink {
    /// The lines of a document that an earlier run computed.
    fn reuse(&mut self, document: &Document, doc_id: &str) -> Result<Option<RecordLines>, JobError>;
    /// Writes a document's lines; `fresh` if this run computed it.
    fn document(&mut self, lines: &RecordLines, fresh: bool) -> Result<(), JobError>;
    /// Records a document that failed.
    fn quarantine(&mut self, failure: &Failure) -> Result<(), JobError>;
    /// Syncs the written data to disk.
    fn chunk_done(&mut self) -> Result<(), JobError>;
}

/// An output folder.
pub struct Folder<'a> {
    pub folder: &'a Path,
    pub cache: Cache,
    pub outputs: OutputWriter,
    pub provenance: &'a str,
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

/// A stream of sentence records.
pub struct Stream<'w>(pub &'w mut dyn Write);

impl Stream<'_> {
    fn failed(source: io::Error) -> JobError {
        OutputError { path: "the output stream".into(), source }.into()
    }
}

impl Sink for Stream<'_> {
    fn reuse(&mut self, _: &Document, _: &str) -> Result<Option<RecordLines>, JobError> {
        Ok(None)
    }

    fn document(&mut self, lines: &RecordLines, _: bool) -> Result<(), JobError> {
        self.0.write_all(lines.sentences.as_bytes()).map_err(Self::failed)
    }

    /// Nothing to write: the observer reports failures.
    fn quarantine(&mut self, _: &Failure) -> Result<(), JobError> {
        Ok(())
    }

    fn chunk_done(&mut self) -> Result<(), JobError> {
        self.0.flush().map_err(Self::failed)
    }
}
