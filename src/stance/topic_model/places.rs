//! Where the names of holder and source and the evidence stand in a passage.

use std::ops::Range;

use super::input::PassageTokens;
use super::model::product;
use crate::actors::ActorId;
use crate::inference::{BackendError, Heads, Outputs};
use crate::numeric::softmax;
use crate::stance::names::NamePlace;
use crate::stance::passage::Passage;

/// A name needs at least this share of the pointer's probability.
const LEAST_SHARE: f32 = 0.05;

/// The most tokens of the evidence.
const LONGEST: usize = 40;

/// Where a pass finds the names and the evidence of a stance, by the passage's tokens.
pub struct Pointers<'p> {
    passage: &'p PassageTokens,
    /// Probabilities that the holder's name begins there, and the source's.
    names: [Vec<f32>; 2],
    /// Logits of the first and the last token of the evidence.
    evidence: [Vec<f32>; 2],
}

impl<'p> Pointers<'p> {
    /// The pointers of a hypothesis with this query.
    pub fn new(
        heads: &Heads,
        query: &[f32],
        outputs: &Outputs,
        passage: &'p PassageTokens,
    ) -> Result<Self, BackendError> {
        let (roles, width) = (2 * heads.roles.width, heads.pointers.width);
        let keys = outputs.get("key").and_then(|keys| {
            let rows = (0..passage.tokens.len()).map(|at| keys.row(at));
            rows.collect::<Option<Vec<_>>>()
        });
        let keys = keys.ok_or_else(|| BackendError::Shape("no key for a token of the passage".into()))?;
        let scale = heads.pointers.scale / (width as f32).sqrt();
        let logits = |number: usize| -> Vec<f32> {
            let own = roles + number * width..roles + (number + 1) * width;
            keys.iter().map(|key| product(&query[own.clone()], &key[own.clone()]) * scale).collect()
        };
        let names = [0, 1].map(|number| softmax(&logits(number)));
        Ok(Self { passage, names, evidence: [2, 3].map(logits) })
    }

    /// The most probable names of this actor as a holder and as a source. A name that the table of
    /// actors does not have may be anybody's. Any token of a name counts, since people are labelled
    /// by a part of their name too.
    pub fn names(&self, passage: &Passage, actor: &ActorId) -> [Option<NamePlace>; 2] {
        self.names.each_ref().map(|role| {
            let share = |tokens: &Range<usize>| role.get(tokens.clone())?.iter().copied().reduce(f32::max);
            let may = |of: &Option<ActorId>| !actor.is_narrator() && of.as_ref().is_none_or(|of| of == actor);
            let names = passage.names.iter().zip(&self.passage.names).filter(|(name, _)| may(&name.actor));
            let shares = names.filter_map(|(name, tokens)| Some((share(tokens)?, name.place)));
            let best = shares.reduce(|a, b| if b.0 > a.0 { b } else { a });
            best.filter(|(share, _)| *share >= LEAST_SHARE).map(|(_, place)| place)
        })
    }

    /// The bytes of the evidence in the sentence's marked text.
    pub fn evidence(&self) -> Option<Range<usize>> {
        let sentence = &self.passage.sentence;
        // Without the special token at its end.
        let tokens = sentence.start..sentence.end - 1;
        let [first, last] = &self.evidence;
        let pairs =
            tokens.clone().flat_map(|at| (at..tokens.end.min(at + LONGEST)).map(move |end| (at, end)));
        let score = |&(at, end): &(usize, usize)| first[at] + last[end];
        let (at, end) = pairs.reduce(|a, b| if score(&b) > score(&a) { b } else { a })?;
        let bytes = |token: usize| self.passage.bytes.get(token - sentence.start);
        Some(bytes(at)?.0..bytes(end)?.1)
    }
}
