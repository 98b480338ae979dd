//! Reads documents ahead, while the models run.

use std::iter::Peekable;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::digest::sha256;
use crate::document::{self, Document, Documents, Failure, Options, Raw, Stage};
use crate::extraction::ChunkLimits;
use crate::isolation::{fail_point, isolated};

/// Documents that are worked on at a time, in the order of the input.
pub struct Chunk {
    pub documents: Vec<Result<Document, Box<Failure>>>,
    /// How long reading and parsing took.
    pub elapsed: Duration,
}

/// Reads all documents in chunks, until there are none, nobody takes any more, or a panic, whose message
/// is sent.
pub fn read_ahead(
    found: Documents,
    limits: ChunkLimits,
    options: &Options,
    chunks: &SyncSender<Result<Chunk, String>>,
) {
    let mut found = found.peekable();
    loop {
        let chunk = isolated(|| {
            let start = Instant::now();
            let raw = next(&mut found, limits);
            let documents = raw.into_par_iter().map(|raw| parse(raw?, options)).collect();
            Chunk { documents, elapsed: start.elapsed() }
        });
        let last = chunk.as_ref().map_or(true, |chunk| chunk.documents.is_empty());
        if chunk.as_ref().is_ok_and(|chunk| chunk.documents.is_empty()) || chunks.send(chunk).is_err() || last
        {
            return;
        }
    }
}

/// The next documents, as many as fit.
fn next(found: &mut Peekable<Documents>, limits: ChunkLimits) -> Vec<Result<Raw, Box<Failure>>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < limits.documents && bytes < limits.bytes {
        let Some(item) = found.next() else { break };
        bytes += item.as_ref().map_or(0, |raw| raw.bytes.len());
        chunk.push(item.map_err(Box::new));
    }
    chunk
}

/// Parses a document; a panic is its failure.
fn parse(raw: Raw, options: &Options) -> Result<Document, Box<Failure>> {
    let (origin, hash) = (raw.origin.clone(), sha256(&raw.bytes));
    let parsed = isolated(|| {
        fail_point("parse", &String::from_utf8_lossy(&raw.bytes));
        document::parse(raw, options)
    });
    let panicked = |message| Failure {
        origin,
        stage: Stage::Parse,
        reason: format!("internal error: {message}"),
        input_sha256: Some(hash),
    };
    parsed.unwrap_or_else(|message| Err(panicked(message))).map_err(Box::new)
}
