//! The manifest: what records were made with, their sums, and how the run went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schema::{ClaimCounts, SCHEMA};
use crate::digest::sha256;
use crate::models::{self, ModelTask};

/// What records were made with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provenance {
    /// Short hash over all that stands here; records carry it.
    pub id: String,
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of the program.
    pub version: String,
    /// The models.
    pub models: Vec<ModelRecord>,
    /// sha256 over topics, actors, attribution and boilerplate files.
    pub configuration_sha256: String,
    /// Options that change records.
    pub options: BTreeMap<String, Value>,
}

impl Provenance {
    /// Puts together what records are made with, and its short hash.
    pub fn new(
        models: &[&models::Model],
        configuration_sha256: &str,
        options: BTreeMap<String, Value>,
    ) -> Self {
        let models = models.iter().map(|model| ModelRecord {
            name: model.entry.name.clone(),
            task: model.entry.task,
            engine: model.runs_on.clone(),
            labels: model.labels.clone(),
            max_length: model.max_length,
            temperature: model.temperature,
            files: model.entry.files.iter().map(|(name, file)| (name.clone(), file.sha256.clone())).collect(),
        });
        let mut provenance = Self {
            id: String::new(),
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            models: models.collect(),
            configuration_sha256: configuration_sha256.into(),
            options,
        };
        let all = serde_json::json!(provenance).to_string();
        provenance.id = sha256(all.as_bytes())[..16].into();
        provenance
    }
}

/// A model in the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// What it does.
    pub task: ModelTask,
    /// What ran it: the engine, the numbers that it computed with and, if it was not the processor, the device.
    #[serde(default)]
    pub engine: String,
    /// Labels of its logits.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Most word pieces that it reads at once.
    #[serde(default)]
    pub max_length: usize,
    /// What its logits are divided by.
    #[serde(default)]
    pub temperature: f32,
    /// sha256 by file.
    pub files: BTreeMap<String, String>,
}

/// `manifest.json`. All but `run` is the same for the same input, models and configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// What records were made with.
    pub provenance: Provenance,
    /// Sums over all documents.
    pub counts: Totals,
    /// The other files.
    pub outputs: BTreeMap<String, OutputRecord>,
    /// How the run went.
    pub run: Run,
}

/// A file that was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Documents that were done.
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Inputs as given.
    pub inputs: Vec<String>,
    /// Documents computed in this run.
    pub computed: usize,
    /// Documents taken over from an earlier one.
    pub reused: usize,
    /// NLI pairs computed.
    pub pairs: usize,
    /// Inference threads.
    pub threads: usize,
    /// Wall-clock seconds.
    pub seconds: f64,
}
