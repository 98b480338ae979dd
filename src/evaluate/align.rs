//! Aligns predictions with the gold by offsets.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::claims::{ClaimKey, held};
use super::entities::EntitySpan;
use super::labels::{Coverage, LabelledArticle, Passage, Stated};
use crate::record::LabelledClaim;
use crate::text::Field;

/// An article with both labellings.
pub struct Case<'l> {
    /// The gold article's id.
    pub id: &'l str,
    /// Whether there is a prediction.
    pub prediction: Prediction,
    /// Its sentences, if both sides label the whole text.
    pub segmentation: Option<Segmentation<'l>>,
    /// Passages with the claims of both sides.
    pub units: Vec<Unit<'l>>,
    /// How many of the units are passages of the gold; the others exist only in the prediction.
    pub passages: usize,
    /// Entities of both sides by field, in the order of their spans: predicted, gold. `None` if the
    /// prediction leaves out sentences without claims.
    pub entities: BTreeMap<Field, (Vec<EntitySpan>, Vec<EntitySpan>)>,
}

/// Whether an article has a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// It has one.
    Given,
    /// It has none.
    Missing,
    /// The prediction with its id is for another text.
    OtherText,
}

/// The sentences of both sides, and the gold lines with their classification.
pub struct Segmentation<'l> {
    /// Predicted sentences.
    pub predicted: Vec<&'l Passage>,
    /// Gold lines.
    pub gold: Vec<GoldText<'l>>,
}

/// A gold line.
pub struct GoldText<'l> {
    /// The line.
    pub passage: &'l Passage,
    /// Whether the prediction leaves it out as boilerplate; `None` for an article without a
    /// prediction.
    pub dropped: bool,
}

/// A passage of text with the claims of both sides.
pub struct Unit<'l> {
    /// The field.
    pub field: Field,
    /// Its first code point.
    pub start: usize,
    /// The code point after its last one.
    pub end: usize,
    /// The text.
    pub text: &'l str,
    /// The gold's claims.
    pub gold: Vec<&'l Stated>,
    /// Claims that count neither way, unless the gold has them too.
    pub ambiguous: &'l [LabelledClaim],
    /// The predicted claims, including uncertain ones, without ambiguous ones.
    pub predicted: Vec<&'l Stated>,
}

impl<'l> Unit<'l> {
    /// A passage of the gold, without predicted claims yet.
    fn labelled(passage: &'l Passage) -> Self {
        let gold = passage.claims.iter().collect();
        Self { gold, ambiguous: &passage.ambiguous, ..Self::beside(passage) }
    }

    /// A predicted passage without a gold passage.
    fn beside(passage: &'l Passage) -> Self {
        Self {
            field: passage.field,
            start: passage.start,
            end: passage.end,
            text: &passage.text,
            gold: Vec::new(),
            ambiguous: &[],
            predicted: Vec::new(),
        }
    }

    fn predict(&mut self, claims: &'l [Stated]) {
        let decided: Vec<&Stated> = claims.iter().filter(|s| !self.leaves_open(held, &s.claim)).collect();
        self.predicted.extend(decided);
    }

    /// The numbers of the words that overlap these code points of the field. `None` if the field
    /// has other white space than the text, so that the words' places are unknown.
    pub fn words(&self, [start, end]: [usize; 2]) -> Option<HashSet<usize>> {
        if self.text.chars().count() != self.end - self.start {
            return None;
        }
        let (mut word, mut within, mut found) = (0, false, HashSet::new());
        for (at, c) in self.text.chars().enumerate() {
            if !c.is_whitespace() {
                word += usize::from(!within);
                if (start..end).contains(&(self.start + at)) {
                    found.insert(word);
                }
            }
            within = !c.is_whitespace();
        }
        Some(found)
    }

    /// Whether a claim counts neither way: an ambiguous claim has the same key, and no gold claim
    /// has it.
    fn leaves_open(&self, key: ClaimKey, claim: &LabelledClaim) -> bool {
        let same = |other: &LabelledClaim| key(other) == key(claim);
        self.ambiguous.iter().any(same) && !self.gold.iter().any(|s| same(&s.claim))
    }

