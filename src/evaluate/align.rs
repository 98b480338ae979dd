//! Predictions beside the gold, by offsets.

use std::collections::{BTreeMap, HashMap};

use super::entities::Span;
use super::labels::{Article, Passage, Stated};
use crate::text::Field;

/// An article with both labellings.
pub struct Case<'l> {
    /// The gold article's id.
    pub id: &'l str,
    /// Whether the prediction has nothing on it.
    pub missing: bool,
    /// Its sentences, if both sides hold all of the text.
    pub segmentation: Option<Segmentation<'l>>,
    /// Pieces of text with the claims of both sides.
    pub units: Vec<Unit<'l>>,
    /// Entities of both sides by field, in the order of their spans: predicted, gold.
    pub entities: BTreeMap<&'static str, (Vec<Span>, Vec<Span>)>,
}

/// Article text of both sides, and which lines were taken for it.
pub struct Segmentation<'l> {
    /// Predicted sentences.
    pub predicted: Vec<&'l Passage>,
    /// Gold lines, each with whether the prediction leaves it out; nobody says so of an article that is missing.
    pub gold: Vec<(&'l Passage, Option<bool>)>,
}

/// A piece of text with the claims of both sides.
pub struct Unit<'l> {
    /// First code point of the field.
    pub start: usize,
    /// The text.
    pub text: &'l str,
    /// The gold's claims.
    pub gold: Vec<&'l Stated>,
    /// The predicted ones, with those that do not count.
    pub predicted: Vec<&'l Stated>,
}

/// Pairs articles by the hash of their text where both tell it, else by id. Predictions for other articles are left aside.
pub fn cases<'l>(gold: &'l [Article], predicted: &'l [Article]) -> Vec<Case<'l>> {
    let by_id: HashMap<&str, &Article> = predicted.iter().map(|a| (a.id.as_str(), a)).collect();
    let by_hash: HashMap<&str, &Article> =
        predicted.iter().filter_map(|a| Some((a.text_sha256.as_deref()?, a))).collect();
    let found = |article: &Article| {
        let hashed = article.text_sha256.as_deref().and_then(|hash| by_hash.get(hash));
        hashed.or_else(|| by_id.get(article.id.as_str())).copied()
    };
    gold.iter().map(|article| case(article, found(article))).collect()
}

fn case<'l>(gold: &'l Article, predicted: Option<&'l Article>) -> Case<'l> {
    let found: Vec<&Passage> =
        predicted.iter().flat_map(|a| &a.passages).filter(|p| !p.boilerplate).collect();
    let mut units: Vec<Unit<'l>> = gold.passages.iter().map(|p| unit(p, &p.claims)).collect();
    let mut inside = Vec::new();
    for passage in found.iter().copied() {
        let best = gold
            .passages
            .iter()
            .enumerate()
            .map(|(at, g)| (overlap(passage, g), at))
            .filter(|(shared, _)| *shared > 0)
            // Of equals the first.
            .max_by_key(|(shared, at)| (*shared, std::cmp::Reverse(*at)));
        match best {
            Some((_, at)) => units[at].predicted.extend(&passage.claims),
            // What is labelled in part says nothing of the rest.
            None if !gold.complete => continue,
            None => units.push(Unit { predicted: passage.claims.iter().collect(), ..unit(passage, &[]) }),
        }
        inside.push(passage);
    }
    let whole = gold.complete && predicted.is_none_or(|p| p.complete);
    let segmentation = whole.then(|| Segmentation {
        gold: gold
            .passages
            .iter()
            .map(|g| {
                (
                    g,
                    predicted
                        .map(|_| 2 * found.iter().map(|p| overlap(p, g)).sum::<usize>() < g.end - g.start),
                )
            })
            .collect(),
        predicted: found,
    });
    let mut entities: BTreeMap<&'static str, (Vec<Span>, Vec<Span>)> = BTreeMap::new();
    for passage in inside {
        entities.entry(name(passage.field)).or_default().0.extend(spans(passage));
    }
    for passage in &gold.passages {
        entities.entry(name(passage.field)).or_default().1.extend(spans(passage));
    }
    for (predicted, gold) in entities.values_mut() {
        predicted.sort();
        predicted.dedup();
        gold.sort();
        gold.dedup();
    }
    Case { id: &gold.id, missing: predicted.is_none(), segmentation, units, entities }
}

fn unit<'l>(passage: &'l Passage, gold: &'l [Stated]) -> Unit<'l> {
    Unit { start: passage.start, text: &passage.text, gold: gold.iter().collect(), predicted: Vec::new() }
}

fn overlap(a: &Passage, b: &Passage) -> usize {
    if a.field == b.field { a.end.min(b.end).saturating_sub(a.start.max(b.start)) } else { 0 }
}

fn spans(passage: &Passage) -> impl Iterator<Item = Span> {
    passage.entities.iter().map(|e| Span { start: e.start, end: e.end, label: e.label })
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Text => "text",
    }
}
