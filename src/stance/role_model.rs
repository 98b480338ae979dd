//! A model with role labels: one pass per stance says whether it is taken, by whom, and who reports
//! it.

use tokenizers::Encoding;

use super::ask::{Question, ask};
use super::codebook::Codebook;
use super::context::Context;
use super::hypothesis::{longest, of_anyone};
use super::judgement::{Holder, Judged, Judgement, Source, score};
use super::model::{JudgeError, StanceModel, StanceModelError};
use super::nli::{HOLDER, Nli, SOURCE, column, knows_roles};
use super::topics::StanceIndex;
use crate::actors::ActorId;
use crate::inference::{BackendError, Encoder, Logits, Runner, Tokens, trimmed};
use crate::isolation::{each, fail_point};
use crate::numeric::{rounded, sigmoid};

/// An NLI model with two more labels, `holder` and `source`. Its input has the candidates' names
/// after the hypothesis; the first token of each name has the logits of these two labels.
#[derive(Debug)]
pub struct RoleModel {
    nli: Nli,
    holder: usize,
    source: usize,
}

/// The input of one pass.
struct RolePass {
    sentence: usize,
    stance: StanceIndex,
    hypothesis: String,
    /// Each candidate with the position of the first token of its name.
    names: Vec<(ActorId, usize)>,
    /// Whether the premise was truncated.
    truncated: bool,
}

/// A sequence for the model.
struct NamedTokens {
    tokens: Tokens,
    /// Each candidate with the position of the first token of its name.
    names: Vec<(ActorId, usize)>,
    /// Whether the premise was truncated.
    truncated: bool,
}

impl RoleModel {
    /// Whether a model has these two labels, and logits for each token.
    pub fn fits(encoder: &Encoder) -> bool {
        knows_roles(encoder.labels()) && encoder.labels_each_token()
    }

    /// Reads the model's labels, in any order.
    ///
    /// # Errors
    /// [`StanceModelError::Labels`] if one is missing or unknown.
    pub fn new(encoder: Encoder) -> Result<Self, StanceModelError> {
        let each_token = encoder.labels_each_token();
        let nli = Nli::new(encoder)?;
        let labels = nli.encoder().labels();
        match column(labels, HOLDER).zip(column(labels, SOURCE)) {
            Some((holder, source)) if each_token => Ok(Self { holder, source, nli }),
            _ => Err(StanceModelError::Labels {
                model: nli.encoder().entry().name.clone(),
                labels: labels.to_vec(),
            }),
        }
    }

    /// The tokens of a premise, a hypothesis and the names after it.
    fn tokens(&self, premise: &str, hypothesis: &str, actors: &[ActorId]) -> Result<NamedTokens, JudgeError> {
        let (mut second, mut starts) = (hypothesis.to_owned(), Vec::new());
        for actor in actors {
            second.push(' ');
            starts.push(second.len());
            second.push_str(actor.as_str());
        }
        let encoding = self.nli.encoder().encode_pair(premise, &second)?;
        let placed = actors.iter().zip(starts).map(|(actor, start)| {
            let token = first_token(&second, &encoding, start);
            Ok((actor.clone(), token.ok_or_else(|| JudgeError::NameLost(actor.clone()))?))
        });
        Ok(NamedTokens {
            tokens: Tokens::from(&encoding),
            names: placed.collect::<Result<_, JudgeError>>()?,
            truncated: !encoding.get_overflowing().is_empty(),
        })
    }

    fn questions(
        &self,
        contexts: &[Context],
        codebook: &Codebook,
    ) -> Result<Vec<Question<RolePass>>, JudgeError> {
        let mut questions = Vec::new();
        for (sentence, context) in contexts.iter().enumerate() {
            fail_point("question", || &context.text);
            for stance in context.topics.iter().flat_map(|&topic| codebook.topics.stances(topic)) {
                let hypothesis = of_anyone(codebook, stance);
                let NamedTokens { tokens, names, truncated } =
                    self.tokens(&context.premise, &hypothesis, &context.candidates)?;
                let about = RolePass { sentence, stance, hypothesis, names, truncated };
                questions.push(Question { about, tokens });
            }
        }
        Ok(questions)
    }

