//! The records, as `docs/schema.md` describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::review::Review;
use crate::digest::sha256;
use crate::document::Failure;
use crate::entities::Label;
use crate::models::{self, ModelTask};
use crate::stance::Claim;
use crate::text::{Field, Section};

/// Version of the records' shape.
pub const SCHEMA: &str = "demarche/1";

/// A line of `sentences.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentenceRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The document's id.
    pub doc_id: String,
    /// `doc_id#N`, N counting the document's sentences from 1.
    pub sentence_id: String,
    /// Which field of the document the offsets count in.
    pub field: Field,
    /// Which part of the article it is.
    pub section: Section,
    /// The sentence, white space made single.
    pub text: String,
    /// First code point in the field.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// The sentence of this document that had the same text before.
    pub duplicate_of: Option<String>,
    /// Who and what is named.
    pub entities: Vec<EntityRecord>,
    /// Who takes which stance.
    pub claims: Vec<Claim>,
    /// The reviewer's word, if there is one yet.
    pub review: Option<Review>,
    /// [`Provenance::id`] in the manifest.
    pub provenance: String,
}

/// An entity of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityRecord {
    /// As it stands in the document.
    pub text: String,
    /// Its type.
    pub label: Label,
    /// First code point in the sentence's field.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// Mean probability of its words' tags.
    pub score: f64,
    /// The holder it folds into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// Claims by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimCounts {
    /// At or above the threshold.
    pub auto: usize,
    /// Kept for the reviewer.
    pub uncertain: usize,
}

/// A line of `documents.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The article's own id or the file's stem, made unique.
    pub doc_id: String,
    /// The headline, wherever it stands.
    pub title: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Date as the source writes it.
    pub published: Option<String>,
    /// ISO 639-3 code, none if the text is too short to tell.
    pub language: Option<String>,
    /// Who published it.
    pub outlet: Option<String>,
    /// Fields of the input that have no other place.
    pub meta: Map<String, Value>,
    /// The text that offsets of the field `text` count in.
    pub text: String,
    /// Whether broken characters were put right in it.
    pub repaired: bool,
    /// Sentences of the article.
    pub sentences: usize,
    /// Lines of `sentences.jsonl` that belong to it.
    pub records: usize,
    /// Entities in them.
    pub entities: usize,
    /// Claims in them.
    pub claims: ClaimCounts,
    /// Code points of the text that were dropped as boilerplate.
    pub boilerplate: usize,
    /// sha256 of the input's bytes, lower-case hexadecimal.
    pub input_sha256: String,
    /// sha256 of `text` in UTF-8.
    pub text_sha256: String,
    /// sha256 of its lines of `sentences.jsonl`, each with its line end.
    pub records_sha256: String,
    /// [`Provenance::id`] in the manifest.
    pub provenance: String,
}

impl DocumentRecord {
    /// What the offsets of a sentence of this field count in.
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => self.title.as_deref().unwrap_or_default(),
            Field::Text => &self.text,
        }
    }
}

/// The counts of a document's line.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct DocumentCounts {
    /// Sentences of the article.
    pub sentences: usize,
    /// Its lines of `sentences.jsonl`.
    pub records: usize,
    /// Entities in them.
    pub entities: usize,
    /// Claims in them.
    pub claims: ClaimCounts,
}

/// A line of `quarantine.jsonl`.
#[derive(Debug, Clone, Serialize)]
pub struct QuarantineRecord<'f> {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Where, which stage, why, input hash.
    #[serde(flatten)]
    pub failure: &'f Failure,
    /// [`Provenance::id`] in the manifest.
    pub provenance: &'f str,
}

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
