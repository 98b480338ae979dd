//! Pairs of premise and hypothesis, asked of a model for many documents at once.

use super::model::JudgeError;
use crate::inference::{BackendError, Encoder, Logits, Runner, Tokens};

/// What is asked, with what it is asked for.
pub struct Question<T> {
    /// What the answer is for.
    pub about: T,
    /// Premise and hypothesis as the model reads them.
    pub tokens: Tokens,
}

/// Of one document what was asked, each with the logits that the model gives.
pub type Answers<T> = Vec<(T, Logits)>;

/// Puts the questions of all documents to a model, each document with a state of its own that is handed
/// through. What fails in one document is that one's error.
///
/// # Errors
/// [`BackendError`] if the model is broken.
pub fn ask<D: Send, T: Send>(
    encoder: &Encoder,
    runner: &Runner,
    documents: Vec<Result<(D, Vec<Question<T>>), JudgeError>>,
) -> Result<Vec<Result<(D, Answers<T>), JudgeError>>, BackendError> {
    let sequences: Vec<Vec<&Tokens>> = documents
        .iter()
        .map(|document| match document {
            Ok((_, questions)) => questions.iter().map(|question| &question.tokens).collect(),
            Err(_) => Vec::new(),
        })
        .collect();
    let computed = encoder.logits(runner, &sequences)?;
    let answered = |(document, logits): (Result<(D, Vec<Question<T>>), _>, Result<Vec<Logits>, _>)| {
        let (state, questions) = document?;
        let about = questions.into_iter().map(|question| question.about);
        Ok((state, about.zip(logits?).collect()))
    };
    Ok(documents.into_iter().zip(computed).map(answered).collect())
}
