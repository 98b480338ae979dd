//! What the upper layers read, and the judgements from their outputs.

use std::sync::Arc;

use super::input::{Hypothesis, Labels, PassageTokens};
use super::model::{TopicModel, product};
use super::places::Pointers;
use crate::actors::ActorId;
use crate::inference::{BackendError, Lower, Outputs, States};
use crate::numeric::{rounded, sigmoid};
use crate::stance::context::Context;
use crate::stance::judgement::{Holder, Judgement, Source, score};
use crate::stance::topics::TopicIndex;

/// A sentence with the hypotheses of a topic and the names of the candidates.
pub struct Pass {
    /// The index of the sentence in its part.
    pub sentence: usize,
    topic: TopicIndex,
    pub states: States,
    /// The first token of each hypothesis.
    pub stances: Vec<usize>,
    /// Each candidate with the first token of its name.
    actors: Vec<(ActorId, usize)>,
    passage: Arc<PassageTokens>,
}

impl Pass {
    /// The pass for a sentence, given the lower layers' output for its passage. It has at most `most`
    /// tokens, so that of very many candidates some are left out.
    pub fn new(
        sentence: usize,
        topic: TopicIndex,
        context: &Context,
        (passage, lower): (&Arc<PassageTokens>, &Lower),
        labels: &Labels,
        most: usize,
    ) -> Self {
        let tokens = |lower: &Lower| lower.states.shape().first().copied().unwrap_or(0);
        let mut parts = vec![Arc::clone(&lower.states)];
        let mut length = tokens(lower);
        let mut add = |label: &Arc<Lower>| {
            let at = length;
            length += tokens(label);
            parts.push(Arc::clone(&label.states));
            at
        };
        let hypotheses = labels.hypotheses(topic);
        let stances = hypotheses.iter().map(|h| add(&h.lower)).collect();
        let taken = tokens(lower) + hypotheses.iter().map(|h| tokens(&h.lower)).sum::<usize>();
        let named = labels.that_fit(&context.candidates, most.saturating_sub(taken));
        let actors = named.into_iter().map(|(actor, label)| (actor.clone(), add(label))).collect();
        Self { sentence, topic, states: States::new(parts), stances, actors, passage: Arc::clone(passage) }
    }
}

impl TopicModel {
    /// A judgement of each stance of a pass's topic.
    pub(super) fn judgements(
        &self,
        pass: &Pass,
        context: &Context,
        outputs: &Outputs,
        labels: &Labels,
    ) -> Result<Vec<Judgement>, BackendError> {
        let temperature = self.layered.encoder().temperature();
        let heads = &self.layered.heads().roles;
        let row = |name: &str, at: usize| {
            let row = outputs.get(name).and_then(|tensor| tensor.row(at));
            row.ok_or_else(|| BackendError::Shape(format!("no {name} for the token {at}")))
        };
        let one = |(hypothesis, &at): (&Hypothesis, &usize)| {
            let probabilities = self.probabilities(row("logits", at)?)?;
            let query = row("query", at)?;
            let pointers = Pointers::new(self.layered.heads(), query, outputs, &pass.passage)?;
            let found = &context.passage;
            let (mut holders, mut sources) = (Vec::new(), Vec::new());
            for (actor, at) in &pass.actors {
                let key = row("key", *at)?;
                let role = |number: usize| {
                    let own = number * heads.width..(number + 1) * heads.width;
                    let scaled = product(&query[own.clone()], &key[own]) / (heads.width as f32).sqrt();
                    rounded(sigmoid((scaled * heads.scale + heads.bias[number]) / temperature))
                };
                let probability = role(0);
                let score = score(self.layered.encoder(), &probabilities, probability);
                let [holder, source] = pointers.names(found, actor);
                holders.push(Holder { actor: actor.clone(), probability, score, name: holder });
                let (actor, probability) = (actor.clone(), role(1));
                sources.push(Source { actor, holder: None, probability, name: source });
            }
            let evidence = pointers.evidence().and_then(|bytes| context.words(bytes));
            let Hypothesis { stance, text, .. } = hypothesis;
            let (stance, hypothesis) = (*stance, text.clone());
            Ok(Judgement { stance, hypothesis, probabilities, holders, sources, evidence })
        };
        labels.hypotheses(pass.topic).iter().zip(&pass.stances).map(one).collect()
    }
}
