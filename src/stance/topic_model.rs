//! The topic model: one pass for a sentence and a topic says which of its stances are taken, by whom,
//! and who reports them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::codebook::Codebook;
use super::context::Context;
use super::hypothesis::of_anyone;
use super::judgement::{Holder, Judged, Judgement, Probabilities, Source};
use super::model::{JudgeError, StanceModel, StanceModelError};
use super::nli::column;
use super::passage::{BEFORE, Passage};
use super::topics::{StanceIndex, TopicIndex};
use crate::actors::ActorId;
use crate::inference::{
    BackendError, Encoder, Layered, Lower, Outputs, Runner, Sequence, SieveWords, States, Tokens,
};
use crate::isolation::{each, fail_point};
use crate::numeric::{rounded, sigmoid, softmax};

/// Token types of this model, as in `training/topic_model.py`.
mod kind {
    pub const BEFORE: i32 = 0;
    pub const SENTENCE: i32 = 1;
    pub const STANCE: i32 = 2;
    pub const ACTOR: i32 = 3;
    pub const WORD: i32 = 4;
}

/// This many sentences per inference thread are read at once: their states are held in memory.
const SENTENCES_AT_ONCE: usize = 48;

/// A model that reads a sentence with all stances of a topic.
///
/// Its lower layers read each sentence, hypothesis and name by itself. From their states the skim
/// decides which topics to read; the upper layers then read the sentence with the topic's
/// hypotheses and the candidates' names.
#[derive(Debug)]
pub struct TopicModel {
    layered: Layered,
    /// The columns of entailment, neutral and contradiction.
    columns: [usize; 3],
    /// The lower layers' output for hypotheses and names that were read before.
    labels: Mutex<HashMap<(i32, String), Arc<Lower>>>,
}

/// A hypothesis of a stance, as the lower layers read it.
struct Hypothesis {
    stance: StanceIndex,
    text: String,
    lower: Arc<Lower>,
    /// What the sieve matches, if there is one.
    words: Option<SieveWords>,
}

/// Hypotheses and names of a codebook, as the lower layers read them.
struct Labels {
    topics: HashMap<TopicIndex, Vec<Hypothesis>>,
    actors: HashMap<ActorId, Arc<Lower>>,
}

/// Sentences of one document that are read at once.
struct Part<'c> {
    document: usize,
    contexts: &'c [Context],
}

/// The tokens of a passage, where its sentence is, and the topics that it may hold a claim on.
struct Read {
    sentence: usize,
    tokens: Tokens,
    place: Range<usize>,
    topics: Vec<TopicIndex>,
}

