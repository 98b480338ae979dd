//! What makes two claims the same.

use crate::record::LabelledClaim;

/// What two claims have alike that are the same, or that stand in one group.
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
pub fn told(claim: &LabelledClaim) -> String {
    format!("{}<{}", held(claim), claim.source.as_deref().unwrap_or(""))
}
