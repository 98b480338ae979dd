//! What the lower layers read: passages, and the labels (hypotheses and names) of a codebook.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use tokenizers::Encoding;

use super::model::TopicModel;
use crate::actors::ActorId;
use crate::inference::{BackendError, Lower, Runner, SieveWords, Tokens};
use crate::stance::codebook::Codebook;
use crate::stance::hypothesis::of_anyone;
use crate::stance::model::JudgeError;
use crate::stance::passage::{BEFORE as SEPARATOR, Passage};
use crate::stance::topics::{StanceIndex, TopicIndex};

// Token types, as in `training/topic_model.py`.
const BEFORE: i32 = 0;
const SENTENCE: i32 = 1;
/// Token type of a hypothesis's first token.
pub const STANCE: i32 = 2;
/// Token type of a name's first token.
pub const ACTOR: i32 = 3;
const WORD: i32 = 4;

/// A passage, tokenized.
pub struct PassageTokens {
    pub tokens: Tokens,
    /// The place of its sentence, with the special token at its end.
    pub sentence: Range<usize>,
    /// The bytes of each token of the sentence in its marked text.
    pub bytes: Vec<(usize, usize)>,
    /// For each of the passage's names, those of its tokens that were not cut off.
    pub names: Vec<Range<usize>>,
    /// Whether the end of the sentence was cut off.
    pub truncated: bool,
}

/// A hypothesis of a stance, as the lower layers read it.
pub struct Hypothesis {
    pub stance: StanceIndex,
    pub text: String,
    pub lower: Arc<Lower>,
    /// What the sieve matches, if there is one.
    pub words: Option<SieveWords>,
}

/// Hypotheses and names of a codebook, as the lower layers read them.
pub struct Labels {
    topics: HashMap<TopicIndex, Vec<Hypothesis>>,
    actors: HashMap<ActorId, Arc<Lower>>,
    /// The actors that are candidates of every sentence: the catch-all and the narrator.
    always: Vec<ActorId>,
}

impl Labels {
    /// The hypotheses of a topic.
    pub fn hypotheses(&self, topic: TopicIndex) -> &[Hypothesis] {
        self.topics.get(&topic).map(Vec::as_slice).unwrap_or_default()
    }

    /// The name of an actor.
    pub fn name(&self, actor: &ActorId) -> Option<&Arc<Lower>> {
        self.actors.get(actor)
    }

    /// The candidates that have room in a sequence, given how many tokens are left: those that every
    /// sentence has, then the others in their order.
    pub fn that_fit<'c>(
        &self,
        candidates: &'c [ActorId],
        mut room: usize,
    ) -> Vec<(&'c ActorId, &Arc<Lower>)> {
        let named = candidates.iter().filter_map(|actor| Some((actor, self.name(actor)?)));
        let named: Vec<_> = named.collect();
        let (first, rest): (Vec<_>, Vec<_>) =
            named.iter().copied().partition(|(actor, _)| self.always.contains(actor));
        let mut kept = Vec::new();
        for (actor, lower) in first.into_iter().chain(rest) {
            let tokens = lower.states.shape().first().copied().unwrap_or(0);
            if tokens <= room {
                room -= tokens;
                kept.push(actor);
            }
        }
        named.into_iter().filter(|(actor, _)| kept.contains(actor)).collect()
    }
}

impl TopicModel {
    /// The tokens of a passage. What comes before the sentence loses its beginning if both are too
    /// long; the sentence loses its end.
    pub(super) fn passage(&self, passage: &Passage) -> Result<PassageTokens, JudgeError> {
        let (most, (start, end)) = (self.layered.heads().most, self.layered.ends());
        let encoder = self.layered.encoder();
        let own = encoder.encode_plain(&passage.sentence.text)?;
        let kept = own.len().min(most.sentence);
        let before = match passage.before.as_str() {
            "" => Encoding::default(),
            before => encoder.encode_plain(&format!("{before}{}", SEPARATOR.trim_end()))?,
        };
        let dropped = before.len().saturating_sub(most.passage.saturating_sub(2 + kept));
        let words = before.get_ids()[dropped..].iter().chain(&own.get_ids()[..kept]).map(|&id| id as i32);
        let ids: Vec<i32> = [start].into_iter().chain(words).chain([end]).collect();
        let first = 1 + before.len() - dropped;
        let types = (0..ids.len()).map(|at| if at < first { BEFORE } else { SENTENCE }).collect();
        let names = passage.names.iter().map(|name| match name.in_sentence {
            true => tokens_at(&own.get_offsets()[..kept], &name.bytes, first),
            false => tokens_at(&before.get_offsets()[dropped..], &name.bytes, 1),
        });
        Ok(PassageTokens {
            names: names.collect(),
            sentence: first..ids.len(),
            bytes: own.get_offsets()[..kept].to_vec(),
            truncated: kept < own.len() || !own.get_overflowing().is_empty(),
            tokens: Tokens { ids, token_type_ids: types },
        })
    }

