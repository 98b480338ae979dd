//! Names and short texts in reports.

use std::collections::BTreeSet;

use super::agreement::{Confusion, NONE};
use super::bootstrap::Interval;
use super::evaluation::Inputs;
use super::flips::Share;
use super::measures::{Cut, Level};
use super::mistakes::MistakeKind;
use crate::record::LabelledClaim;

/// Names of measures.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Sentences => "sentences, exact spans",
        Level::Boilerplate => "boilerplate lines",
        Level::EntitiesStrict => "entities, strict: span and type",
        Level::EntitiesExact => "entities, exact: span",
        Level::EntitiesPartial => "entities, partial: overlap counts a half",
        Level::EntitiesType => "entities, type: overlap and type",
        Level::ClaimsTopic => "claims: topic",
        Level::ClaimsStance => "claims: topic, stance",
        Level::ClaimsHolder => "claims: topic, stance, holder",
        Level::ClaimsSource => "claims: source, where the gold has one",
        Level::HolderMention => "names of holders, of claims with the right holder",
        Level::Evidence => "words of the evidence, of claims with the right stance",
    }
}

/// Names of kinds of groups.
pub fn cut(cut: Cut) -> &'static str {
    match cut {
        Cut::All => "all",
        Cut::Label => "type",
        Cut::Topic => "topic",
        Cut::Stance => "stance",
        Cut::Holder => "holder",
        Cut::Claim => "claim",
    }
}

/// Names of kinds of mistakes.
pub fn kind(kind: MistakeKind) -> &'static str {
    match kind {
        MistakeKind::WrongStance => "wrong stance",
        MistakeKind::WrongHolder => "wrong holder",
        MistakeKind::Spurious => "spurious",
        MistakeKind::Missed => "missed",
        MistakeKind::WrongSource => "wrong source",
    }
}

/// The rows and columns of a confusion matrix, "none" last.
pub fn stances(confusion: &Confusion) -> Vec<&str> {
    let all = confusion.iter().flat_map(|(gold, row)| row.keys().chain([gold]));
    let named: BTreeSet<&str> = all.map(String::as_str).filter(|s| *s != NONE).collect();
    named.into_iter().chain([NONE]).collect()
}

/// Claims in one line.
pub fn set(claims: &BTreeSet<String>) -> String {
    if claims.is_empty() {
        NONE.to_owned()
    } else {
        claims.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// A kappa, or a dash if there is none.
pub fn kappa(kappa: Option<f64>) -> String {
    kappa.map_or("–".into(), |k| format!("{k:.4}"))
}

/// Both ends of an interval, or nothing.
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or(String::new(), |i| format!("{:.3} – {:.3}", i.low, i.high))
}

/// Flipped claims in one line.
pub fn flipped(share: &Share) -> String {
    let Share { flipped, claims, share } = share;
    format!("{flipped} of {claims} gold claims ({share:.4})")
}

/// A claim in one line.
pub fn claim(claim: &LabelledClaim) -> String {
    let source = claim.source.as_ref().map_or(String::new(), |s| format!(" by {s}"));
    format!("{}/{}/{}{source}", claim.topic, claim.stance, claim.holder)
}

/// Articles that could not be compared, one line per reason.
pub fn left_out(inputs: &Inputs) -> Vec<String> {
    let reasons = [
        ("without a prediction, all missed", &inputs.missing),
        ("predicted of another text, all missed; extract the text that was labelled", &inputs.other_text),
        ("without one in the baseline", &inputs.baseline_missing),
    ];
    reasons
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(why, ids)| format!("{why}: {}", ids.join(", ")))
        .collect()
}
