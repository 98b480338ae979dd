//! Predictions beside the gold, by offsets.

use std::collections::{BTreeMap, HashMap};

use super::entities::Span;
use super::labels::{Article, Coverage, Passage, Stated};
use crate::text::Field;

/// An article with both labellings.
pub struct Case<'l> {
    /// The gold article's id.
    pub id: &'l str,
    /// Whether there is a prediction.
    pub found: Found,
    /// Its sentences, if both sides tell of all of the text.
    pub segmentation: Option<Segmentation<'l>>,
    /// Pieces of text with the claims of both sides.
    pub units: Vec<Unit<'l>>,
    /// How many of the units are passages of the gold; the others stand beside it.
    pub passages: usize,
    /// Entities of both sides by field, in the order of their spans: predicted, gold. None if the prediction was thinned out.
    pub entities: BTreeMap<Field, (Vec<Span>, Vec<Span>)>,
}

/// Whether there is a prediction of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is.
    Yes,
    /// There is none.
    No,
    /// There is one of another text under its id.
    OtherText,
}

/// Article text of both sides, and which lines were taken for it.
pub struct Segmentation<'l> {
    /// Predicted sentences.
    pub predicted: Vec<&'l Passage>,
    /// Gold lines.
    pub gold: Vec<Line<'l>>,
}

/// A gold line.
pub struct Line<'l> {
    /// The line.
    pub passage: &'l Passage,
    /// Whether the prediction leaves it out, as boilerplate; of an article without a prediction nobody says so.
    pub dropped: bool,
}

/// A piece of text with the claims of both sides.
pub struct Unit<'l> {
    /// The field.
    pub field: Field,
    /// First code point of it.
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
    let pair = |article: &'l Article| {
        let hash = article.text_sha256.as_deref();
        if let Some(same) = hash.and_then(|hash| by_hash.get(hash)) {
            return case(article, Some(same), Found::Yes);
        }
        match by_id.get(article.id.as_str()) {
            Some(other) if hash.is_some() && other.text_sha256.is_some() => {
                case(article, None, Found::OtherText)
            }
            Some(named) => case(article, Some(named), Found::Yes),
            None => case(article, None, Found::No),
        }
    };
    gold.iter().map(pair).collect()
}

fn case<'l>(gold: &'l Article, predicted: Option<&'l Article>, found: Found) -> Case<'l> {
    let coverage = predicted.map_or(Coverage::Whole, |a| a.coverage);
    let sentences: Vec<&Passage> =
        predicted.iter().flat_map(|a| &a.passages).filter(|p| !p.boilerplate).collect();
    // What neither side has labelled is not compared.
    let labelled = |g: &&Passage| {
        coverage != Coverage::Passages
            || predicted.iter().flat_map(|a| &a.passages).any(|p| overlap(p, g) > 0)
    };
    let lines: Vec<&Passage> = gold.passages.iter().filter(labelled).collect();
    let mut units: Vec<Unit<'l>> = lines.iter().map(|p| unit(p, &p.claims)).collect();
    let mut inside = Vec::new();
    for passage in sentences.iter().copied() {
        let best = lines
            .iter()
            .enumerate()
            .map(|(at, g)| (overlap(passage, g), at))
            .filter(|(shared, _)| *shared > 0)
            // Of equals the first.
            .max_by_key(|(shared, at)| (*shared, std::cmp::Reverse(*at)));
        match best {
            Some((_, at)) => units[at].predicted.extend(&passage.claims),
            None if gold.coverage == Coverage::Passages => continue,
            None => units.push(Unit { predicted: passage.claims.iter().collect(), ..unit(passage, &[]) }),
        }
        inside.push(passage);
    }
    let mut entities: BTreeMap<Field, (Vec<Span>, Vec<Span>)> = BTreeMap::new();
    if coverage != Coverage::Thinned {
        inside.iter().for_each(|p| entities.entry(p.field).or_default().0.extend(spans(p)));
        lines.iter().for_each(|p| entities.entry(p.field).or_default().1.extend(spans(p)));
    }
    for spans in entities.values_mut().flat_map(|(predicted, gold)| [predicted, gold]) {
        spans.sort();
        spans.dedup();
    }
    let whole = gold.coverage == Coverage::Whole && coverage == Coverage::Whole;
    let covered = |g: &Passage| sentences.iter().map(|p| overlap(p, g)).sum::<usize>();
    let line = |g: &&'l Passage| Line {
        passage: g,
        dropped: predicted.is_some() && 2 * covered(g) < g.end - g.start,
    };
    let segmentation =
        whole.then(|| Segmentation { gold: lines.iter().map(line).collect(), predicted: sentences.clone() });
    Case { id: &gold.id, found, segmentation, passages: lines.len(), units, entities }
}

fn unit<'l>(passage: &'l Passage, gold: &'l [Stated]) -> Unit<'l> {
    Unit {
        field: passage.field,
        start: passage.start,
        text: &passage.text,
        gold: gold.iter().collect(),
        predicted: Vec::new(),
    }
}

fn overlap(a: &Passage, b: &Passage) -> usize {
    if a.field == b.field { a.end.min(b.end).saturating_sub(a.start.max(b.start)) } else { 0 }
}

fn spans(passage: &Passage) -> impl Iterator<Item = Span> {
    passage.entities.iter().map(|e| Span { start: e.start, end: e.end, label: e.label })
}
