//! A topic model as a stance model.

use super::input::{ACTOR, STANCE};
use super::model::{SENTENCES_AT_ONCE, TopicModel};
use super::window::windows;
use crate::actors::NARRATOR;
use crate::inference::{BackendError, Encoder, Runner};
use crate::stance::codebook::Codebook;
use crate::stance::context::Context;
use crate::stance::hypothesis::of_anyone;
use crate::stance::judgement::Judged;
use crate::stance::model::{JudgeError, StanceModel, StanceModelError};

impl TopicModel {
    /// Checks that a full passage, the hypotheses of each topic and the usual number of names fit
    /// into a sequence.
    fn check_room(&self, codebook: &Codebook) -> Result<(), StanceModelError> {
        let length = |kind: i32, text: &str| Ok::<_, StanceModelError>(self.label(kind, text)?.len());
        let names = codebook.actors.iter().map(|actor| actor.id.to_string()).chain([NARRATOR.to_owned()]);
        let mut names = names.map(|name| length(ACTOR, &name)).collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable_by(|a, b| b.cmp(a));
        let usual: usize = names.iter().take(codebook.attribution.candidates + 2).sum();
        let taken = self.layered.heads().most.passage + usual;
        let most = self.layered.encoder().max_tokens().saturating_sub(taken);
        for (index, topic) in codebook.topics.indexed() {
            let hypotheses = codebook.topics.stances(index).map(|stance| of_anyone(codebook, stance));
            let tokens = hypotheses.map(|text| length(STANCE, &text)).sum::<Result<usize, _>>()?;
            if tokens > most {
                return Err(StanceModelError::TopicTooLong { topic: topic.id.clone(), tokens, most });
            }
        }
        Ok(())
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
        self.check_room(codebook)
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
        for window in windows(documents, SENTENCES_AT_ONCE * runner.threads()) {
            let of: Vec<usize> = window.iter().map(|part| part.document).collect();
            for (document, part) in of.into_iter().zip(self.judge_window(runner, &labels, window)?) {
                let whole = &mut judged[document];
                match (whole.as_mut(), part) {
                    (Ok(whole), Ok(part)) => {
                        whole.sentences.extend(part.sentences);
                        whole.screened.extend(part.screened);
                        whole.truncated.extend(part.truncated);
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