/// A sentence and a topic that the upper layers read.
struct Pass {
    sentence: usize,
    topic: TopicIndex,
    states: States,
    /// The first token of each hypothesis.
    stances: Vec<usize>,
    /// Each candidate with the first token of its name.
    actors: Vec<(ActorId, usize)>,
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
        Ok(Self { layered, columns, labels: Mutex::new(HashMap::new()) })
    }

    /// The tokens of a hypothesis or a name.
    fn label(&self, kind: i32, text: &str) -> Result<Tokens, JudgeError> {
        let words = self.layered.encoder().encode_plain(text)?;
        let ids: Vec<i32> =
            [self.layered.ends().1].into_iter().chain(words.get_ids().iter().map(|&id| id as i32)).collect();
        let token_type_ids = (0..ids.len()).map(|at| if at == 0 { kind } else { kind::WORD }).collect();
        Ok(Tokens { ids, token_type_ids })
    }

    /// The lower layers' output for hypotheses or names.
    fn lower_labels(
        &self,
        runner: &Runner,
        kind: i32,
        texts: &[String],
    ) -> Result<Vec<Arc<Lower>>, BackendError> {
        let mut known = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&String> =
            texts.iter().filter(|text| !known.contains_key(&(kind, (*text).clone()))).collect();
        let tokens = missing.iter().map(|text| self.label(kind, text)).collect::<Result<Vec<_>, _>>();
        let tokens = tokens.map_err(|e| BackendError::Run(e.to_string()))?;
        let mut read = self.layered.lower(runner, &[tokens.iter().collect()])?;
        let lower = read.pop().unwrap_or_else(|| Ok(Vec::new()))?;
        for (text, lower) in missing.into_iter().zip(lower) {
            known.insert((kind, text.clone()), Arc::new(lower));
        }
        let lost = || BackendError::Run("internal error: a hypothesis has no states".into());
        texts.iter().map(|text| known.get(&(kind, text.clone())).cloned().ok_or_else(lost)).collect()
    }

    fn codebook_labels(&self, runner: &Runner, codebook: &Codebook) -> Result<Labels, BackendError> {
        let mut topics = HashMap::new();
        for (topic, _) in codebook.topics.indexed() {
            let stances: Vec<StanceIndex> = codebook.topics.stances(topic).collect();
            let texts: Vec<String> = stances.iter().map(|&stance| of_anyone(codebook, stance)).collect();
            let lower = self.lower_labels(runner, kind::STANCE, &texts)?;
            let hypotheses = stances.into_iter().zip(texts).zip(lower);
            let hypotheses = hypotheses.map(|((stance, text), lower)| {
                let words = self.layered.sieve().map(|sieve| {
                    let tokens =
                        self.label(kind::STANCE, &text).map_err(|e| BackendError::Run(e.to_string()))?;
                    Ok::<_, BackendError>(sieve.words(&tokens.ids[1..]))
                });
                Ok(Hypothesis { stance, text, lower, words: words.transpose()? })
            });
            topics.insert(topic, hypotheses.collect::<Result<_, BackendError>>()?);
        }
        let ids = codebook.actors.iter().map(|actor| actor.id.clone()).chain([ActorId::narrator()]);
        let ids: Vec<ActorId> = ids.collect();
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let lower = self.lower_labels(runner, kind::ACTOR, &names)?;
        Ok(Labels { topics, actors: ids.into_iter().zip(lower).collect() })
    }

    /// The tokens of a passage. What comes before the sentence loses its beginning if both are too
    /// long; the sentence loses its end.
    fn passage(&self, sentence: usize, passage: &Passage) -> Result<Read, JudgeError> {
        let (most, (start, end)) = (self.layered.heads().most, self.layered.ends());
        let encoder = self.layered.encoder();
        let own = encoder.encode_plain(&passage.sentence.text)?;
        let own = &own.get_ids()[..own.len().min(most.sentence)];
        let before = match passage.before.as_str() {
            "" => Vec::new(),
            before => encoder.encode_plain(&format!("{before}{}", BEFORE.trim_end()))?.get_ids().to_vec(),
        };
        let room = most.passage.saturating_sub(2 + own.len());
        let before = &before[before.len().saturating_sub(room)..];
        let words = before.iter().chain(own).map(|&id| id as i32);
        let ids: Vec<i32> = [start].into_iter().chain(words).chain([end]).collect();
        let first = 1 + before.len();
        let kinds = (0..ids.len()).map(|at| if at < first { kind::BEFORE } else { kind::SENTENCE });
        let place = first..ids.len();
        let tokens = Tokens { token_type_ids: kinds.collect(), ids };
        Ok(Read { sentence, tokens, place, topics: Vec::new() })
    }

    /// The topics on which the sieve says that a passage may hold a claim, of those in question.
    fn sieved(&self, read: &Read, topics: &[TopicIndex], labels: &Labels) -> Vec<TopicIndex> {
        let Some(sieve) = self.layered.sieve() else { return topics.to_vec() };
        let bound = self.layered.heads().sieve_bound;
        let words = read.tokens.ids.get(1..read.tokens.len() - 1).unwrap_or_default();
        let place = read.place.start - 1..read.place.end - 2;
        let admits = |topic: &&TopicIndex| {
            let hypotheses = labels.topics.get(topic).map(Vec::as_slice).unwrap_or_default();
            let hypotheses: Vec<&SieveWords> = hypotheses.iter().filter_map(|h| h.words.as_ref()).collect();
            let logits = sieve.logits(&hypotheses, words, place.clone());
            sigmoid(logits.into_iter().fold(f32::MIN, f32::max)) >= bound
        };
        topics.iter().filter(admits).copied().collect()
    }

    /// The skim's probability that one of these stances is taken in the sentence.
    fn skim(&self, lower: &Lower, place: Range<usize>, hypotheses: &[Hypothesis]) -> f32 {
        let skim = &self.layered.heads().skim;
        let all = skim.weights.len() * skim.width;
        let keys: Vec<&[f32]> = place.filter_map(|at| lower.skim.row(at)?.get(all..2 * all)).collect();
        let of = |hypothesis: &Hypothesis| {
            let query = hypothesis.lower.skim.row(0).and_then(|row| row.get(..all)).unwrap_or_default();
            let heads = query.chunks_exact(skim.width).zip(&skim.weights).enumerate();
            let matched = heads.map(|(head, (query, weight))| {
                let own = head * skim.width..(head + 1) * skim.width;
                let best = keys.iter().map(|key| product(query, &key[own.clone()])).fold(f32::MIN, f32::max);
                weight * best / (skim.width as f32).sqrt()
            });
            matched.sum::<f32>() + skim.bias
        };
        sigmoid(hypotheses.iter().map(of).fold(f32::MIN, f32::max))
    }

    /// What the upper layers read for the sentences of a part.
    fn passes(&self, part: &Part<'_>, read: Vec<Read>, lower: Vec<Lower>, labels: &Labels) -> Vec<Pass> {
        let bound = self.layered.heads().skim.bound;
        let mut passes = Vec::new();
        for (Read { sentence, place, topics, .. }, lower) in read.into_iter().zip(lower) {
            let context = &part.contexts[sentence];
            for topic in &topics {
                let Some(hypotheses) = labels.topics.get(topic) else { continue };
                if self.skim(&lower, place.clone(), hypotheses) < bound {
                    continue;
                }
                let mut parts = vec![Arc::clone(&lower.states)];
                let mut length = States::new(parts.clone()).tokens();
                let mut add = |label: &Arc<Lower>| {
                    let at = length;
                    length += label.states.shape().first().copied().unwrap_or(0);
                    parts.push(Arc::clone(&label.states));
                    at
                };
                let stances = hypotheses.iter().map(|h| add(&h.lower)).collect();
                let known = context.candidates.iter().filter_map(|a| Some((a, labels.actors.get(a)?)));
                let actors = known.map(|(actor, label)| (actor.clone(), add(label))).collect();
                passes.push(Pass { sentence, topic: *topic, states: States::new(parts), stances, actors });
            }
        }
        passes
    }

    fn judgements(
        &self,
        pass: &Pass,
        outputs: &Outputs,
        labels: &Labels,
    ) -> Result<Vec<Judgement>, JudgeError> {
        let temperature = self.layered.encoder().temperature();
        let heads = &self.layered.heads().roles;
        let row = |name: &str, at: usize| {
            let row = outputs.get(name).and_then(|tensor| tensor.row(at));
            row.ok_or_else(|| BackendError::Shape(format!("no {name} for the token {at}")))
        };
        let hypotheses = labels.topics.get(&pass.topic).map(Vec::as_slice).unwrap_or_default();
        let one = |(hypothesis, &at): (&Hypothesis, &usize)| {
            let probabilities = self.probabilities(row("logits", at)?)?;
            let query = row("query", at)?;
            let (mut holders, mut sources) = (Vec::new(), Vec::new());
            for (actor, at) in &pass.actors {
                let key = row("key", *at)?;
                let role = |number: usize| {
                    let own = number * heads.width..(number + 1) * heads.width;
                    let scaled = product(&query[own.clone()], &key[own]) / (heads.width as f32).sqrt();
                    rounded(sigmoid((scaled * heads.scale + heads.bias[number]) / temperature))
                };
                let probability = role(0);
                let score = rounded((probabilities.entailment * probability).sqrt() as f32);
                holders.push(Holder { actor: actor.clone(), probability, score });
                sources.push(Source { actor: actor.clone(), holder: None, probability: role(1) });
            }
            let Hypothesis { stance, text, .. } = hypothesis;
            Ok(Judgement { stance: *stance, hypothesis: text.clone(), probabilities, holders, sources })
        };
        hypotheses.iter().zip(&pass.stances).map(one).collect()
    }

    fn probabilities(&self, logits: &[f32]) -> Result<Probabilities, BackendError> {
        if let Some(value) = logits.iter().find(|value| !value.is_finite()) {
            return Err(BackendError::NotFinite(*value));
        }
        let temperature = self.layered.encoder().temperature();
        let p = softmax(&self.columns.map(|column| logits[column] / temperature));
        Ok(Probabilities { entailment: rounded(p[0]), neutral: rounded(p[1]), contradiction: rounded(p[2]) })
    }

    /// Natural language inference: the probabilities for each premise and hypothesis.
    ///
    /// # Errors
    /// [`JudgeError`] if the tokenizer rejects a text, or the model can't be run.
    pub fn infer(&self, runner: &Runner, pairs: &[(&str, &str)]) -> Result<Vec<Probabilities>, JudgeError> {
        let mut all = Vec::with_capacity(pairs.len());
        for pairs in pairs.chunks(SENTENCES_AT_ONCE * runner.threads()) {
            let premise = |(premise, _): &(&str, &str)| self.passage(0, &Passage::of_text(premise));
            let premises = pairs.iter().map(premise).collect::<Result<Vec<_>, _>>()?;
            let hypothesis = |(_, hypothesis): &(&str, &str)| self.label(kind::STANCE, hypothesis);
            let hypotheses = pairs.iter().map(hypothesis).collect::<Result<Vec<_>, _>>()?;
            let tokens: Vec<&Tokens> = premises.iter().map(|read| &read.tokens).chain(&hypotheses).collect();
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

    /// Judges sentences that are read at once: for each part, judgements by sentence.
    fn judge_parts(
        &self,
        runner: &Runner,
        labels: &Labels,
        parts: Vec<Part<'_>>,
    ) -> Result<Vec<(usize, Result<Judged, JudgeError>)>, BackendError> {
        let documents: Vec<usize> = parts.iter().map(|part| part.document).collect();
        let parts = parts.into_iter().map(Ok).collect();
        let read = each(parts, |part: Part<'_>| {
            let contexts = part.contexts.iter().enumerate().filter(|(_, context)| !context.topics.is_empty());
            let passages = contexts.map(|(sentence, context)| {
                fail_point("question", || &context.text);
                let mut read = self.passage(sentence, &context.passage)?;
                read.topics = self.sieved(&read, &context.topics, labels);
                Ok(read)
            });
            let mut passages = passages.collect::<Result<Vec<_>, JudgeError>>()?;
            passages.retain(|read| !read.topics.is_empty());
            Ok((part, passages))
        });
        let tokens: Vec<Vec<&Tokens>> = read
            .iter()
            .map(|part| match part {
                Ok((_, passages)) => passages.iter().map(|read| &read.tokens).collect(),
                Err(_) => Vec::new(),
            })
            .collect();
        let lower = self.layered.lower(runner, &tokens)?;
        let passes = each(with(read, lower), |((part, read), lower)| {
            let passes = self.passes(&part, read, lower, labels);
            Ok((part, passes))
        });
        let states: Vec<Vec<&States>> = passes
            .iter()
            .map(|part| match part {
                Ok((_, passes)) => passes.iter().map(|pass| &pass.states).collect(),
                Err(_) => Vec::new(),
            })
            .collect();
        let upper = self.layered.upper(runner, &states)?;
        let judged = each(with(passes, upper), |((part, passes), outputs)| {
            part.contexts.iter().for_each(|context| fail_point("judgement", || &context.text));
            let mut sentences = vec![Vec::new(); part.contexts.len()];
            let mut pairs = 0;
            for (pass, outputs) in passes.iter().zip(&outputs) {
                pairs += pass.stances.len();
                sentences[pass.sentence].extend(self.judgements(pass, outputs, labels)?);
            }
            Ok(Judged { sentences, pairs })
        });
        Ok(documents.into_iter().zip(judged).collect())
    }
}

