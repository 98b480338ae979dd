//! The flat table: one row a claim.

use crate::record::{Dataset, DocumentRecord, LabelledClaim, Review, SentenceRecord};
use crate::stance::{Claim, Status};
use crate::text::Section;

/// A claim of the model's, of a reviewer's, or of both.
pub struct Row<'d> {
    document: &'d DocumentRecord,
    sentence: &'d SentenceRecord,
    claim: LabelledClaim,
    /// What the model said, if it is the model's.
    model: Option<&'d Claim>,
    reviewed: Option<&'static str>,
}

/// How a column is told from a row.
pub enum Column {
    Text(for<'r> fn(&'r Row<'_>) -> Option<&'r str>),
    Number(fn(&Row<'_>) -> Option<f64>),
    Flag(fn(&Row<'_>) -> Option<bool>),
}

/// All columns, by name.
pub const COLUMNS: [(&str, Column); 23] = [
    ("doc_id", Column::Text(|r| Some(&r.sentence.doc_id))),
    ("sentence_id", Column::Text(|r| Some(&r.sentence.sentence_id))),
    ("outlet", Column::Text(|r| r.document.outlet.as_deref())),
    ("published", Column::Text(|r| r.document.published.as_deref())),
    ("title", Column::Text(|r| r.document.title.as_deref())),
    ("url", Column::Text(|r| r.document.url.as_deref())),
    ("section", Column::Text(|r| Some(section(r.sentence.section)))),
    ("text", Column::Text(|r| Some(&r.sentence.text))),
    ("topic", Column::Text(|r| Some(&r.claim.topic))),
    ("stance", Column::Text(|r| Some(&r.claim.stance))),
    ("holder", Column::Text(|r| Some(&r.claim.holder))),
    ("source", Column::Text(|r| r.claim.source.as_deref())),
    ("score", Column::Number(|r| Some(r.model?.score))),
    ("holder_score", Column::Number(|r| Some(r.model?.holder_score))),
    ("entailment", Column::Number(|r| Some(r.model?.probabilities.entailment))),
    ("neutral", Column::Number(|r| Some(r.model?.probabilities.neutral))),
    ("contradiction", Column::Number(|r| Some(r.model?.probabilities.contradiction))),
    ("status", Column::Text(|r| Some(status(r.model?.status)))),
    ("context", Column::Flag(|r| Some(r.claim.context))),
    ("reviewed", Column::Text(|r| r.reviewed)),
    ("reviewer", Column::Text(|r| Some(&review(r)?.by))),
    ("reviewed_at", Column::Text(|r| review(r)?.at.as_deref())),
    ("provenance", Column::Text(|r| Some(&r.sentence.provenance))),
];

/// The rows of a dataset: of each sentence the model's claims, then those that the reviewer added.
pub fn rows(dataset: &Dataset) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for (document, sentences) in dataset.articles() {
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
                rows.push(Row { document, sentence, claim, model: Some(model), reviewed });
            }
            let added = decided.unwrap_or_default().iter().filter(|d| !kept.iter().any(|k| d.says(k)));
            rows.extend(added.map(|claim| Row {
                document,
                sentence,
                claim: claim.clone(),
                model: None,
                reviewed: Some("added"),
            }));
        }
    }
    rows
}

fn review<'r>(row: &'r Row<'_>) -> Option<&'r Review> {
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
