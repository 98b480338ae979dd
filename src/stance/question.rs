//! Questions: what the NLI model is asked about a sentence.

use super::Reading;
use crate::config::{HOLDER, Topics};

/// Bytes of a premise: far more than the model's longest sequence, far less than a text without a full stop.
const PREMISE_BYTES: usize = 4096;

/// One premise and one hypothesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Index of the topic.
    pub topic: usize,
    /// Index of the stance in the topic.
    pub stance: usize,
    /// Index of the candidate, none for the article's own voice.
    pub candidate: Option<usize>,
    /// The sentence; who speaks is put in front if the sentence before says so.
    pub premise: String,
    /// The hypothesis, its slot filled.
    pub hypothesis: String,
}

/// All questions that a sentence raises on the topics that its gate lets through.
pub fn questions(reading: &Reading, topics: &Topics) -> Vec<Question> {
    let mut out = Vec::new();
    for &topic in &reading.topics {
        let sentence = clipped(&reading.text);
        for (stance, asked) in topics[topic].stances.iter().enumerate() {
            let question = |candidate, premise: &str, hypothesis: String| Question {
                topic,
                stance,
                candidate,
                premise: premise.to_owned(),
                hypothesis,
            };
            for (index, candidate) in reading.candidates.iter().enumerate() {
                let premise = match candidate.carried {
                    true => format!("{}: {sentence}", candidate.phrase),
                    false => sentence.to_owned(),
                };
                for template in &asked.hypotheses {
                    let hypothesis = capitalised(template.replace(HOLDER, &candidate.phrase));
                    out.push(question(Some(index), &premise, hypothesis));
                }
            }
            for hypothesis in &asked.impersonal {
                out.push(question(None, sentence, hypothesis.clone()));
            }
        }
    }
    out
}

/// The beginning of a text, as much as any model reads of it.
fn clipped(text: &str) -> &str {
    let end = (0..=PREMISE_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}

/// The first letter made a capital: a phrase such as "the United States" may begin a hypothesis.
fn capitalised(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}
