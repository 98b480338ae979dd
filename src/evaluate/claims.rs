//! Keys for comparing and grouping claims.

use crate::record::LabelledClaim;

/// The part of a claim that is compared, or that claims are grouped by.
pub type ClaimKey = fn(&LabelledClaim) -> String;

/// Topic.
pub fn topic(claim: &LabelledClaim) -> String {
    claim.topic.clone()
}

/// Topic and stance.
pub fn stance(claim: &LabelledClaim) -> String {
    format!("{}/{}", claim.topic, claim.stance)
}

/// Topic, stance and holder.
pub fn held(claim: &LabelledClaim) -> String {
    format!("{}/{}/{}", claim.topic, claim.stance, claim.holder)
}

/// Topic, stance, holder and source.
pub fn reported(claim: &LabelledClaim) -> String {
    format!("{}<{}", held(claim), claim.source.as_deref().unwrap_or(""))
}
