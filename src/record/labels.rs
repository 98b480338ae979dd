//! What a person says of a sentence: its review, and labels as people write them.

use serde::{Deserialize, Serialize};

use crate::entities::Label;
use crate::stance::Claim;

/// A person's labels of a sentence, all of them. The model's stay in the record beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Who.
    pub by: String,
    /// When, as the tool wrote it (RFC 3339 from this program's own page).
    #[serde(default)]
    pub at: Option<String>,
    /// In which tool: `review` is this program's own page.
    pub from: String,
    /// Whether the sentence is boilerplate, not the article's own text. It then has no labels.
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
    /// Whether it can be read only with the sentences before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

#[cfg(any(feature = "evaluate", feature = "exchange"))]
impl LabelledClaim {
    /// Whether two claims are the same, `context` aside.
    pub(crate) fn says(&self, other: &Self) -> bool {
        (&self.topic, &self.stance, &self.holder, &self.source)
            == (&other.topic, &other.stance, &other.holder, &other.source)
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
