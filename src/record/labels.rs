//! A reviewer's labels of a sentence.

use serde::{Deserialize, Serialize};

use super::claim::ClaimRecord;
use crate::entities::Label;

/// All labels that a reviewer gave a sentence. The model's labels stay next to them in the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The reviewer.
    pub by: String,
    /// The time, as the tool wrote it (RFC 3339 from this program's own page).
    #[serde(default)]
    pub at: Option<String>,
    /// The tool: `review` is this program's own page.
    pub from: String,
    /// Whether the sentence is boilerplate, not part of the article. It then has no other labels.
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
    /// Its text in the document.
    #[serde(default)]
    pub text: String,
    /// Its type.
    pub label: Label,
    /// First code point in the sentence's field.
    pub start: usize,
    /// Code point after the last one.
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
    /// Whether it can be understood only with the sentences before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

#[cfg(feature = "review")]
impl LabelledClaim {
    /// Whether two claims are equal, ignoring `context`.
    pub(crate) fn says(&self, other: &Self) -> bool {
        (&self.topic, &self.stance, &self.holder, &self.source)
            == (&other.topic, &other.stance, &other.holder, &other.source)
    }
}

impl From<&ClaimRecord> for LabelledClaim {
    fn from(claim: &ClaimRecord) -> Self {
        Self {
            topic: claim.topic.clone(),
            stance: claim.stance.clone(),
            holder: claim.holder.clone(),
            source: claim.source.clone(),
            context: claim.context,
        }
    }
}
