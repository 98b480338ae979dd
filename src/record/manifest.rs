//! The manifest: provenance of the records, totals, and statistics of the run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::{ClaimCounts, SCHEMA, is_zero};
use crate::digest::sha256;
use crate::models::{Calibration, ModelTask};

/// The models, configuration and options that records were made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// A short hash over all other fields; records contain it.
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
    /// Its task.
    pub task: ModelTask,
    /// How it was run: the backend, the precision and, unless it was the CPU, the
    /// device.
    #[serde(default, alias = "engine")]
    pub backend: String,
    /// Labels of its logits, in their order.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The most tokens in its input.
    #[serde(default)]
    pub max_length: usize,
    /// The temperature, by which its logits are divided.
    #[serde(default)]
    pub temperature: f32,
    /// How claims' scores become probabilities, if that was fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// sha256 of each of its files.
    pub files: BTreeMap<String, String>,
}

/// `manifest.json`. Everything but `run` is the same for the same input, models and configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Models, configuration and options.
    pub provenance: Provenance,
    /// Totals over all documents.
    pub counts: Totals,
    /// The other files, by name.
    pub outputs: BTreeMap<String, OutputRecord>,
    /// Statistics of the run.
    pub run: RunRecord,
}

/// A file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Number of lines.
    pub records: usize,
    /// sha256 of its bytes.
    pub sha256: String,
}

/// Totals over all documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Number of documents found.
    pub documents_in: usize,
    /// Number of documents extracted.
    pub documents: usize,
    /// Number of documents that failed.
    pub quarantined: usize,
    /// Number of sentences of the documents.
    pub sentences: usize,
    /// Number of lines of `sentences.jsonl`.
    pub records: usize,
    /// Number of entities in them.
    pub entities: usize,
    /// Number of claims in them.
    pub claims: ClaimCounts,
    /// Number of sentences of which the stance model read only the beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub truncated: usize,
}

/// Statistics of a run: the only part of the output that differs from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Inputs as given.
    pub inputs: Vec<String>,
    /// Number of documents computed in this run.
    pub computed: usize,
    /// Number of documents reused from an earlier run.
    pub reused: usize,
    /// Number of NLI pairs computed.
    pub pairs: usize,
    /// Number of inference threads.
    pub threads: usize,
    /// Wall-clock seconds of the whole run.
    pub seconds: f64,
    /// Wall-clock seconds of each stage; empty in manifests of older versions.
    #[serde(default)]
    pub steps: BTreeMap<String, f64>,
}
