//! What went wrong, the worst first.

use serde::Serialize;

use super::align::{Case, Unit};
use super::claims::{held, stance};
use super::labels::Stated;
use crate::record::LabelledClaim;
use crate::stance::Probabilities;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MistakeKind {
    /// Another stance of the topic is labelled, and this one is not.
    WrongStance,
    /// The stance is labelled, for another holder.
    WrongHolder,
    /// Nothing is labelled on the topic.
    Spurious,
    /// A labelled claim is not given, nor any wrong one that could stand for it.
    Missed,
    /// All is right but who reports it.
    WrongSource,
}

/// A claim that is wrong or missing.
#[derive(Debug, Clone, Serialize)]
pub struct Mistake {
    /// The article.
    pub doc: String,
    /// First code point of the sentence.
    pub start: usize,
    /// The sentence.
    pub text: String,
    /// What kind it is.
    pub kind: MistakeKind,
    /// How sure the model was of what is wrong, from 0 to 1: the score of a wrong claim, what a
    /// missed one lacks to 1, or a half where nothing is known of it.
    pub weight: f64,
    /// What is labelled on the topic.
    pub gold: Vec<LabelledClaim>,
    /// What was given, or was kept for the reviewer.
    pub predicted: Option<LabelledClaim>,
    /// What the model was asked.
    pub hypothesis: Option<String>,
    /// What it answered.
    pub probabilities: Option<Probabilities>,
}

/// All mistakes, those first of which the model was surest.
pub fn of(cases: &[Case<'_>]) -> Vec<Mistake> {
    let mut all: Vec<Mistake> =
        cases.iter().flat_map(|case| case.units.iter().flat_map(|unit| in_unit(case.id, unit))).collect();
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    all
}

fn in_unit(doc: &str, unit: &Unit<'_>) -> Vec<Mistake> {
    let gold: Vec<&LabelledClaim> = unit.gold.iter().map(|s| &s.claim).collect();
    let mistake = |kind, weight, topic: &str, predicted: Option<&Stated>| Mistake {
        doc: doc.to_owned(),
        start: unit.start,
        text: unit.text.to_owned(),
        kind,
        weight,
        gold: gold.iter().filter(|g| g.topic == topic).map(|g| (*g).clone()).collect(),
        predicted: predicted.map(|s| s.claim.clone()),
        hypothesis: predicted.and_then(|s| Some(s.inference.as_ref()?.hypothesis.clone())),
        probabilities: predicted.and_then(|s| Some(s.inference.as_ref()?.probabilities)),
    };
    let sure = |stated: &Stated| stated.inference.as_ref().map_or(1.0, |i| i.score);
    let mut out = Vec::new();
    let mut missed: Vec<&LabelledClaim> =
        gold.iter().filter(|g| !unit.counted().any(|s| held(&s.claim) == held(g))).copied().collect();
    for given in unit.counted() {
        let claim = &given.claim;
        let same = gold.iter().find(|g| held(g) == held(claim));
        let kind = match same {
            Some(g) if g.source == claim.source => continue,
            Some(_) => MistakeKind::WrongSource,
            None if gold.iter().any(|g| stance(g) == stance(claim)) => MistakeKind::WrongHolder,
            None if gold.iter().any(|g| g.topic == claim.topic) => MistakeKind::WrongStance,
            None => MistakeKind::Spurious,
        };
        if same.is_none() {
            // It stands for one that is missed, of the same stance rather than of the topic alone.
            let near = missed.iter().position(|m| stance(m) == stance(claim));
            let near = near.or_else(|| missed.iter().position(|m| m.topic == claim.topic));
            near.map(|at| missed.remove(at));
        }
        // A wrong source is the least of mistakes.
        let weight = if kind == MistakeKind::WrongSource { sure(given) / 2.0 } else { sure(given) };
        out.push(mistake(kind, weight, &claim.topic, Some(given)));
    }
    for claim in missed {
        let kept = unit.predicted.iter().copied().find(|s| held(&s.claim) == held(claim));
        out.push(mistake(MistakeKind::Missed, kept.map_or(0.5, |s| 1.0 - sure(s)), &claim.topic, kept));
    }
    out
}
