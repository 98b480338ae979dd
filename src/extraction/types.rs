//! The result of all stages for a document.

use serde::Serialize;

use crate::document::Document;
use crate::entities::Tagged;
use crate::stance::{Claim, Context, Judgement, Screened};
use crate::text::{Field, FieldBytes, Sentence, Span};

/// A document with the results of all stages for its sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extraction {
    /// The document.
    pub document: Document,
    /// Bytes of its text that are boilerplate.
    pub boilerplate: Vec<Span<FieldBytes>>,
    /// Its sentences in order.
    pub sentences: Vec<Analysis>,
    /// Number of premise-hypothesis pairs that the stance model read.
    pub pairs: usize,
}

/// A sentence with the results of all stages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Its span and its text.
    pub sentence: Sentence,
    /// The entities that the entity model found, and its relevance to topics.
    pub tagged: Tagged,
    /// The input of the stance model.
    pub context: Context,
    /// The topics that the stance model screened, for a model that does.
    pub screened: Vec<Screened>,
    /// Whether the stance model read only its beginning, because it is too long.
    pub truncated: bool,
    /// The output of the stance model.
    pub judgements: Vec<Judgement>,
    /// The claims made from these judgements.
    pub claims: Vec<Claim>,
}

impl Extraction {
    /// The text that a sentence's span refers to.
    pub fn field(&self, field: Field) -> &str {
        field.of(&self.document)
    }
}
