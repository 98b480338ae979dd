//! Natural language inference with a topic model: one hypothesis, no names.

use std::sync::Arc;

use super::input::STANCE;
use super::model::{SENTENCES_AT_ONCE, TopicModel};
use crate::inference::{BackendError, Runner, States, Tokens};
use crate::stance::judgement::Probabilities;
use crate::stance::model::JudgeError;
use crate::stance::passage::Passage;

impl TopicModel {
    /// The probabilities for each premise and hypothesis.
    ///
    /// # Errors
    /// [`JudgeError`] if the tokenizer rejects a text, or the model can't be run.
    pub fn infer(&self, runner: &Runner, pairs: &[(&str, &str)]) -> Result<Vec<Probabilities>, JudgeError> {
        let mut all = Vec::with_capacity(pairs.len());
        for pairs in pairs.chunks(SENTENCES_AT_ONCE * runner.threads()) {
            let premises = pairs.iter().map(|(premise, _)| self.passage(&Passage::of_text(premise)));
            let premises = premises.collect::<Result<Vec<_>, _>>()?;
            let hypotheses = pairs.iter().map(|(_, hypothesis)| self.label(STANCE, hypothesis));
            let hypotheses = hypotheses.collect::<Result<Vec<_>, _>>()?;
            let tokens: Vec<&Tokens> = premises.iter().map(|p| &p.tokens).chain(&hypotheses).collect();
            let lower = only(self.layered.lower(runner, &[tokens])?)?;
            let (premises, hypotheses) = lower.split_at(pairs.len());
            let states = premises.iter().zip(hypotheses);
            let states = states.map(|(p, h)| States::new(vec![Arc::clone(&p.states), Arc::clone(&h.states)]));
            let states: Vec<States> = states.collect();
            let upper = only(self.layered.upper(runner, &[states.iter().collect()])?)?;
            for (outputs, premise) in upper.iter().zip(premises) {
                let at = premise.states.shape().first().copied().unwrap_or(0);
                let logits = outputs.get("logits").and_then(|logits| logits.row(at));
                let missing = || BackendError::Shape("no logits for a hypothesis".into());
                all.push(self.probabilities(logits.ok_or_else(missing)?)?);
            }
        }
        Ok(all)
    }
}

/// The result for the only document of a call.
fn only<T>(documents: Vec<Result<Vec<T>, BackendError>>) -> Result<Vec<T>, BackendError> {
    documents.into_iter().next().unwrap_or_else(|| Ok(Vec::new()))
}
