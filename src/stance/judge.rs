//! The NLI model: a pair of texts in, three probabilities out.

use super::Probabilities;
use crate::engine::Tokens;
use crate::models::Model;
use crate::numeric::{rounded, softmax};

/// Judges whether a premise entails a hypothesis.
pub struct Judge<'m> {
    model: &'m Model,
    columns: Columns,
}

/// Where the logits of the three labels stand.
struct Columns {
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
        let columns =
            Columns::find(&model.labels).map_err(|reason| format!("{}: {reason}", model.entry.name))?;
        Ok(Self { model, columns })
    }

    /// Whether a hypothesis leaves the model room for a premise.
    ///
    /// # Errors
    /// The hypothesis that is too long.
    pub fn check(&self, hypothesis: &str) -> Result<(), String> {
        let length = self.model.encode(hypothesis)?.len();
        let most = self.model.max_length / 2;
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
        self.columns.probabilities(logits, self.model.temperature)
    }
}

impl Columns {
    fn find(labels: &[String]) -> Result<Self, String> {
        if labels.len() != 3 {
            return Err(format!("{} labels, an NLI model has three", labels.len()));
        }
        let find = |name: &str| {
            labels
                .iter()
                .position(|label| label.eq_ignore_ascii_case(name))
                .ok_or_else(|| format!("no label {name:?} among {labels:?}; id2label must name it"))
        };
        Ok(Self {
            entailment: find("entailment")?,
            neutral: find("neutral")?,
            contradiction: find("contradiction")?,
        })
    }

    fn probabilities(&self, logits: &[f32], temperature: f32) -> Probabilities {
        let cooled: Vec<f32> = logits.iter().map(|x| x / temperature).collect();
        let p = softmax(&cooled);
        let at = |i: usize| rounded(p.get(i).copied().unwrap_or(0.0));
        Probabilities {
            entailment: at(self.entailment),
            neutral: at(self.neutral),
            contradiction: at(self.contradiction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(labels: &[&str]) -> Result<Columns, String> {
        Columns::find(&labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn labels_are_found_by_name_in_any_order() {
        let found = columns(&["CONTRADICTION", "entailment", "Neutral"]).expect("three labels");
        let p = found.probabilities(&[0.0, 2.0, 1.0], 1.0);
        assert!(p.entailment > p.neutral && p.neutral > p.contradiction, "{p:?}");
    }

    #[test]
    fn other_labels_are_refused_by_name() {
        assert!(columns(&["entailment", "not_entailment"]).is_err_and(|e| e.contains("2 labels")));
        assert!(
            columns(&["LABEL_0", "neutral", "contradiction"]).is_err_and(|e| e.contains("\"entailment\""))
        );
    }

    #[test]
    fn a_temperature_draws_probabilities_together_and_keeps_their_order() {
        let found = columns(&["entailment", "neutral", "contradiction"]).expect("three labels");
        let (sharp, flat) =
            (found.probabilities(&[3.0, 1.0, 0.0], 1.0), found.probabilities(&[3.0, 1.0, 0.0], 2.0));
        assert!(sharp.entailment > flat.entailment && flat.entailment > flat.neutral, "{sharp:?} {flat:?}");
    }
}
