//! Predictions beside the gold, by offsets.

use std::collections::{BTreeMap, HashMap};

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
    /// Its sentences, if both sides tell of all of the text.
    pub segmentation: Option<Segmentation<'l>>,
    /// Pieces of text with the claims of both sides.
    pub units: Vec<Unit<'l>>,
    /// How many of the units are passages of the gold; the others stand beside it.
    pub passages: usize,
    /// Entities of both sides by field, in the order of their spans: predicted, gold. None if the
    /// prediction was thinned out.
    pub entities: BTreeMap<Field, (Vec<EntitySpan>, Vec<EntitySpan>)>,
}

/// Whether there is a prediction of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// There is.
    Given,
    /// There is none.
    Missing,
    /// There is one of another text under its id.
    OtherText,
}

/// Article text of both sides, and which lines were taken for it.
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
    /// Whether the prediction leaves it out, as boilerplate; of an article without a prediction
    /// nobody says so.
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
    /// Claims that count neither way where the gold does not hold them.
    pub ambiguous: &'l [LabelledClaim],
    /// The predicted ones, uncertain ones included, those that are ambiguous left out.
    pub predicted: Vec<&'l Stated>,
}

impl<'l> Unit<'l> {
    /// A passage of the gold, without a prediction yet.
    fn labelled(passage: &'l Passage) -> Self {
        let gold = passage.claims.iter().collect();
        Self { gold, ambiguous: &passage.ambiguous, ..Self::beside(passage) }
    }

    /// A predicted passage that the gold has nothing on.
    fn beside(passage: &'l Passage) -> Self {
        Self {
            field: passage.field,
            start: passage.start,
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

    /// Whether a claim counts neither way: the same by this key is ambiguous, and none in the gold.
    fn leaves_open(&self, key: ClaimKey, claim: &LabelledClaim) -> bool {
        let same = |other: &LabelledClaim| key(other) == key(claim);
        self.ambiguous.iter().any(same) && !self.gold.iter().any(|s| same(&s.claim))
    }

    /// The predicted claims that count: the uncertain ones do not.
    pub fn counted(&self) -> impl Iterator<Item = &'l Stated> {
        self.predicted.iter().copied().filter(|s| s.counts())
    }

    /// The predicted claims that are right or wrong when compared by this key.
    pub fn decided(&self, key: ClaimKey) -> impl Iterator<Item = &'l LabelledClaim> {
        self.counted().map(|s| &s.claim).filter(move |claim| !self.leaves_open(key, claim))
    }
}

/// Pairs articles by the hash of their text where both tell it, else by id. Predictions for other
/// articles are left aside.
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
    // What neither side has labelled is not compared.
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
            // Of equals the first.
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