    fn judgement(&self, asked: RolePass, logits: &Logits) -> Result<Judgement, JudgeError> {
        let RolePass { stance, hypothesis, names, .. } = asked;
        let probabilities = self.nli.probabilities(logits);
        let temperature = self.nli.encoder().temperature();
        let (mut holders, mut sources) = (Vec::new(), Vec::new());
        for (actor, token) in names {
            let missing = || BackendError::Shape(format!("no logits for the name {actor}"));
            let row = logits.row(token).ok_or_else(missing)?;
            let at = |column: usize| rounded(sigmoid(row[column] / temperature));
            let probability = at(self.holder);
            let score = score(self.nli.encoder(), &probabilities, probability);
            holders.push(Holder { actor: actor.clone(), probability, score, name: None });
            sources.push(Source { actor, holder: None, probability: at(self.source), name: None });
        }
        Ok(Judgement { stance, hypothesis, probabilities, holders, sources, evidence: None })
    }
}

impl StanceModel for RoleModel {
    fn check(&self, codebook: &Codebook) -> Result<(), StanceModelError> {
        self.nli.check(&longest(codebook))?;
        for actor in codebook.actors.iter() {
            self.tokens("", "", std::slice::from_ref(&actor.id))?;
        }
        Ok(())
    }

    fn judge(
        &self,
        runner: &Runner,
        codebook: &Codebook,
        documents: &[&[Context]],
    ) -> Result<Vec<Result<Judged, JudgeError>>, BackendError> {
        let all = documents.iter().map(|contexts| Ok(*contexts)).collect();
        let asked = each(all, |contexts: &[Context]| Ok((contexts, self.questions(contexts, codebook)?)));
        let answered = ask(self.nli.encoder(), runner, asked)?;
        Ok(each(answered, |(contexts, answers)| {
            contexts.iter().for_each(|context| fail_point("judgement", || &context.text));
            let (mut sentences, pairs) = (vec![Vec::new(); contexts.len()], answers.len());
            let mut truncated = vec![false; contexts.len()];
            for (asked, logits) in answers {
                let sentence = asked.sentence;
                truncated[sentence] |= asked.truncated;
                sentences[sentence].push(self.judgement(asked, &logits)?);
            }
            let screened = vec![Vec::new(); contexts.len()];
            Ok(Judged { sentences, screened, truncated, pairs })
        }))
    }

    fn name(&self) -> &str {
        "roles"
    }

    fn encoders(&self) -> Vec<&Encoder> {
        vec![self.nli.encoder()]
    }
}

