//! From an extraction to its records.

use std::collections::HashMap;

use super::offsets::Offsets;
use super::schema::{ClaimCounts, DocumentCounts, DocumentRecord, EntityRecord, SCHEMA, SentenceRecord};
use crate::config::Actors;
use crate::digest::sha256;
use crate::entities::{Label, Mention};
use crate::extract::Extraction;
use crate::numeric::rounded;
use crate::stance::Status;
use crate::text::Field;

/// Which records and claims are written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Filter {
    /// Leave out sentences without a claim.
    pub claims_only: bool,
    /// Leave out claims with a lower score.
    pub min_score: f64,
}

/// A document's line and its sentences' lines, each with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// One line of `documents.jsonl`.
    pub document: String,
    /// The document's lines of `sentences.jsonl`.
    pub sentences: String,
}

impl Lines {
    /// The counts that the document's line carries.
    ///
    /// # Errors
    /// serde's message, if the line is none.
    pub fn counts(&self) -> Result<DocumentCounts, serde_json::Error> {
        serde_json::from_str(&self.document)
    }
}

/// The lines of a document.
///
/// # Errors
/// serde's message; a record has nothing that JSON could not hold, so none is expected.
pub fn assemble(
    extraction: &Extraction,
    doc_id: &str,
    actors: &Actors,
    filter: Filter,
    provenance: &str,
) -> Result<Lines, serde_json::Error> {
    let document = &extraction.document;
    let title = Offsets::new(extraction.field(Field::Title));
    let text = Offsets::new(&document.text);
    let mut first_with: HashMap<&str, String> = HashMap::new();
    let mut lines = String::new();
    let (mut records, mut entities, mut claims) = (0, 0, ClaimCounts::default());
    for (index, analysis) in extraction.sentences.iter().enumerate() {
        let sentence_id = format!("{doc_id}#{}", index + 1);
        let duplicate_of = first_with.get(analysis.text.as_str()).cloned();
        first_with.entry(&analysis.text).or_insert_with(|| sentence_id.clone());
        let sentence = &analysis.sentence;
        let offsets = match sentence.field {
            Field::Title => &title,
            Field::Text => &text,
        };
        let field = extraction.field(sentence.field);
        let kept: Vec<_> = analysis.claims.iter().filter(|c| c.score >= filter.min_score).cloned().collect();
        if filter.claims_only && kept.is_empty() {
            continue;
        }
        let named = analysis.mentions.iter().filter_map(|mention| {
            let range = sentence.span.start + mention.range.start..sentence.span.start + mention.range.end;
            let text = field.get(range.clone())?;
            Some(EntityRecord {
                text: text.to_owned(),
                label: mention.label,
                start: offsets.code_points(range.start),
                end: offsets.code_points(range.end),
                score: rounded(mention.score),
                actor: actor(text, mention, actors),
            })
        });
        let record = SentenceRecord {
            schema: SCHEMA.into(),
            doc_id: doc_id.into(),
            sentence_id,
            field: sentence.field,
            section: sentence.section,
            text: analysis.text.clone(),
            start: offsets.code_points(sentence.span.start),
            end: offsets.code_points(sentence.span.end),
            duplicate_of,
            entities: named.collect(),
            claims: kept,
            review: None,
            provenance: provenance.into(),
        };
        records += 1;
        entities += record.entities.len();
        claims.auto += record.claims.iter().filter(|c| c.status == Status::Auto).count();
        claims.uncertain += record.claims.iter().filter(|c| c.status == Status::Uncertain).count();
        lines.push_str(&serde_json::to_string(&record)?);
        lines.push('\n');
    }
    let dropped = extraction.boilerplate.iter().map(|r| text.code_points(r.end) - text.code_points(r.start));
    let record = DocumentRecord {
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
        records,
        entities,
        claims,
        boilerplate: dropped.sum(),
        input_sha256: document.sha256.clone(),
        text_sha256: sha256(document.text.as_bytes()),
        records_sha256: sha256(lines.as_bytes()),
        provenance: provenance.into(),
    };
    let mut line = serde_json::to_string(&record)?;
    line.push('\n');
    Ok(Lines { document: line, sentences: lines })
}

/// The actor whose alias is the whole mention, or a person's surname.
fn actor(text: &str, mention: &Mention, actors: &Actors) -> Option<String> {
    let found = actors.find(text);
    let whole = |m: &&crate::config::ActorMention| {
        m.range.end == text.len() && (m.range.start == 0 || mention.label == Label::Per)
    };
    found.iter().find(whole).map(|m| m.actor.clone())
}
