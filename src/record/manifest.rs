//! The manifest: what records were made with, their sums, and how the run went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::{ClaimCounts, SCHEMA};
use crate::digest::sha256;
use crate::models::ModelTask;

/// What records were made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Short hash over all other fields; records carry it.
    pub id: String,
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// The models.
    pub models: Vec<ModelRecord>,
    /// sha256 over the texts of the configuration: topics, actors, attribution and boilerplate.
    pub configuration_sha256: String,
    /// Options that change records.
    pub options: BTreeMap<String, Value>,
}

impl Provenance {
    /// The provenance of records that this program makes with these models, this configuration and
    /// these options.
    pub fn new(
        models: Vec<ModelRecord>,
        configuration_sha256: &str,
        options: BTreeMap<String, Value>,
    ) -> Self {
        let mut provenance = Self {
            id: String::new(),
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            models,
            configuration_sha256: configuration_sha256.into(),
            options,
        };
        let all = serde_json::json!(provenance).to_string();
        provenance.id = sha256(all.as_bytes()).chars().take(16).collect();
        provenance
    }
}

/// A model in the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub task: ModelTask,
    /// What ran it: the backend, the numbers that it computed with and, unless that was the
    /// processor, the device.
    #[serde(default, alias = "engine")]
    pub backend: String,
    /// Labels of its logits, in their order.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Length of its longest input, in tokens.
    #[serde(default)]
    pub max_length: usize,
    /// What its logits are divided by.
    #[serde(default)]
    pub temperature: f32,
    /// sha256 of each of its files.
    pub files: BTreeMap<String, String>,
}

/// `manifest.json`. All but `run` is the same for the same input, models and configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// What records were made with.
    pub provenance: Provenance,
    /// Sums over all documents.
    pub counts: Totals,
    /// The other files, by name.
    pub outputs: BTreeMap<String, OutputRecord>,
    /// How the run went.
    pub run: RunRecord,
}

/// A file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Lines.
    pub records: usize,
    /// sha256 of its bytes.
    pub sha256: String,
}

/// Sums over all documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Documents that were found.
    pub documents_in: usize,
    /// Documents that were extracted.
    pub documents: usize,
    /// Documents that failed.
    pub quarantined: usize,
    /// Sentences of the documents.
    pub sentences: usize,
    /// Lines of `sentences.jsonl`.
    pub records: usize,
    /// Entities in them.
    pub entities: usize,
    /// Claims in them.
    pub claims: ClaimCounts,
}

/// How a run went: the only part of the output that differs from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Inputs as given.
    pub inputs: Vec<String>,
    /// Documents computed in this run.
    pub computed: usize,
    /// Documents taken over from an earlier run.
    pub reused: usize,
    /// NLI pairs computed.
    pub pairs: usize,
    /// Inference threads.
    pub threads: usize,
    /// Wall-clock seconds of the whole run.
    pub seconds: f64,
    /// Wall-clock seconds of each step. Older folders have none.
    #[serde(default)]
    pub steps: BTreeMap<String, f64>,
}
