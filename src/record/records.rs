//! Makes the records of an extraction.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::claim::{ClaimRecord, MentionRecord, SpanRecord};
use super::error::RecordError;
use super::lines::RecordLines;
use super::schema::{ClaimCounts, DocumentRecord, EntityRecord, SCHEMA, SentenceRecord};
use super::scores::ScoresRecord;
use crate::actors::{ActorMention, Actors};
use crate::digest::sha256;
use crate::entities::{Label, Mention};
use crate::extraction::{Analysis, Extraction};
use crate::numeric::rounded;
use crate::stance::{Claim, Codebook, NamePlace, Status};
use crate::text::{CodePoints, Field, FieldBytes, Normalized, NormalizedBytes, Offsets, Span};

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
    /// Its line of `scores.jsonl`.
    pub scores: ScoresRecord,
}

impl Records {
    /// The records of an extraction. `doc_id` identifies the document; `provenance` is the
    /// [`Provenance::id`](super::Provenance::id) of the models and configuration that were used.
    ///
    /// # Errors
    /// [`RecordError`], which only an error in this program can cause.
    pub fn new(
        extraction: &Extraction,
        doc_id: &str,
        codebook: &Codebook,
        filter: Filter,
        provenance: &str,
    ) -> Result<Self, RecordError> {
        let document = &extraction.document;
        let fields = Fields::new(extraction, doc_id);
        let mut first_with: HashMap<&str, String> = HashMap::new();
        let mut sentences = Vec::new();
        for (index, analysis) in extraction.sentences.iter().enumerate() {
            let sentence_id = fields.sentence_id(index);
            let duplicate_of = first_with.get(analysis.sentence.text.as_str()).cloned();
            first_with.entry(&analysis.sentence.text).or_insert_with(|| sentence_id.clone());
            let kept = analysis.claims.iter().filter(|c| c.score >= filter.min_score);
            let claims: Vec<ClaimRecord> =
                kept.map(|claim| fields.claim(claim, index)).collect::<Result<_, _>>()?;
            if filter.claims_only && claims.is_empty() {
                continue;
            }
            let field = fields.of(analysis);
            let place = analysis.sentence.span;
            let span = fields.place(analysis);
            sentences.push(SentenceRecord {
                schema: SCHEMA.into(),
                doc_id: doc_id.into(),
                entities: entities(analysis, place, field, &codebook.actors, &sentence_id)?,
                sentence_id,
                field: analysis.sentence.field,
                section: analysis.sentence.section,
                text: analysis.sentence.text.clone(),
                start: span.start,
                end: span.end,
                duplicate_of,
                truncated: analysis.truncated,
                claims,
                review: None,
                provenance: provenance.into(),
            });
        }
        let dropped = extraction.boilerplate.iter();
        let dropped = dropped.map(|span| fields.text.offsets.code_points(*span).len());
        let scores = ScoresRecord::new(extraction, |a| fields.place(a), doc_id, &codebook.topics, provenance);
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
            truncated: extraction.sentences.iter().filter(|analysis| analysis.truncated).count(),
            boilerplate: dropped.sum(),
            input_sha256: document.sha256.clone(),
            text_sha256: sha256(document.text.as_bytes()),
            records_sha256: sha256(sentence_lines(&sentences)?.as_bytes()),
            scores_sha256: sha256(line(&scores)?.as_bytes()),
            provenance: provenance.into(),
        };
        Ok(Self { document, sentences, scores })
    }

    /// The records as the program writes them, each on its own line.
    ///
    /// # Errors
    /// [`RecordError::Json`]; not expected, since all fields can be represented in JSON.
    pub fn to_lines(&self) -> Result<RecordLines, RecordError> {
        Ok(RecordLines {
            document: line(&self.document)?,
            sentences: sentence_lines(&self.sentences)?,
            scores: line(&self.scores)?,
        })
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

/// The fields of a document, for the places in them.
struct Fields<'t> {
    extraction: &'t Extraction,
    doc_id: &'t str,
    title: FieldText<'t>,
    text: FieldText<'t>,
}

