//! Judges as many sentences at once as memory should hold the states of.

use std::sync::Arc;

use super::input::{Labels, PassageTokens};
use super::model::TopicModel;
use super::passes::Pass;
use crate::inference::{BackendError, Runner};
use crate::isolation::{each, fail_point};
use crate::stance::context::Context;
use crate::stance::judgement::{Judged, Screened};
use crate::stance::model::JudgeError;

/// Sentences of one document that are judged at once.
pub struct Part<'c> {
    /// The index of the document.
    pub document: usize,
    contexts: &'c [Context],
}

/// A sentence that passed the sieve for some topic.
struct Sieved {
    sentence: usize,
    passage: Arc<PassageTokens>,
}

/// A part while it is judged.
struct Judging<'c> {
    contexts: &'c [Context],
    screened: Vec<Vec<Screened>>,
    truncated: Vec<bool>,
}

/// The documents' sentences in windows of at most `most`; a part of a window has sentences of one
/// document.
pub fn windows<'c>(documents: &[&'c [Context]], most: usize) -> Vec<Vec<Part<'c>>> {
    let mut windows: Vec<Vec<Part<'c>>> = Vec::new();
    let mut held = 0;
    for (document, contexts) in documents.iter().enumerate() {
        for contexts in contexts.chunks(most.max(1)) {
            let part = Part { document, contexts };
            match windows.last_mut().filter(|_| held + contexts.len() <= most) {
                Some(window) => window.push(part),
                None => {
                    windows.push(vec![part]);
                    held = 0;
                }
            }
            held += contexts.len();
        }
    }
    windows
}

impl TopicModel {
    /// The judgements of each part of a window.
    pub(super) fn judge_window(
        &self,
        runner: &Runner,
        labels: &Labels,
        window: Vec<Part<'_>>,
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError> {
        let sieved = each(window.into_iter().map(Ok).collect(), |part| self.sieve(&part, labels));
        let lower = self.layered.lower(runner, &inputs(&sieved, |sieved| &sieved.passage.tokens))?;
        let passes = each(with(sieved, lower), |((mut judging, passed), lower)| {
            let mut passes = Vec::new();
            for (Sieved { sentence, passage }, lower) in passed.into_iter().zip(lower) {
                let context = &judging.contexts[sentence];
                for screened in judging.screened[sentence].iter_mut().filter(|screened| screened.read) {
                    self.skimmed(&passage, &lower, labels.hypotheses(screened.topic), screened);
                    if screened.read {
                        let most = self.layered.encoder().max_tokens();
                        let read = (&passage, &lower);
                        passes.push(Pass::new(sentence, screened.topic, context, read, labels, most));
                    }
                }
            }
            Ok((judging, passes))
        });
        let upper = self.layered.upper(runner, &inputs(&passes, |pass| &pass.states))?;
        Ok(each(with(passes, upper), |((judging, passes), outputs)| {
            let Judging { contexts, screened, truncated } = judging;
            contexts.iter().for_each(|context| fail_point("judgement", || &context.text));
            let (mut sentences, mut pairs) = (vec![Vec::new(); contexts.len()], 0);
            for (pass, outputs) in passes.iter().zip(&outputs) {
                pairs += pass.stances.len();
                sentences[pass.sentence].extend(self.judgements(
                    pass,
                    &contexts[pass.sentence],
                    outputs,
                    labels,
                )?);
            }
            Ok(Judged { sentences, screened, truncated, pairs })
        }))
    }

    /// Tokenizes the sentences of a part; returns those that pass the sieve for some topic.
    fn sieve<'c>(&self, part: &Part<'c>, labels: &Labels) -> Result<(Judging<'c>, Vec<Sieved>), JudgeError> {
        let (mut screened, mut truncated, mut passed) = (Vec::new(), Vec::new(), Vec::new());
        for (sentence, context) in part.contexts.iter().enumerate() {
            fail_point("question", || &context.text);
            if context.topics.is_empty() {
                screened.push(Vec::new());
                truncated.push(false);
                continue;
            }
            let passage = self.passage(&context.passage)?;
            let own = self.sieved(&passage, &context.topics, labels);
            truncated.push(passage.truncated);
            if own.iter().any(|screened| screened.read) {
                passed.push(Sieved { sentence, passage: Arc::new(passage) });
            }
            screened.push(own);
        }
        Ok((Judging { contexts: part.contexts, screened, truncated }, passed))
    }
}

/// What a model reads of each part; nothing of a part that has failed.
fn inputs<D, T, I>(parts: &[Result<(D, Vec<T>), JudgeError>], input: impl Fn(&T) -> &I) -> Vec<Vec<&I>> {
    parts.iter().map(|part| part.iter().flat_map(|(_, read)| read).map(&input).collect()).collect()
}

/// Each part with the result of a step.
fn with<T, U, E: Into<JudgeError>>(
    parts: Vec<Result<T, JudgeError>>,
    found: Vec<Result<U, E>>,
) -> Vec<Result<(T, U), JudgeError>> {
    parts.into_iter().zip(found).map(|(part, found)| Ok((part?, found.map_err(Into::into)?))).collect()
}
