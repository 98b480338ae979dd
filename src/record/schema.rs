//! The types of records, as described in `docs/schema.md`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claim::ClaimRecord;
use super::labels::{LabelledEntity, Review};
use crate::document::Failure;
use crate::entities::Label;
use crate::text::{Field, Section};

/// The version of the records' schema.
pub const SCHEMA: &str = "demarche/2";

/// Versions whose records can be read: what is new in the latest is optional.
pub const READABLE: [&str; 2] = ["demarche/1", SCHEMA];

/// A line of `sentences.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentenceRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The document's id.
    pub doc_id: String,
    /// `doc_id#N`, N counting the document's sentences from 1.
    pub sentence_id: String,
    /// The document's field that offsets refer to.
    pub field: Field,
    /// The section of the article.
    pub section: Section,
    /// The sentence, with each run of white space replaced by one space.
    pub text: String,
    /// First code point in the field.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    /// Id of an earlier sentence of the document with the same text, if there is one.
    pub duplicate_of: Option<String>,
    /// Whether the stance model read only its beginning, because it is too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The named entities.
    pub entities: Vec<EntityRecord>,
    /// The claims.
    pub claims: Vec<ClaimRecord>,
    /// The review, if there is one.
    pub review: Option<Review>,
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
    pub provenance: String,
}

/// An entity of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityRecord {
    /// Its text in the document.
    pub text: String,
    /// Its type.
    pub label: Label,
    /// First code point in the sentence's field.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    /// Mean probability of the tags of its words.
    pub score: f64,
    /// The actor that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl From<&EntityRecord> for LabelledEntity {
    fn from(entity: &EntityRecord) -> Self {
        Self { text: entity.text.clone(), label: entity.label, start: entity.start, end: entity.end }
    }
}

/// Counts that older versions lack are written only if they are not 0.
pub(super) fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Number of claims by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimCounts {
    /// At or above the threshold.
    pub auto: usize,
    /// Below it, kept for the reviewer.
    pub uncertain: usize,
}

/// A line of `documents.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The article's own id or the file's stem, made unique.
    pub doc_id: String,
    /// The headline, inside or outside the text.
    pub title: Option<String>,
    /// The URL.
    pub url: Option<String>,
    /// The date, as the source writes it.
    pub published: Option<String>,
    /// ISO 639-3 code, `None` if the text is too short to detect the language.
    pub language: Option<String>,
    /// The outlet that published it.
    pub outlet: Option<String>,
    /// Other fields of the input.
    pub meta: Map<String, Value>,
    /// The text that offsets of the field `text` refer to.
    pub text: String,
    /// Whether mis-decoded characters were repaired in it.
    pub repaired: bool,
    /// Number of sentences of the article.
    pub sentences: usize,
    /// Number of its lines in `sentences.jsonl`.
    pub records: usize,
    /// Number of entities in them.
    pub entities: usize,
    /// Number of claims in them.
    pub claims: ClaimCounts,
    /// Number of sentences of the article of which the stance model read only the beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub truncated: usize,
    /// Number of code points that were dropped as boilerplate.
    pub boilerplate: usize,
    /// sha256 of the input's bytes, lower-case hexadecimal.
    pub input_sha256: String,
    /// sha256 of `text` in UTF-8.
    pub text_sha256: String,
    /// sha256 of its lines in `sentences.jsonl`, each with its line ending.
    pub records_sha256: String,
    /// sha256 of its line in `scores.jsonl`, with its line ending; empty in older versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scores_sha256: String,
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
    pub provenance: String,
}

impl DocumentRecord {
    /// The text that offsets of this field refer to.
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => self.title.as_deref().unwrap_or_default(),
            Field::Text => &self.text,
        }
    }
}

/// The counts in a document's line, which can be read without the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCounts {
    /// Number of sentences of the article.
    pub sentences: usize,
    /// Number of its lines in `sentences.jsonl`.
    pub records: usize,
    /// Number of entities in them.
    pub entities: usize,
    /// Number of claims in them.
    pub claims: ClaimCounts,
    /// Number of sentences of the article of which the stance model read only the beginning.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub truncated: usize,
}

/// A line of `quarantine.jsonl`: a document that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Its place, the stage that failed, the reason, and the hash of its input.
    #[serde(flatten)]
    pub failure: Failure,
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
    pub provenance: String,
}

impl QuarantineRecord {
    /// The record of a failed document.
    pub fn new(failure: Failure, provenance: &str) -> Self {
        Self { schema: SCHEMA.into(), failure, provenance: provenance.into() }
    }
}
