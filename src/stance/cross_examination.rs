//! Uses any NLI model, in three rounds: whether a stance is taken, by whom, and who reports it.
//!
//! The first round asks whether anyone takes a stance; the second, for a stance that is taken,
//! which candidate takes it; the third, for a claim, who else reports it. So most sentences need
//! one question per stance, and few need a question per actor.

use super::ask::{Answers, Question, ask};
use super::codebook::Codebook;
use super::context::Context;
use super::decide::taken;
use super::hypothesis::{longest, of_anyone, of_holder, of_source};
use super::judgement::{Holder, Judged, Judgement, Source};
use super::model::{JudgeError, StanceModel, StanceModelError};
use super::nli::Nli;
use super::topics::{Bounds, StanceIndex};
use crate::actors::ActorId;
use crate::inference::{BackendError, Encoder, Runner};
use crate::isolation::each;
use crate::numeric::rounded;

/// An NLI model without role labels.
#[derive(Debug)]
pub struct CrossExamination {
    nli: Nli,
}

/// A document between two rounds.
struct Draft<'d> {
    contexts: &'d [Context],
    judged: Judged,
}

/// Identifies a judgement of a sentence.
#[derive(Clone, Copy)]
struct JudgementPlace {
    sentence: usize,
    judgement: usize,
}

/// A question of the first round.
struct AskedStance {
    sentence: usize,
    stance: StanceIndex,
    hypothesis: String,
    /// Whether the premise was truncated.
    truncated: bool,
}

/// A question of the second round.
struct AskedHolder {
    place: JudgementPlace,
    actor: ActorId,
}

/// A question of the third round.
struct AskedSource {
    place: JudgementPlace,
    actor: ActorId,
    holder: ActorId,
}

type Drafts<'d> = Vec<Result<Draft<'d>, JudgeError>>;

impl CrossExamination {
    /// Reads the model's labels, in any order.
    ///
    /// # Errors
    /// [`StanceModelError::Labels`] if one is missing or unknown.
    pub fn new(encoder: Encoder) -> Result<Self, StanceModelError> {
        Ok(Self { nli: Nli::new(encoder)? })
    }

    /// One round over all documents: the questions for each, and how the answers are stored.
    fn round<'d, T: Send>(
        &self,
        runner: &Runner,
        drafts: Drafts<'d>,
        questions: impl Fn(&Draft<'d>) -> Result<Vec<Question<T>>, JudgeError> + Sync,
        note: impl Fn(&mut Draft<'d>, Answers<T>) + Sync,
    ) -> Result<Drafts<'d>, BackendError> {
        let asked = each(drafts, |draft| {
            let questions = questions(&draft)?;
            Ok((draft, questions))
        });
        let answered = ask(self.nli.encoder(), runner, asked)?;
        Ok(each(answered, |(mut draft, answers)| {
            draft.judged.pairs += answers.len();
            note(&mut draft, answers);
            Ok(draft)
        }))
    }

    fn question<T>(
        &self,
        draft: &Draft<'_>,
        sentence: usize,
        hypothesis: &str,
        about: T,
    ) -> Result<Question<T>, JudgeError> {
        let (tokens, _) = self.nli.pair(&draft.contexts[sentence].premise, hypothesis)?;
        Ok(Question { about, tokens })
    }

    fn stances(
        &self,
        draft: &Draft<'_>,
        codebook: &Codebook,
    ) -> Result<Vec<Question<AskedStance>>, JudgeError> {
        let mut questions = Vec::new();
        for (sentence, context) in draft.contexts.iter().enumerate() {
            for stance in context.topics.iter().flat_map(|&topic| codebook.topics.stances(topic)) {
                let hypothesis = of_anyone(codebook, stance);
                let (tokens, truncated) = self.nli.pair(&context.premise, &hypothesis)?;
                let about = AskedStance { sentence, stance, hypothesis, truncated };
                questions.push(Question { about, tokens });
            }
        }
        Ok(questions)
    }

    fn note_stances(&self, draft: &mut Draft<'_>, answers: Answers<AskedStance>) {
        for (AskedStance { sentence, stance, hypothesis, truncated }, logits) in answers {
            draft.judged.truncated[sentence] |= truncated;
            draft.judged.sentences[sentence].push(Judgement {
                stance,
                hypothesis,
                probabilities: self.nli.probabilities(&logits),
                holders: Vec::new(),
                sources: Vec::new(),
                evidence: None,
            });
        }
    }

