//! A sentence as a task.

use super::error::ExchangeError;
use super::labels::{AnnotatedSpan, BOILERPLATE, Labels, label};
use crate::record::{Dataset, LabelledClaim, LabelledEntity, Review, SentenceRecord};
use crate::stance::Status;
use crate::text::{Field, Offsets, Span};

/// Start of the mark of a task that was exported with a review.
pub(super) const REVIEW: &str = "review";

/// A sentence as an annotator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotationTask {
    pub(super) doc_id: String,
    pub(super) sentence_id: String,
    /// The slice of the document, with its white space.
    pub(super) text: String,
    /// First code point of the slice in its field.
    pub(super) start: usize,
    /// The sentence's text in its record.
    pub(super) sentence: String,
    /// Provenance of the model's labels.
    pub(super) provenance: String,
    /// The model's entities and the claims that count.
    pub(super) model: Labels,
    /// The model's claims that do not count.
    pub(super) uncertain: Vec<String>,
    /// The labels of its review.
    pub(super) review: Option<Reviewed>,
    /// All claims on it, the person's first.
    pub(super) known: Vec<LabelledClaim>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reviewed {
    pub(super) by: String,
    pub(super) labels: Labels,
}

impl AnnotationTask {
    /// The tasks of a dataset, in its order.
    ///
    /// # Errors
    /// [`ExchangeError::SentenceOutside`], [`ExchangeError::EntityOutside`] or
    /// [`ExchangeError::LabelPart`].
    pub fn all(dataset: &Dataset) -> Result<Vec<Self>, ExchangeError> {
        let mut tasks = Vec::with_capacity(dataset.sentences.len());
        for (document, sentences) in dataset.articles() {
            let [title, text] = [Field::Title, Field::Text].map(|field| Offsets::new(document.field(field)));
            for sentence in sentences {
                let offsets = match sentence.field {
                    Field::Title => &title,
                    Field::Text => &text,
                };
                let Some(slice) = offsets.slice(Span::new(sentence.start..sentence.end)) else {
                    return Err(ExchangeError::SentenceOutside { sentence_id: sentence.sentence_id.clone() });
                };
                tasks.push(Self::new(document.doc_id.clone(), slice.to_owned(), sentence)?);
            }
        }
        Ok(tasks)
    }

    fn new(doc_id: String, text: String, sentence: &SentenceRecord) -> Result<Self, ExchangeError> {
        let start = sentence.start;
        let span = |entity: LabelledEntity, score| {
            let inside = entity.start >= start && entity.end <= sentence.end && entity.start < entity.end;
            let fault = || ExchangeError::EntityOutside { sentence_id: sentence.sentence_id.clone() };
            inside
                .then(|| AnnotatedSpan {
                    start: entity.start - start,
                    end: entity.end - start,
                    label: entity.label,
                    score,
                })
                .ok_or_else(fault)
        };
        let labelled = |status| {
            let of_status = sentence.claims.iter().filter(move |c| c.status == status);
            of_status.map(|c| label(&c.into())).collect::<Result<Vec<_>, _>>()
        };
        let model = Labels {
            entities: sentence
                .entities
                .iter()
                .map(|e| span(e.into(), Some(e.score)))
                .collect::<Result<_, _>>()?,
            claims: labelled(Status::Auto)?,
        };
        let reviewed = |review: &Review| {
            let mut claims = review.claims.iter().map(label).collect::<Result<Vec<_>, _>>()?;
            if review.boilerplate {
                claims.push(BOILERPLATE.into());
            }
            let entities = review.entities.iter().map(|e| span(e.clone(), None)).collect::<Result<_, _>>()?;
            Ok::<_, ExchangeError>(Reviewed { by: review.by.clone(), labels: Labels { entities, claims } })
        };
        let decided = sentence.review.iter().flat_map(|review| review.claims.iter().cloned());
        Ok(Self {
            doc_id,
            sentence_id: sentence.sentence_id.clone(),
            text,
            start,
            sentence: sentence.text.clone(),
            provenance: sentence.provenance.clone(),
            model,
            uncertain: labelled(Status::Uncertain)?,
            review: sentence.review.as_ref().map(reviewed).transpose()?,
            known: decided.chain(sentence.claims.iter().map(Into::into)).collect(),
        })
    }

    /// The labels that an annotator begins with.
    pub(super) fn labels(&self) -> &Labels {
        self.review.as_ref().map_or(&self.model, |review| &review.labels)
    }

    /// A mark that goes with a task through the tool and back: whether it was exported with a
    /// review, and a hash of its labels.
    pub(super) fn mark(&self) -> String {
        let kind = if self.review.is_some() { REVIEW } else { "model" };
        format!("{kind}:{}", self.labels().sha256())
    }
}