impl<'t> Fields<'t> {
    fn new(extraction: &'t Extraction, doc_id: &'t str) -> Self {
        let [title, text] = [Field::Title, Field::Text].map(|field| FieldText::new(extraction.field(field)));
        Self { extraction, doc_id, title, text }
    }

    fn sentence_id(&self, index: usize) -> String {
        format!("{}#{}", self.doc_id, index + 1)
    }

    /// The field that a sentence is in.
    fn of(&self, analysis: &Analysis) -> &FieldText<'t> {
        match analysis.sentence.field {
            Field::Title => &self.title,
            Field::Text => &self.text,
        }
    }

    /// The place of a sentence in its field.
    fn place(&self, analysis: &Analysis) -> Span<CodePoints> {
        self.of(analysis).offsets.code_points(analysis.sentence.span)
    }

    /// A part of a sentence's normalized text, as it is in the field, and its place there.
    fn part(
        &self,
        sentence: usize,
        part: Span<NormalizedBytes>,
    ) -> Result<(&'t str, Span<CodePoints>), RecordError> {
        let outside = || RecordError::Place {
            sentence_id: self.sentence_id(sentence),
            start: part.start,
            end: part.end,
        };
        let analysis = self.extraction.sentences.get(sentence).ok_or_else(outside)?;
        let (field, place) = (self.of(analysis), analysis.sentence.span);
        let raw = field.text.get(place.range()).ok_or_else(outside)?;
        let span = Normalized::new(raw).to_raw(part).in_field(place);
        let text = field.text.get(span.range()).ok_or_else(outside)?;
        Ok((text, field.offsets.code_points(span)))
    }

    fn mention(&self, name: NamePlace, own: usize) -> Result<MentionRecord, RecordError> {
        let (text, span) = self.part(name.sentence, name.span)?;
        let sentence = (name.sentence != own).then(|| self.sentence_id(name.sentence));
        Ok(MentionRecord { text: text.to_owned(), start: span.start, end: span.end, sentence })
    }

    /// The record of a claim of the sentence with this index.
    fn claim(&self, claim: &Claim, index: usize) -> Result<ClaimRecord, RecordError> {
        let mention = |name: Option<NamePlace>| name.map(|name| self.mention(name, index)).transpose();
        let evidence = |span: Span<NormalizedBytes>| {
            let (_, Span { start, end, .. }) = self.part(index, span)?;
            Ok::<_, RecordError>(SpanRecord { start, end })
        };
        Ok(ClaimRecord {
            topic: claim.topic.clone(),
            stance: claim.stance.clone(),
            holder: claim.holder.clone(),
            holder_mention: mention(claim.holder_name)?,
            source: claim.source.clone(),
            source_mention: mention(claim.source_name)?,
            evidence: claim.evidence.map(evidence).transpose()?,
            score: claim.score,
            holder_score: claim.holder_score,
            hypothesis: claim.hypothesis.clone(),
            probabilities: claim.probabilities,
            status: claim.status,
            context: claim.context,
        })
    }
}

/// The entities of the sentence at `place` in its field.
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

/// The actor whose name is the whole mention, or the surname of a person.
fn actor(text: &str, label: Label, actors: &Actors) -> Option<String> {
    let is_name = |m: &&ActorMention| m.span.end == text.len() && (m.span.start == 0 || label == Label::Per);
    actors.find(text).iter().find(is_name).map(|m| m.actor.to_string())
}

/// Counts the claims with this status.
fn claims(sentences: &[SentenceRecord], status: Status) -> usize {
    sentences.iter().flat_map(|sentence| &sentence.claims).filter(|claim| claim.status == status).count()
}

fn line(record: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string(record)? + "\n")
}

fn sentence_lines(sentences: &[SentenceRecord]) -> Result<String, serde_json::Error> {
    sentences.iter().map(line).collect()
}
