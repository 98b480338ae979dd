//! From an extraction to its records.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::error::RecordError;
use super::lines::RecordLines;
use super::schema::{ClaimCounts, DocumentRecord, EntityRecord, SCHEMA, SentenceRecord};
use crate::actors::{ActorMention, Actors};
use crate::digest::sha256;
use crate::entities::{Label, Mention};
use crate::extraction::{Analysis, Extraction};
use crate::numeric::rounded;
use crate::stance::Status;
use crate::text::{Field, FieldBytes, Offsets, Span};

/// Which records and claims are written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Filter {
    /// Leave out sentences without a claim.
    pub claims_only: bool,
    /// Leave out claims with a lower score.
    pub min_score: f64,
}

/// The records of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Its line of `documents.jsonl`.
    pub document: DocumentRecord,
    /// Its lines of `sentences.jsonl`.
    pub sentences: Vec<SentenceRecord>,
}

impl Records {
    /// The records of an extraction. `doc_id` names the document, `provenance` is the
    /// [`Provenance::id`](super::Provenance::id) of what it was extracted with.
    ///
    /// # Errors
    /// [`RecordError`], which only a mistake of this program can cause.
    pub fn new(
        extraction: &Extraction,
        doc_id: &str,
        actors: &Actors,
        filter: Filter,
        provenance: &str,
    ) -> Result<Self, RecordError> {
        let document = &extraction.document;
        let title = FieldText::new(extraction.field(Field::Title));
        let text = FieldText::new(extraction.field(Field::Text));
        let mut first_with: HashMap<&str, String> = HashMap::new();
        let mut sentences = Vec::new();
        for (index, analysis) in extraction.sentences.iter().enumerate() {
            let sentence_id = format!("{doc_id}#{}", index + 1);
            let duplicate_of = first_with.get(analysis.sentence.text.as_str()).cloned();
            first_with.entry(&analysis.sentence.text).or_insert_with(|| sentence_id.clone());
            let kept = analysis.claims.iter().filter(|c| c.score >= filter.min_score).cloned();
            let claims: Vec<_> = kept.collect();
            if filter.claims_only && claims.is_empty() {
                continue;
            }
            let field = match analysis.sentence.field {
                Field::Title => &title,
                Field::Text => &text,
            };
            let place = analysis.sentence.span;
            let span = field.offsets.code_points(place);
            sentences.push(SentenceRecord {
                schema: SCHEMA.into(),
                doc_id: doc_id.into(),
                entities: entities(analysis, place, field, actors, &sentence_id)?,
                sentence_id,
                field: analysis.sentence.field,
                section: analysis.sentence.section,
                text: analysis.sentence.text.clone(),
                start: span.start,
                end: span.end,
                duplicate_of,
                claims,
                review: None,
                provenance: provenance.into(),
            });
        }
        let dropped = extraction.boilerplate.iter();
        let dropped = dropped.map(|span| text.offsets.code_points(*span).len());
        let document = DocumentRecord {
            schema: SCHEMA.into(),
            doc_id: doc_id.into(),
            title: document.headline.clone(),
            url: document.url.clone(),
            published: document.published.clone(),
            language: document.language.clone(),
            outlet: document.outlet.clone(),
            meta: document.meta.clone(),
            text: document.text.clone(),
            repaired: document.repaired,
            sentences: extraction.sentences.len(),
            records: sentences.len(),
            entities: sentences.iter().map(|sentence| sentence.entities.len()).sum(),
            claims: ClaimCounts {
                auto: claims(&sentences, Status::Auto),
                uncertain: claims(&sentences, Status::Uncertain),
            },
            boilerplate: dropped.sum(),
            input_sha256: document.sha256.clone(),
            text_sha256: sha256(document.text.as_bytes()),
            records_sha256: sha256(sentence_lines(&sentences)?.as_bytes()),
            provenance: provenance.into(),
        };
        Ok(Self { document, sentences })
    }

    /// The records as the program writes them, each on a line.
    ///
    /// # Errors
    /// [`RecordError::Json`], which is not to be expected: no field holds what JSON can't.
    pub fn to_lines(&self) -> Result<RecordLines, RecordError> {
        let document = serde_json::to_string(&self.document)? + "\n";
        Ok(RecordLines { document, sentences: sentence_lines(&self.sentences)? })
    }
}

/// The text of a field, and its code points.
struct FieldText<'t> {
    text: &'t str,
    offsets: Offsets<'t>,
}

impl<'t> FieldText<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, offsets: Offsets::new(text) }
    }
}

/// The entities of the sentence that stands at `place` in its field.
fn entities(
    analysis: &Analysis,
    place: Span<FieldBytes>,
    field: &FieldText<'_>,
    actors: &Actors,
    sentence_id: &str,
) -> Result<Vec<EntityRecord>, RecordError> {
    let entity = |mention: &Mention| {
        let Span { start, end, .. } = mention.span.in_field(place);
        let outside = || RecordError::Place { sentence_id: sentence_id.to_owned(), start, end };
        let text = field.text.get(start..end).ok_or_else(outside)?;
        let span = field.offsets.code_points(Span::new(start..end));
        Ok(EntityRecord {
            text: text.to_owned(),
            label: mention.label,
            start: span.start,
            end: span.end,
            score: rounded(mention.score),
            actor: actor(text, mention.label, actors),
        })
    };
    analysis.tagged.mentions.iter().map(entity).collect()
}

/// The actor whose name is the whole mention, or a person's surname.
fn actor(text: &str, label: Label, actors: &Actors) -> Option<String> {
    let is_name = |m: &&ActorMention| m.span.end == text.len() && (m.span.start == 0 || label == Label::Per);
    actors.find(text).iter().find(is_name).map(|m| m.actor.to_string())
}

/// Claims of this status.
fn claims(sentences: &[SentenceRecord], status: Status) -> usize {
    sentences.iter().flat_map(|sentence| &sentence.claims).filter(|claim| claim.status == status).count()
}

fn sentence_lines(sentences: &[SentenceRecord]) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for sentence in sentences {
        lines.push_str(&serde_json::to_string(sentence)?);
        lines.push('\n');
    }
    Ok(lines)
}
