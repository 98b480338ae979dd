//! The topic model: one pass for a sentence and a topic says which of its stances are taken, by whom,
//! and who reports them.

mod inference;
mod input;
mod passes;
mod screen;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use self::input::{ACTOR, STANCE};
use super::codebook::Codebook;
use super::context::Context;
use super::hypothesis::of_anyone;
use super::judgement::{Judged, Probabilities};
use super::model::{JudgeError, StanceModel, StanceModelError};
use super::nli::column;
use crate::inference::{BackendError, Encoder, Layered, Lower, Runner};
use crate::numeric::{rounded, softmax};

/// This many sentences per inference thread are read at once: their states are held in memory.
const SENTENCES_AT_ONCE: usize = 48;

/// A model that reads a sentence with all stances of a topic.
///
/// Its lower layers read each sentence, hypothesis and name by itself, after a sieve of word vectors
/// has stopped most that hold no claim. From their states the skim decides which topics to read; the
/// upper layers then read the sentence with the topic's hypotheses and the candidates' names.
#[derive(Debug)]
pub struct TopicModel {
    layered: Layered,
    /// The columns of entailment, neutral and contradiction.
    columns: [usize; 3],
    /// The lower layers' output for hypotheses and names that were read before, by token type.
    known: Mutex<HashMap<(i32, String), Arc<Lower>>>,
}

impl TopicModel {
    /// Reads the model's labels, in any order.
    ///
    /// # Errors
    /// [`StanceModelError::Labels`] if they are not those of natural language inference.
    pub fn new(layered: Layered) -> Result<Self, StanceModelError> {
        let encoder = layered.encoder();
        let find = |name| column(encoder.labels(), name);
        let columns = find("entailment").zip(find("neutral")).zip(find("contradiction"));
        let Some(((entailment, neutral), contradiction)) = columns.filter(|_| encoder.labels().len() == 3)
        else {
            return Err(StanceModelError::Labels {
                model: encoder.entry().name.clone(),
                labels: encoder.labels().to_vec(),
            });
        };
        let columns = [entailment, neutral, contradiction];
        Ok(Self { layered, columns, known: Mutex::new(HashMap::new()) })
    }

    fn probabilities(&self, logits: &[f32]) -> Result<Probabilities, BackendError> {
        if let Some(value) = logits.iter().find(|value| !value.is_finite()) {
            return Err(BackendError::NotFinite(*value));
        }
        let temperature = self.layered.encoder().temperature();
        let p = softmax(&self.columns.map(|column| logits[column] / temperature));
        Ok(Probabilities { entailment: rounded(p[0]), neutral: rounded(p[1]), contradiction: rounded(p[2]) })
    }
}

impl StanceModel for TopicModel {
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError> {
        let most = self.layered.heads().most.label;
        let stances = codebook.topics.indexed().flat_map(|(topic, _)| codebook.topics.stances(topic));
        let hypotheses = stances.map(|stance| (STANCE, of_anyone(codebook, stance)));
        let names = codebook.actors.iter().map(|actor| (ACTOR, actor.id.to_string()));
        for (kind, text) in hypotheses.chain(names) {
            let tokens = self.label(kind, &text)?.len();
            if tokens > most {
                return Err(StanceModelError::TooLong { hypothesis: text, tokens, most });
            }
        }
        Ok(())
    }

    fn judge(
        &self,
        runner: &Runner,
        codebook: &Codebook,
        documents: &[&[Context]],
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError> {
        let labels = self.labels(runner, codebook)?;
        let mut judged: Vec<Result<Judged, JudgeError>> =
            documents.iter().map(|_| Ok(Judged::default())).collect();
        for window in window::windows(documents, SENTENCES_AT_ONCE * runner.threads()) {
            for (document, part) in self.judge_window(runner, &labels, window)? {
                let whole = &mut judged[document];
                match (whole.as_mut(), part) {
                    (Ok(whole), Ok(part)) => {
                        whole.sentences.extend(part.sentences);
                        whole.screened.extend(part.screened);
                        whole.pairs += part.pairs;
                    }
                    (Ok(_), Err(error)) => *whole = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        Ok(judged)
    }

    fn name(&self) -> &str {
        "topics"
    }

    fn encoders(&self) -> Vec<&Encoder> {
        vec![self.layered.encoder()]
    }
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
