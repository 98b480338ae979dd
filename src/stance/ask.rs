//! Asks an NLI model premise-hypothesis pairs, for many documents at once.

use super::model::JudgeError;
use crate::inference::{BackendError, Encoder, Logits, Runner, Tokens};

/// A question, with its purpose.
pub struct Question<T> {
    /// The purpose of the answer.
    pub about: T,
    /// Premise and hypothesis as tokens.
    pub tokens: Tokens,
}

/// The questions of one document, each with the model's logits.
pub type Answers<T> = Vec<(T, Logits)>;

/// A document's state and its questions, or its error.
pub type Asked<D, T> = Result<(D, Vec<Question<T>>), JudgeError>;

/// A document's state and its answers, or its error.
pub type Answered<D, T> = Result<(D, Answers<T>), JudgeError>;

/// Puts the questions of all documents to a model; each document has a state that is passed
/// through. A failure in one document is that document's error.
///
/// # Errors
/// [`BackendError`] if the model is broken.
pub fn ask<D: Send, T: Send>(
    encoder: &Encoder,
    runner: &Runner,
    documents: Vec<Asked<D, T>>,
) -> Result<Vec<Answered<D, T>>, BackendError> {
    let sequences: Vec<Vec<&Tokens>> = documents
        .iter()
        .map(|document| match document {
            Ok((_, questions)) => questions.iter().map(|question| &question.tokens).collect(),
            Err(_) => Vec::new(),
        })
        .collect();
    let computed = encoder.logits(runner, &sequences)?;
    let answered = |(document, logits): (Asked<D, T>, Result<Vec<Logits>, BackendError>)| {
        let (state, questions) = document?;
        let about = questions.into_iter().map(|question| question.about);
        Ok((state, about.zip(logits?).collect()))
    };
    Ok(documents.into_iter().zip(computed).map(answered).collect())
}