    /// Asks about the candidates for each stance that is at or above its floor.
    fn holders(
        &self,
        draft: &Draft<'_>,
        codebook: &Codebook,
    ) -> Result<Vec<Question<AskedHolder>>, JudgeError> {
        let mut questions = Vec::new();
        for (place, judgement) in draft.judgements() {
            let Bounds { floor, .. } = codebook.bounds(judgement.stance);
            if self.nli.encoder().calibrated(judgement.probabilities.entailment) < floor {
                continue;
            }
            for actor in &draft.contexts[place.sentence].candidates {
                let hypothesis = of_holder(codebook, judgement.stance, actor);
                let about = AskedHolder { place, actor: actor.clone() };
                questions.push(self.question(draft, place.sentence, &hypothesis, about)?);
            }
        }
        Ok(questions)
    }

    fn note_holders(&self, draft: &mut Draft<'_>, answers: Answers<AskedHolder>) {
        for (AskedHolder { place, actor }, logits) in answers {
            let probability = self.nli.probabilities(&logits).entailment;
            let judgement = draft.judgement(place);
            let score = rounded(self.nli.encoder().calibrated(judgement.probabilities.entailment) as f32);
            judgement.holders.push(Holder { actor, probability, score, name: None });
        }
    }

    /// Asks who else may report each claim.
    fn sources(
        &self,
        draft: &Draft<'_>,
        codebook: &Codebook,
    ) -> Result<Vec<Question<AskedSource>>, JudgeError> {
        let mut questions = Vec::new();
        for (sentence, (context, judgements)) in
            draft.contexts.iter().zip(&draft.judged.sentences).enumerate()
        {
            for claim in taken(judgements, codebook) {
                let holder = &claim.holder.actor;
                if holder.is_narrator() {
                    continue;
                }
                let place = JudgementPlace { sentence, judgement: claim.index };
                for actor in context.reporters(&codebook.actors).filter(|actor| *actor != holder) {
                    let hypothesis = of_source(codebook, claim.judgement.stance, holder, actor);
                    let (actor, holder) = (actor.clone(), holder.clone());
                    let about = AskedSource { place, actor, holder };
                    questions.push(self.question(draft, sentence, &hypothesis, about)?);
                }
            }
        }
        Ok(questions)
    }

    fn note_sources(&self, draft: &mut Draft<'_>, answers: Answers<AskedSource>) {
        for (AskedSource { place, actor, holder }, logits) in answers {
            let probability = self.nli.probabilities(&logits).entailment;
            let source = Source { actor, holder: Some(holder), probability, name: None };
            draft.judgement(place).sources.push(source);
        }
    }
}

impl<'d> Draft<'d> {
    fn new(contexts: &'d [Context]) -> Self {
        let sentences = vec![Vec::new(); contexts.len()];
        let screened = vec![Vec::new(); contexts.len()];
        let truncated = vec![false; contexts.len()];
        Self { contexts, judged: Judged { sentences, screened, truncated, pairs: 0 } }
    }

    fn judgements(&self) -> impl Iterator<Item = (JudgementPlace, &Judgement)> {
        self.judged.sentences.iter().enumerate().flat_map(|(sentence, judgements)| {
            let placed = judgements.iter().enumerate();
            placed.map(move |(judgement, own)| (JudgementPlace { sentence, judgement }, own))
        })
    }

    fn judgement(&mut self, place: JudgementPlace) -> &mut Judgement {
        &mut self.judged.sentences[place.sentence][place.judgement]
    }
}

impl StanceModel for CrossExamination {
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError> {
        self.nli.check(&longest(codebook))
    }

    fn judge(
        &self,
        runner: &Runner,
        codebook: &Codebook,
        documents: &[&[Context]],
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError> {
        let drafts = documents.iter().map(|contexts| Ok(Draft::new(contexts))).collect();
        let drafts = self.round(
            runner,
            drafts,
            |draft| self.stances(draft, codebook),
            |draft, answers| self.note_stances(draft, answers),
        )?;
        let drafts = self.round(
            runner,
            drafts,
            |draft| self.holders(draft, codebook),
            |draft, answers| self.note_holders(draft, answers),
        )?;
        let drafts = self.round(
            runner,
            drafts,
            |draft| self.sources(draft, codebook),
            |draft, answers| self.note_sources(draft, answers),
        )?;
        Ok(drafts.into_iter().map(|draft| draft.map(|draft| draft.judged)).collect())
    }

    fn name(&self) -> &str {
        "cross-examination"
    }

    fn encoders(&self) -> Vec<&Encoder> {
        vec![self.nli.encoder()]
    }
}