    /// The tokens of a hypothesis or a name; `kind` is the token type of its first token.
    pub(super) fn label(&self, kind: i32, text: &str) -> Result<Tokens, JudgeError> {
        let words = self.layered.encoder().encode_plain(text)?;
        let words = words.get_ids().iter().map(|&id| id as i32);
        let ids: Vec<i32> = [self.layered.ends().1].into_iter().chain(words).collect();
        let types = (0..ids.len()).map(|at| if at == 0 { kind } else { WORD }).collect();
        Ok(Tokens { ids, token_type_ids: types })
    }

    /// The hypotheses and names of a codebook; each is read once for all documents.
    pub(super) fn labels(&self, runner: &Runner, codebook: &Codebook) -> Result<Labels, BackendError> {
        let mut topics = HashMap::new();
        for (topic, _) in codebook.topics.indexed() {
            let stances: Vec<StanceIndex> = codebook.topics.stances(topic).collect();
            let texts: Vec<String> = stances.iter().map(|&stance| of_anyone(codebook, stance)).collect();
            let lower = self.lower(runner, STANCE, &texts)?;
            let hypotheses = stances.into_iter().zip(texts).zip(lower).map(|((stance, text), lower)| {
                let words = self.words(&text)?;
                Ok(Hypothesis { stance, text, lower, words })
            });
            topics.insert(topic, hypotheses.collect::<Result<_, BackendError>>()?);
        }
        let ids = codebook.actors.iter().map(|actor| actor.id.clone()).chain([ActorId::narrator()]);
        let ids: Vec<ActorId> = ids.collect();
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let lower = self.lower(runner, ACTOR, &names)?;
        let always = ids.iter().filter(|id| codebook.actors.is_catch_all(id) || id.is_narrator());
        Ok(Labels { topics, always: always.cloned().collect(), actors: ids.into_iter().zip(lower).collect() })
    }

    /// What the sieve matches of a hypothesis.
    fn words(&self, hypothesis: &str) -> Result<Option<SieveWords>, BackendError> {
        let Some(sieve) = self.layered.sieve() else { return Ok(None) };
        let tokens = self.label(STANCE, hypothesis).map_err(refused)?;
        Ok(Some(sieve.words(tokens.ids.get(1..).unwrap_or_default())))
    }

    /// The lower layers' output for hypotheses or names.
    fn lower(&self, runner: &Runner, kind: i32, texts: &[String]) -> Result<Vec<Arc<Lower>>, BackendError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<&String> =
            texts.iter().filter(|text| !known.contains_key(&(kind, (*text).clone()))).collect();
        let tokens: Vec<Tokens> =
            missing.iter().map(|text| self.label(kind, text)).collect::<Result<_, _>>().map_err(refused)?;
        let mut read = self.layered.lower(runner, &[tokens.iter().collect()])?;
        let lower = read.pop().unwrap_or_else(|| Ok(Vec::new()))?;
        for (text, lower) in missing.into_iter().zip(lower) {
            known.insert((kind, text.clone()), Arc::new(lower));
        }
        let lost = || BackendError::Run("internal error: a hypothesis has no states".into());
        texts.iter().map(|text| known.get(&(kind, text.clone())).cloned().ok_or_else(lost)).collect()
    }
}

/// The tokens that overlap these bytes; the first token has the number `from`.
fn tokens_at(offsets: &[(usize, usize)], bytes: &Range<usize>, from: usize) -> Range<usize> {
    let first = offsets.partition_point(|(_, end)| *end <= bytes.start);
    let last = offsets.partition_point(|(start, _)| *start < bytes.end);
    from + first..from + last.max(first)
}

/// The tokenizer rejects a hypothesis, which is no document's fault.
fn refused(error: JudgeError) -> BackendError {
    BackendError::Run(error.to_string())
}
