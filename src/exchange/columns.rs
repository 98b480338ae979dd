//! The flat table: one row per claim.

use crate::record::{ClaimRecord, Dataset, DocumentRecord, LabelledClaim, Review, SentenceRecord};
use crate::stance::Status;
use crate::text::{Field, Offsets, Section, Span};

/// A claim of the model, of a reviewer, or of both.
pub struct TableRow<'d> {
    document: &'d DocumentRecord,
    sentence: &'d SentenceRecord,
    claim: LabelledClaim,
    /// The model's claim, if it is the model's.
    model: Option<&'d ClaimRecord>,
    /// The words that express the model's claim.
    evidence: Option<String>,
    reviewed: Option<&'static str>,
}

/// A column, and how its cell is computed from a row.
pub enum TableColumn {
    Text(for<'r> fn(&'r TableRow<'_>) -> Option<&'r str>),
    Number(fn(&TableRow<'_>) -> Option<f64>),
    Flag(fn(&TableRow<'_>) -> Option<bool>),
}

/// All columns, by name.
pub const COLUMNS: [(&str, TableColumn); 26] = [
    ("doc_id", TableColumn::Text(|r| Some(&r.sentence.doc_id))),
    ("sentence_id", TableColumn::Text(|r| Some(&r.sentence.sentence_id))),
    ("outlet", TableColumn::Text(|r| r.document.outlet.as_deref())),
    ("published", TableColumn::Text(|r| r.document.published.as_deref())),
    ("title", TableColumn::Text(|r| r.document.title.as_deref())),
    ("url", TableColumn::Text(|r| r.document.url.as_deref())),
    ("section", TableColumn::Text(|r| Some(section(r.sentence.section)))),
    ("text", TableColumn::Text(|r| Some(&r.sentence.text))),
    ("topic", TableColumn::Text(|r| Some(&r.claim.topic))),
    ("stance", TableColumn::Text(|r| Some(&r.claim.stance))),
    ("holder", TableColumn::Text(|r| Some(&r.claim.holder))),
    ("holder_mention", TableColumn::Text(|r| Some(&r.model?.holder_mention.as_ref()?.text))),
    ("source", TableColumn::Text(|r| r.claim.source.as_deref())),
    ("source_mention", TableColumn::Text(|r| Some(&r.model?.source_mention.as_ref()?.text))),
    ("evidence", TableColumn::Text(|r| r.evidence.as_deref())),
    ("score", TableColumn::Number(|r| Some(r.model?.score))),
    ("holder_score", TableColumn::Number(|r| Some(r.model?.holder_score))),
    ("entailment", TableColumn::Number(|r| Some(r.model?.probabilities.entailment))),
    ("neutral", TableColumn::Number(|r| Some(r.model?.probabilities.neutral))),
    ("contradiction", TableColumn::Number(|r| Some(r.model?.probabilities.contradiction))),
    ("status", TableColumn::Text(|r| Some(status(r.model?.status)))),
    ("context", TableColumn::Flag(|r| Some(r.claim.context))),
    ("reviewed", TableColumn::Text(|r| r.reviewed)),
    ("reviewer", TableColumn::Text(|r| Some(&review(r)?.by))),
    ("reviewed_at", TableColumn::Text(|r| review(r)?.at.as_deref())),
    ("provenance", TableColumn::Text(|r| Some(&r.sentence.provenance))),
];

/// The rows of a dataset: for each sentence the model's claims, then those that the reviewer added.
pub fn rows(dataset: &Dataset) -> Vec<TableRow<'_>> {
    let mut rows = Vec::new();
    for (document, sentences) in dataset.articles() {
        let fields = [Field::Title, Field::Text].map(|field| (field, Offsets::new(document.field(field))));
        for sentence in sentences {
            let decided = sentence.review.as_ref().map(|review| review.claims.as_slice());
            let mut kept = Vec::new();
            for model in &sentence.claims {
                let claim = LabelledClaim::from(model);
                let reviewed = decided.map(|decided| match decided.iter().any(|d| d.says(&claim)) {
                    true => "accepted",
                    false => "rejected",
                });
                kept.push(claim.clone());
                let evidence = model.evidence.and_then(|span| {
                    let (_, offsets) = fields.iter().find(|(field, _)| *field == sentence.field)?;
                    let words = offsets.slice(Span::new(span.start..span.end))?.split_whitespace();
                    Some(words.collect::<Vec<_>>().join(" "))
                });
                rows.push(TableRow { document, sentence, claim, model: Some(model), evidence, reviewed });
            }
            let added = decided.unwrap_or_default().iter().filter(|d| !kept.iter().any(|k| d.says(k)));
            rows.extend(added.map(|claim| TableRow {
                document,
                sentence,
                claim: claim.clone(),
                model: None,
                evidence: None,
                reviewed: Some("added"),
            }));
        }
    }
    rows
}

fn review<'r>(row: &'r TableRow<'_>) -> Option<&'r Review> {
    row.sentence.review.as_ref()
}

fn section(section: Section) -> &'static str {
    match section {
        Section::Headline => "headline",
        Section::Lead => "lead",
        Section::Body => "body",
        Section::Subhead => "subhead",
        Section::Embed => "embed",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Auto => "auto",
        Status::Uncertain => "uncertain",
    }
}