    /// The predicted claims that count: those that are not uncertain.
    pub fn counted(&self) -> impl Iterator<Item = &'l Stated> {
        self.predicted.iter().copied().filter(|s| s.counts())
    }

    /// The predicted claims that count when compared by this key.
    pub fn decided(&self, key: ClaimKey) -> impl Iterator<Item = &'l LabelledClaim> {
        self.counted().map(|s| &s.claim).filter(move |claim| !self.leaves_open(key, claim))
    }
}

/// Pairs articles by the hash of their text if both have it, otherwise by id. Predictions for other
/// articles are ignored.
pub fn cases<'l>(gold: &'l [LabelledArticle], predicted: &'l [LabelledArticle]) -> Vec<Case<'l>> {
    let by_id: HashMap<&str, &LabelledArticle> = predicted.iter().map(|a| (a.id.as_str(), a)).collect();
    let by_hash: HashMap<&str, &LabelledArticle> =
        predicted.iter().filter_map(|a| Some((a.text_sha256.as_deref()?, a))).collect();
    let pair = |article: &'l LabelledArticle| {
        let hash = article.text_sha256.as_deref();
        if let Some(same) = hash.and_then(|hash| by_hash.get(hash)) {
            return case(article, Some(same), Prediction::Given);
        }
        match by_id.get(article.id.as_str()) {
            Some(other) if hash.is_some() && other.text_sha256.is_some() => {
                case(article, None, Prediction::OtherText)
            }
            Some(named) => case(article, Some(named), Prediction::Given),
            None => case(article, None, Prediction::Missing),
        }
    };
    gold.iter().map(pair).collect()
}

fn case<'l>(
    gold: &'l LabelledArticle,
    predicted: Option<&'l LabelledArticle>,
    prediction: Prediction,
) -> Case<'l> {
    let coverage = predicted.map_or(Coverage::Whole, |a| a.coverage);
    let sentences: Vec<&Passage> =
        predicted.iter().flat_map(|a| &a.passages).filter(|p| !p.boilerplate).collect();
    // Passages that neither side has labelled are not compared.
    let labelled = |g: &&Passage| {
        coverage != Coverage::Passages
            || predicted.iter().flat_map(|a| &a.passages).any(|p| overlap(p, g) > 0)
    };
    let lines: Vec<&Passage> = gold.passages.iter().filter(labelled).collect();
    let mut units: Vec<Unit<'l>> = lines.iter().copied().map(Unit::labelled).collect();
    let mut inside = Vec::new();
    for passage in sentences.iter().copied() {
        let best = lines
            .iter()
            .enumerate()
            .map(|(at, g)| (overlap(passage, g), at))
            .filter(|(shared, _)| *shared > 0)
            // Of equal ones, the first.
            .max_by_key(|(shared, at)| (*shared, std::cmp::Reverse(*at)));
        match best.and_then(|(_, at)| units.get_mut(at)) {
            Some(unit) => unit.predict(&passage.claims),
            None if gold.coverage == Coverage::Passages => continue,
            None => {
                let mut unit = Unit::beside(passage);
                unit.predict(&passage.claims);
                units.push(unit);
            }
        }
        inside.push(passage);
    }
    let mut entities: BTreeMap<Field, (Vec<EntitySpan>, Vec<EntitySpan>)> = BTreeMap::new();
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
    let line = |g: &&'l Passage| GoldText {
        passage: g,
        dropped: predicted.is_some() && 2 * covered(g) < g.end - g.start,
    };
    let segmentation =
        whole.then(|| Segmentation { gold: lines.iter().map(line).collect(), predicted: sentences.clone() });
    Case { id: &gold.id, prediction, segmentation, passages: lines.len(), units, entities }
}

fn overlap(a: &Passage, b: &Passage) -> usize {
    if a.field == b.field { a.end.min(b.end).saturating_sub(a.start.max(b.start)) } else { 0 }
}

fn spans(passage: &Passage) -> impl Iterator<Item = EntitySpan> {
    passage.entities.iter().map(|e| EntitySpan { start: e.start, end: e.end, label: e.label })
}
