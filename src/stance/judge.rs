//! The NLI model: a pair of texts in, three probabilities out.

use super::Probabilities;
use crate::engine::Tokens;
use crate::models::Model;
use crate::numeric::{rounded, softmax};

/// Judges whether a premise entails a hypothesis.
pub struct Judge<'m> {
    model: &'m Model,
    entailment: usize,
    neutral: usize,
    contradiction: usize,
}

impl<'m> Judge<'m> {
    /// Finds the three labels by name, in whatever order they are.
    ///
    /// # Errors
    /// The label that is missing, or that there are others.
    pub fn new(model: &'m Model) -> Result<Self, String> {
        let find = |name: &str| {
            model.labels.iter().position(|label| label.eq_ignore_ascii_case(name)).ok_or_else(|| {
                format!(
                    "{}: no label {name:?} among {:?}; id2label must name it",
                    model.entry.name, model.labels
                )
            })
        };
        if model.labels.len() != 3 {
            let reason =
                format!("{}: {} labels, an NLI model has three", model.entry.name, model.labels.len());
            return Err(reason);
        }
        Ok(Self {
            model,
            entailment: find("entailment")?,
            neutral: find("neutral")?,
            contradiction: find("contradiction")?,
        })
    }

    /// Whether a hypothesis leaves the model room for a premise and a holder's name.
    ///
    /// # Errors
    /// The hypothesis that is too long.
    pub fn check(&self, hypothesis: &str) -> Result<(), String> {
        let length = self.model.encode(hypothesis)?.len();
        let most = self.model.max_length / 4;
        if length <= most {
            return Ok(());
        }
        Err(format!(
            "hypothesis {hypothesis:?} has {length} word pieces; the model has room for {most}: shorten it"
        ))
    }

    /// The pair as the engine gets it.
    ///
    /// # Errors
    /// The tokenizer's message, as when the hypothesis alone is too long.
    pub fn tokens(&self, premise: &str, hypothesis: &str) -> Result<Tokens, String> {
        Ok(Tokens::from(&self.model.encode_pair(premise, hypothesis)?))
    }

    /// Probabilities from the three logits of a pair.
    pub fn probabilities(&self, logits: &[f32]) -> Probabilities {
        let p = softmax(logits);
        let at = |i: usize| rounded(p.get(i).copied().unwrap_or(0.0));
        Probabilities {
            entailment: at(self.entailment),
            neutral: at(self.neutral),
            contradiction: at(self.contradiction),
        }
    }
}
