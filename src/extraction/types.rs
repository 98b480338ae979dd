//! What was found out about a document.

use serde::Serialize;

use crate::document::Document;
use crate::entities::Tagged;
use crate::stance::{Claim, Context, Judgement};
use crate::text::{Field, FieldBytes, Sentence, Span};

/// A document with all that was found out about its sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extraction {
    /// The document.
    pub document: Document,
    /// What of its text is no article text.
    pub boilerplate: Vec<Span<FieldBytes>>,
    /// Its sentences in order.
    pub sentences: Vec<Analysis>,
    /// How many pairs of premise and hypothesis the stance model read.
    pub pairs: usize,
}

/// A sentence and all that was found out about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// Where it stands, and its text.
    pub sentence: Sentence,
    /// What the entity model finds in it.
    pub tagged: Tagged,
    /// What the stance model was told of it.
    pub context: Context,
    /// What the stance model says of it.
    pub judgements: Vec<Judgement>,
    /// The claims that come of that.
    pub claims: Vec<Claim>,
}

impl Extraction {
    /// The text that a sentence's span counts in.
    pub fn field(&self, field: Field) -> &str {
        field.of(&self.document)
    }
}
