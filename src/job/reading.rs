//! Reads documents ahead while the models run.

use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::document::{self, Document, Documents, Failure, Options, Raw};
use crate::extraction::ChunkLimits;

/// A chunk of documents, in the order of the input.
pub struct Chunk {
    pub documents: Vec<Result<Document, Box<Failure>>>,
    /// The time for reading and parsing.
    pub elapsed: Duration,
}

/// Reads all documents in chunks, until the input ends or the receiver is dropped.
pub fn read_ahead(mut found: Documents, limits: ChunkLimits, options: &Options, chunks: &SyncSender<Chunk>) {
    loop {
        let start = Instant::now();
        let raw = next(&mut found, limits);
        if raw.is_empty() {
            return;
        }
        let parse = |raw: Result<Raw, Box<Failure>>| document::parse(raw?, options).map_err(Box::new);
        let documents = raw.into_par_iter().map(parse).collect();
        if chunks.send(Chunk { documents, elapsed: start.elapsed() }).is_err() {
            return;
        }
    }
}

/// The next documents, as many as fit.
fn next(found: &mut Documents, limits: ChunkLimits) -> Vec<Result<Raw, Box<Failure>>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < limits.documents && bytes < limits.bytes {
        let Some(item) = found.next() else { break };
        bytes += item.as_ref().map_or(0, |raw| raw.bytes.len());
        chunk.push(item.map_err(Box::new));
    }
    chunk
}
