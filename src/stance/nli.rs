//! Natural language inference: a premise and a hypothesis in, three probabilities out.

use super::judgement::Probabilities;
use super::model::{JudgeError, StanceModelError};
use crate::inference::{Encoder, Logits, Tokens};
use crate::numeric::{rounded, softmax};

/// An encoder that predicts whether a premise entails a hypothesis.
#[derive(Debug)]
pub struct Nli {
    encoder: Encoder,
    entailment: usize,
    neutral: usize,
    contradiction: Option<usize>,
}

/// Label of a model with roles: the actor holds the stance.
pub const HOLDER: &str = "holder";
/// Label of a model with roles: the actor reports the claim.
pub const SOURCE: &str = "source";

impl Nli {
    /// Finds the labels by name, in any order: three, five with roles, or two. `not_entailment` of
    /// a two-class model counts as neutral.
    ///
    /// # Errors
    /// [`StanceModelError::Labels`] if one is missing or unknown.
    pub fn new(encoder: Encoder) -> Result<Self, StanceModelError> {
        let columns = columns(encoder.labels()).ok_or_else(|| StanceModelError::Labels {
            model: encoder.entry().name.clone(),
            labels: encoder.labels().to_vec(),
        })?;
        let (entailment, neutral, contradiction) = columns;
        Ok(Self { encoder, entailment, neutral, contradiction })
    }

    /// The underlying encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Checks that each hypothesis leaves the model room for a premise.
    ///
    /// # Errors
    /// [`StanceModelError::TooLong`] for the first one that does not.
    pub fn check(&self, hypotheses: &[String]) -> Result<(), StanceModelError> {
        let most = self.encoder.max_tokens() / 2;
        for hypothesis in hypotheses {
            let tokens = self.encoder.encode(hypothesis).map_err(JudgeError::from)?.len();
            if tokens > most {
                let hypothesis = hypothesis.clone();
                return Err(StanceModelError::TooLong { hypothesis, tokens, most });
            }
        }
        Ok(())
    }

    /// The tokens of a premise and a hypothesis, and whether the premise was truncated.
    ///
    /// # Errors
    /// [`JudgeError::Encoding`], for example if the hypothesis alone is too long.
    pub fn pair(&self, premise: &str, hypothesis: &str) -> Result<(Tokens, bool), JudgeError> {
        let encoding = self.encoder.encode_pair(premise, hypothesis)?;
        Ok((Tokens::from(&encoding), !encoding.get_overflowing().is_empty()))
    }

    /// The probabilities for the logits of a pair.
    pub fn probabilities(&self, logits: &Logits) -> Probabilities {
        let columns = [self.entailment, self.neutral].into_iter().chain(self.contradiction);
        probabilities(columns, logits.whole(), self.encoder.temperature())
    }
}

/// The columns of entailment, neutral and, if there are three classes, contradiction.
fn columns(labels: &[String]) -> Option<(usize, usize, Option<usize>)> {
    let find = |name| column(labels, name);
    let entailment = find("entailment")?;
    match labels.len() {
        2 => Some((entailment, find("not_entailment")?, None)),
        3 => Some((entailment, find("neutral")?, Some(find("contradiction")?))),
        5 if knows_roles(labels) => Some((entailment, find("neutral")?, Some(find("contradiction")?))),
        _ => None,
    }
}

/// Whether the labels include the roles `holder` and `source`.
pub fn knows_roles(labels: &[String]) -> bool {
    [HOLDER, SOURCE].iter().all(|name| column(labels, name).is_some())
}

/// The column of a label, ignoring case; `-` and spaces count as `_`.
pub fn column(labels: &[String], name: &str) -> Option<usize> {
    labels.iter().position(|label| label.to_lowercase().replace(['-', ' '], "_") == name)
}

fn probabilities(columns: impl Iterator<Item = usize>, logits: &[f32], temperature: f32) -> Probabilities {
    let cooled: Vec<f32> = columns.map(|column| logits[column] / temperature).collect();
    let p = softmax(&cooled);
    let at = |i: usize| p.get(i).copied().map_or(0.0, rounded);
    Probabilities { entailment: at(0), neutral: at(1), contradiction: at(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &[&str], logits: &[f32], temperature: f32) -> Option<Probabilities> {
        let labels: Vec<String> = labels.iter().map(|l| (*l).to_owned()).collect();
        let (entailment, neutral, contradiction) = columns(&labels)?;
        let columns = [entailment, neutral].into_iter().chain(contradiction);
        Some(probabilities(columns, logits, temperature))
    }

    #[test]
    fn labels_are_found_by_name_in_any_order() {
        let labels = ["CONTRADICTION", "entailment", "Neutral"];
        let p = read(&labels, &[0.0, 2.0, 1.0], 1.0).expect("three labels");
        assert!(p.entailment > p.neutral && p.neutral > p.contradiction, "{p:?}");
    }

    #[test]
    fn other_labels_are_refused() {
        for labels in [
            &["LABEL_0", "LABEL_1", "LABEL_2"][..],
            &["LABEL_0", "neutral", "contradiction"],
            &["contradiction", "entailment"],
            &["entailment", "neutral", "contradiction", "holder"],
            &["entailment", "entailment", "neutral"],
        ] {
            assert!(read(labels, &[0.0; 5], 1.0).is_none(), "{labels:?}");
        }
    }

    #[test]
    fn a_model_of_two_classes_has_no_contradiction() {
        let p = read(&["not_entailment", "Entailment"], &[0.0, 2.0], 1.0).expect("two labels");
        assert!(p.entailment > 0.8 && p.neutral < 0.2 && p.contradiction == 0.0, "{p:?}");
    }

    #[test]
    fn a_temperature_flattens_probabilities_and_keeps_their_order() {
        let labels = ["entailment", "neutral", "contradiction"];
        let at = |temperature| read(&labels, &[3.0, 1.0, 0.0], temperature).expect("three labels");
        let (sharp, flat) = (at(1.0), at(2.0));
        let draws = sharp.entailment > flat.entailment && flat.entailment > flat.neutral;
        assert!(draws, "{sharp:?} {flat:?}");
    }
}
