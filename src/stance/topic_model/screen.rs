//! The steps before reading: the sieve, then the skim.

use super::input::{Hypothesis, Labels, PassageTokens};
use super::model::{TopicModel, product};
use crate::inference::{Lower, SieveWords};
use crate::numeric::{rounded, sigmoid};
use crate::stance::judgement::Screened;
use crate::stance::topics::TopicIndex;

impl TopicModel {
    /// What the sieve says of a passage and these topics; without a sieve, all of them pass.
    pub(super) fn sieved(
        &self,
        passage: &PassageTokens,
        topics: &[TopicIndex],
        labels: &Labels,
    ) -> Vec<Screened> {
        // Without the special tokens at both ends.
        let words = passage.tokens.ids.get(1..passage.tokens.len() - 1).unwrap_or_default();
        let sentence = passage.sentence.start - 1..words.len();
        let sieve = self.layered.sieve().map(|sieve| (sieve, sieve.keys(words)));
        let probability = |topic: TopicIndex| {
            let (sieve, keys) = sieve.as_ref()?;
            let hypotheses: Vec<&SieveWords> =
                labels.hypotheses(topic).iter().filter_map(|h| h.words.as_ref()).collect();
            let logits = sieve.logits(&hypotheses, keys, sentence.clone());
            Some(sigmoid(logits.into_iter().fold(f32::MIN, f32::max)))
        };
        let screened = |&topic: &TopicIndex| {
            let sieve = probability(topic);
            let read = sieve.is_none_or(|sieve| sieve >= self.layered.heads().sieve_bound);
            Screened { topic, sieve: sieve.map(rounded), skim: None, read }
        };
        topics.iter().map(screened).collect()
    }

    /// Adds what the skim says of a passage that passed the sieve for a topic.
    pub(super) fn skimmed(
        &self,
        passage: &PassageTokens,
        lower: &Lower,
        hypotheses: &[Hypothesis],
        screened: &mut Screened,
    ) {
        let skim = &self.layered.heads().skim;
        let all = skim.weights.len() * skim.width;
        let sentence = passage.sentence.clone();
        let keys: Vec<&[f32]> = sentence.filter_map(|at| lower.skim.row(at)?.get(all..2 * all)).collect();
        let logit = |hypothesis: &Hypothesis| {
            let query = hypothesis.lower.skim.row(0).and_then(|row| row.get(..all)).unwrap_or_default();
            let heads = query.chunks_exact(skim.width).zip(&skim.weights).enumerate();
            let matched = heads.map(|(head, (query, weight))| {
                let own = head * skim.width..(head + 1) * skim.width;
                let best = keys.iter().map(|key| product(query, &key[own.clone()])).fold(f32::MIN, f32::max);
                weight * best / (skim.width as f32).sqrt()
            });
            matched.sum::<f32>() + skim.bias
        };
        let probability = sigmoid(hypotheses.iter().map(logit).fold(f32::MIN, f32::max));
        screened.skim = Some(rounded(probability));
        screened.read = probability >= skim.bound;
    }
}
