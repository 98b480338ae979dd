//! A person's word on a sentence.

use serde::{Deserialize, Serialize};

use super::schema::EntityRecord;
use crate::entities::Label;
use crate::stance::Claim;

/// What a person made of a sentence: all that it should carry. What the model said stays beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: String,
    /// When, as the tool wrote it (RFC 3339 from this program's own page).
    #[serde(default)]
    pub at: Option<String>,
    /// In which tool: `review` is this program's own page.
    pub from: String,
    /// Whether the sentence is none of the article's own text; it then carries nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub boilerplate: bool,
    /// All entities.
    pub entities: Vec<LabelledEntity>,
    /// All claims.
    pub claims: Vec<LabelledClaim>,
    /// The reviewer's remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// An entity as a person labels it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelledEntity {
    /// As it stands in the document.
    #[serde(default)]
    pub text: String,
    /// Its type.
    pub label: Label,
    /// First code point in the sentence's field.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
}

/// A claim as a person labels it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelledClaim {
    /// The topic's id.
    pub topic: String,
    /// The stance's id.
    pub stance: String,
    /// Whose stance it is.
    pub holder: String,
    /// Who reports it, if that is not the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it takes the sentences before to read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

/// A decision on its way into the records: a line of a corrections file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "CorrectionLine")]
pub struct Correction {
    /// The sentence's id.
    pub sentence_id: String,
    /// The sentence's text: what was decided counts for no other.
    pub text: String,
    /// What was decided.
    #[serde(flatten)]
    pub review: Review,
}

/// A [`Correction`] as it is read: serde refuses unknown fields, misspelt ones among them, only where nothing is flattened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectionLine {
    sentence_id: String,
    text: String,
    by: String,
    #[serde(default)]
    at: Option<String>,
    from: String,
    #[serde(default)]
    boilerplate: bool,
    entities: Vec<LabelledEntity>,
    claims: Vec<LabelledClaim>,
    #[serde(default)]
    note: Option<String>,
}

impl From<CorrectionLine> for Correction {
    fn from(line: CorrectionLine) -> Self {
        let CorrectionLine { sentence_id, text, by, at, from, boilerplate, entities, claims, note } = line;
        Self { sentence_id, text, review: Review { by, at, from, boilerplate, entities, claims, note } }
    }
}

impl LabelledClaim {
    /// Whether two claims say the same, however far one has to read for it.
    pub(crate) fn says(&self, other: &Self) -> bool {
        (&self.topic, &self.stance, &self.holder, &self.source)
            == (&other.topic, &other.stance, &other.holder, &other.source)
    }
}

impl From<&EntityRecord> for LabelledEntity {
    fn from(entity: &EntityRecord) -> Self {
        Self { text: entity.text.clone(), label: entity.label, start: entity.start, end: entity.end }
    }
}

impl From<&Claim> for LabelledClaim {
    fn from(claim: &Claim) -> Self {
        Self {
            topic: claim.topic.clone(),
            stance: claim.stance.clone(),
            holder: claim.holder.clone(),
            source: claim.source.clone(),
            context: claim.context,
        }
    }
}
