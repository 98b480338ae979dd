//! Entities, in the four ways of SemEval-2013 task 9 (Segura-Bedmar et al., 2013), counted as
//! nervaluate 1.2 does.

use serde::Deserialize;

use super::count::Count;
use crate::entities::Label;

/// When a predicted entity is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Same span, same type: seqeval's span F1 as well.
    Strict,
    /// Same span.
    Exact,
    /// Overlapping spans count a half.
    Partial,
    /// Same type, overlapping spans.
    Type,
}

/// All of them.
pub const SCHEMES: [Scheme; 4] = [Scheme::Strict, Scheme::Exact, Scheme::Partial, Scheme::Type];

/// An entity's place, in code points, and its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct EntitySpan {
    /// First code point.
    pub start: usize,
    /// Code point behind the last one.
    pub end: usize,
    /// The type.
    pub label: Label,
}

impl EntitySpan {
    fn place(&self) -> (usize, usize) {
        (self.start, self.end)
    }

    /// A hundredth of the labelled span at least, which for names is any character.
    fn overlaps(&self, gold: &Self) -> bool {
        let shared = self.end.min(gold.end).saturating_sub(self.start.max(gold.start));
        shared > 0 && shared * 100 >= gold.end - gold.start
    }

    fn distance(&self, gold: &Self) -> usize {
        self.start.abs_diff(gold.start) + self.end.abs_diff(gold.end)
    }
}

/// How a prediction fares.
enum EntityMatch {
    Right(usize),
    /// It takes up a labelled entity all the same.
    Overlapping(usize),
    Spurious,
}

/// Counts an article's entities; both in the order of their spans.
pub fn count(predicted: &[EntitySpan], gold: &[EntitySpan], scheme: Scheme) -> Count {
    let mut taken = vec![false; gold.len()];
    let mut correct = 0.0;
    for span in predicted {
        match find(span, gold, &taken, scheme) {
            EntityMatch::Right(at) => {
                taken[at] = true;
                correct += 1.0;
            }
            EntityMatch::Overlapping(at) => {
                taken[at] = true;
                correct += if scheme == Scheme::Partial { 0.5 } else { 0.0 };
            }
            EntityMatch::Spurious => {}
        }
    }
    Count { correct, predicted: predicted.len() as f64, gold: gold.len() as f64 }
}

fn find(span: &EntitySpan, gold: &[EntitySpan], taken: &[bool], scheme: Scheme) -> EntityMatch {
    let free = || gold.iter().enumerate().filter(|(at, _)| !taken[*at]);
    let right = match scheme {
        Scheme::Strict => free().find(|(_, g)| *g == span),
        Scheme::Exact | Scheme::Partial => free().find(|(_, g)| g.place() == span.place()),
        Scheme::Type => free()
            .filter(|(_, g)| g.label == span.label && span.overlaps(g))
            .min_by_key(|(_, g)| span.distance(g)),
    };
    match (right, free().find(|(_, g)| span.overlaps(g))) {
        (Some((at, _)), _) => EntityMatch::Right(at),
        (None, Some((at, _))) => EntityMatch::Overlapping(at),
        (None, None) => EntityMatch::Spurious,
    }
}
