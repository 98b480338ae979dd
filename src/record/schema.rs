//! The records, as `docs/schema.md` describes them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::labels::{LabelledEntity, Review};
use crate::document::Failure;
use crate::entities::Label;
use crate::stance::Claim;
use crate::text::{Field, Section};

/// Version of the records' shape.
pub const SCHEMA: &str = "demarche/1";

/// A line of `sentences.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentenceRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The document's id.
    pub doc_id: String,
    /// `doc_id#N`, N counting the document's sentences from 1.
    pub sentence_id: String,
    /// The field of the document that offsets count in.
    pub field: Field,
    /// The part of the article that it is.
    pub section: Section,
    /// The sentence, with single spaces for white space.
    pub text: String,
    /// First code point in the field.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// Id of the first sentence of the document with the same text, if this is not the first.
    pub duplicate_of: Option<String>,
    /// Who and what is named.
    pub entities: Vec<EntityRecord>,
    /// Who takes which stance.
    pub claims: Vec<Claim>,
    /// What a reviewer says of it, if one has.
    pub review: Option<Review>,
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
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
    /// Mean probability of the tags of its words.
    pub score: f64,
    /// The actor that it is a name of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

impl From<&EntityRecord> for LabelledEntity {
    fn from(entity: &EntityRecord) -> Self {
        Self { text: entity.text.clone(), label: entity.label, start: entity.start, end: entity.end }
    }
}

/// Claims by status.
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
    /// The headline, wherever it stands.
    pub title: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// Date as the source writes it.
    pub published: Option<String>,
    /// ISO 639-3 code, none if the text is too short to say.
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
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
    pub provenance: String,
}

impl DocumentRecord {
    /// The text that offsets of this field count in.
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => self.title.as_deref().unwrap_or_default(),
            Field::Text => &self.text,
        }
    }
}

/// The counts in a document's line, which can be read without the rest of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// A line of `quarantine.jsonl`: a document that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Where it stands, which step failed and why, and the hash of its input.
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
