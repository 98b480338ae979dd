//! How a report calls things.

use std::collections::BTreeSet;

use super::{Confusion, Cut, Kind, Level, NONE};

/// What is compared.
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
        Level::ClaimsSource => "claims: source, where all else is right",
    }
}

/// What groups are one of.
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

/// What went wrong.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::WrongStance => "wrong stance",
        Kind::WrongHolder => "wrong holder",
        Kind::Spurious => "spurious",
        Kind::Missed => "missed",
        Kind::WrongSource => "wrong source",
    }
}

/// The rows and columns of a confusion matrix, "none" last.
pub fn stances(confusion: &Confusion) -> Vec<&str> {
    let all = confusion.iter().flat_map(|(gold, row)| row.keys().chain([gold]));
    let named: BTreeSet<&str> = all.map(String::as_str).filter(|s| *s != NONE).collect();
    named.into_iter().chain([NONE]).collect()
}