/// The token of a pair's second text with which a name begins; it may include the space before the
/// name.
fn first_token(second: &str, encoding: &Encoding, start: usize) -> Option<usize> {
    let parts = encoding.get_sequence_ids();
    encoding.get_offsets().iter().zip(parts).position(|(&token, part)| {
        let spelled = trimmed(second, token);
        part == Some(1) && spelled.start == start && !spelled.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokenizers::{Tokenizer, TruncationParams, TruncationStrategy};

    use super::*;
    use crate::inference::{Runtime, Tensor};
    use crate::kinds::{KINDS, spelled, tokenizer};
    use crate::models::{Choice, ModelTask, Registry, add};

    /// A tiny random model, which `tests/reference/tiny_role_model.py` wrote.
    fn tiny() -> RoleModel {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/role_model");
        let registered = tempfile::tempdir().expect("a folder");
        add(registered.path(), &folder, None, &Choice::default()).expect("added");
        let registry = Registry::open(Some(registered.path())).expect("opens");
        let encoder = Encoder::load(&registry, ModelTask::Nli, &Runtime::default());
        RoleModel::new(encoder.expect("loads")).expect("knows roles")
    }

    #[test]
    fn each_name_has_its_roles_at_its_own_token() {
        let model = tiny();
        let codebook = Codebook::built_in().expect("valid");
        let (topic, _) = codebook.topics.indexed().next().expect("a topic");
        let stance = codebook.topics.stances(topic).next().expect("a stance");
        let labels = model.nli.encoder().labels().len();
        let mut values = vec![0.0; 4 * labels];
        values[column(model.nli.encoder().labels(), "entailment").expect("there")] = 5.0;
        values[2 * labels + model.holder] = 9.0;
        values[3 * labels + model.source] = 9.0;
        let tensor = Tensor::new(vec![4, labels], values).expect("fits");
        let logits = Logits::new(tensor, 4, labels).expect("fits");
        let mut actors = codebook.actors.iter().map(|a| a.id.clone());
        let names = actors.by_ref().zip([2, 3]).collect();
        let asked = RolePass { sentence: 0, stance, hypothesis: String::new(), names, truncated: false };
        let judged = model.judgement(asked, &logits).expect("reads");
        assert!(judged.probabilities.entailment > 0.5);
        let holders: Vec<bool> = judged.holders.iter().map(|h| h.probability > 0.9).collect();
        let sources: Vec<bool> = judged.sources.iter().map(|s| s.probability > 0.9).collect();
        assert_eq!((holders, sources), (vec![true, false], vec![false, true]));
        let names = actors.take(1).map(|actor| (actor, 4)).collect();
        let asked = RolePass { sentence: 0, stance, hypothesis: String::new(), names, truncated: false };
        assert!(model.judgement(asked, &logits).is_err());
    }

    #[test]
    fn each_name_is_found_after_the_hypothesis_for_any_premise_length() {
        let model = tiny();
        let actors = crate::actors::Actors::from_toml(
            "anyone='someone'\nnarrator='the article'\n\
             [[actor]]\nname='India'\nphrase='India'\n\
             [[actor]]\nname=\"Côte d'Ivoire\"\nphrase='it'\n\
             [[actor]]\nname='United Arab Emirates'\nphrase='it'\n\
             [[actor]]\nname='नेपाल'\nphrase='it'\ncatch_all=true\n",
        )
        .expect("valid");
        let actors: Vec<ActorId> = actors.iter().map(|a| a.id.clone()).collect();
        for premise in ["Delhi spoke.", &"Delhi spoke at length. ".repeat(200)] {
            let NamedTokens { tokens, names, truncated } =
                model.tokens(premise, "Someone’s naïve offer stands — or not.", &actors).expect("tokens");
            assert_eq!(truncated, premise.len() > 1000);
            let encoder = model.nli.encoder();
            assert!(tokens.len() <= encoder.max_tokens() && names.len() == actors.len());
            let first = |name: &str| encoder.encode(name).expect("tokens").get_ids()[1] as i32;
            for (actor, token) in &names {
                assert_eq!(tokens.ids[*token], first(actor.as_str()), "{actor}");
            }
        }
    }

    #[test]
    fn a_name_is_found_among_the_tokens_of_any_tokenizer() {
        let names = [("India", "India"), ("Islamabad", "Islam"), ("New Delhi", "New"), ("नेपाल", "नेपाल")];
        for (name, cut, around) in KINDS {
            let (json, pieces) = tokenizer(cut, around);
            let mut tokenizer = Tokenizer::from_bytes(json.to_string()).expect("a tokenizer");
            let long = "India".repeat(100);
            for (premise, hypothesis) in
                [("", ""), ("Doha, India.", "India's offer"), (&long, "An  offer 🕊 ")]
            {
                for max_length in [5, 6, 24, 64, 200] {
                    let strategy = TruncationStrategy::OnlyFirst;
                    let truncation = TruncationParams { max_length, strategy, ..TruncationParams::default() };
                    tokenizer.with_truncation(Some(truncation)).expect("no stride");
                    for (actor, first) in names {
                        let second = format!("{hypothesis} {actor}");
                        let Ok(encoding) = tokenizer.encode((premise, second.as_str()), true) else {
                            assert!(max_length < 64, "{name}: {second:?} has room");
                            continue;
                        };
                        assert!(encoding.len() <= max_length, "{name}");
                        let place = first_token(&second, &encoding, second.len() - actor.len());
                        let id = place.map(|place| encoding.get_ids()[place] as usize);
                        let found = id.map(|id| spelled(&pieces[id]));
                        assert_eq!(found, Some(first.to_owned()), "{name}");
                    }
                }
            }
        }
    }
}
