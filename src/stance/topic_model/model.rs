//! The topic model: its graphs, and what it has read once for all documents.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::inference::{BackendError, Layered, Lower};
use crate::numeric::{rounded, softmax};
use crate::stance::judgement::Probabilities;
use crate::stance::model::StanceModelError;
use crate::stance::nli::column;

/// This many sentences per inference thread are read at once: their states are held in memory.
pub const SENTENCES_AT_ONCE: usize = 48;

/// A model that reads a sentence with all stances of a topic.
///
/// Its lower layers read each sentence, hypothesis and name by itself, after a sieve of word vectors
/// has stopped most that hold no claim. From their states the skim decides which topics to read; the
/// upper layers then read the sentence with the topic's hypotheses and the candidates' names.
#[derive(Debug)]
pub struct TopicModel {
    pub(super) layered: Layered,
    /// The columns of entailment, neutral and contradiction.
    columns: [usize; 3],
    /// The lower layers' output for hypotheses and names that were read before, by token type.
    pub(super) known: Mutex<HashMap<(i32, String), Arc<Lower>>>,
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

    pub(super) fn probabilities(&self, logits: &[f32]) -> Result<Probabilities, BackendError> {
        if let Some(value) = logits.iter().find(|value| !value.is_finite()) {
            return Err(BackendError::NotFinite(*value));
        }
        let temperature = self.layered.encoder().temperature();
        let p = softmax(&self.columns.map(|column| logits[column] / temperature));
        Ok(Probabilities { entailment: rounded(p[0]), neutral: rounded(p[1]), contradiction: rounded(p[2]) })
    }
}

/// The product of two vectors.
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