impl StanceModel for TopicModel {
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError> {
        let most = self.layered.heads().most.label;
        let stances = codebook.topics.indexed().flat_map(|(topic, _)| codebook.topics.stances(topic));
        let hypotheses = stances.map(|stance| of_anyone(codebook, stance));
        let names = codebook.actors.iter().map(|actor| actor.id.to_string());
        for (kind, text) in
            hypotheses.map(|text| (kind::STANCE, text)).chain(names.map(|text| (kind::ACTOR, text)))
        {
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
        let labels = self.codebook_labels(runner, codebook)?;
        let mut judged: Vec<Result<Judged, JudgeError>> =
            documents.iter().map(|_| Ok(Judged::default())).collect();
        for window in windows(documents, SENTENCES_AT_ONCE * runner.threads()) {
            for (document, part) in self.judge_parts(runner, &labels, window)? {
                let whole = &mut judged[document];
                match (whole.as_mut(), part) {
                    (Ok(whole), Ok(part)) => {
                        whole.sentences.extend(part.sentences);
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

/// The documents' sentences in windows of at most `most`; a part of a window has sentences of one
/// document.
fn windows<'c>(documents: &[&'c [Context]], most: usize) -> Vec<Vec<Part<'c>>> {
    let mut windows: Vec<Vec<Part<'c>>> = vec![Vec::new()];
    let mut held = 0;
    for (document, contexts) in documents.iter().enumerate() {
        for contexts in contexts.chunks(most.max(1)) {
            if held + contexts.len() > most && held > 0 {
                windows.push(Vec::new());
                held = 0;
            }
            held += contexts.len();
            let part = Part { document, contexts };
            windows.last_mut().map(|window| window.push(part)).unwrap_or_default();
        }
    }
    windows
}

/// Each part with the result of a step.
fn with<T, U, E: Into<JudgeError>>(
    parts: Vec<Result<T, JudgeError>>,
    found: Vec<Result<U, E>>,
) -> Vec<Result<(T, U), JudgeError>> {
    parts.into_iter().zip(found).map(|(part, found)| Ok((part?, found.map_err(Into::into)?))).collect()
}

/// The result for the only document of a call.
fn only<T>(documents: Vec<Result<Vec<T>, BackendError>>) -> Result<Vec<T>, BackendError> {
    documents.into_iter().next().unwrap_or_else(|| Ok(Vec::new()))
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
