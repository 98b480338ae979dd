//! The NLI model: a pair of texts in, three probabilities out, and if it knows roles two for each actor.

use tokenizers::Encoding;

use super::{Answer, Probabilities, Role};
use crate::engine::Tokens;
use crate::entities::trimmed;
use crate::models::Model;
use crate::numeric::{rounded, sigmoid, softmax};

/// Judges whether a premise entails a hypothesis.
pub struct Judge<'m> {
    model: &'m Model,
    columns: Columns,
}

/// A premise and a hypothesis as the engine gets them.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// Their word pieces.
    pub tokens: Tokens,
    /// Each actor behind the hypothesis, with the first piece of its name.
    actors: Vec<(String, usize)>,
}

/// Where the logits stand.
struct Columns {
    entailment: usize,
    neutral: usize,
    contradiction: Option<usize>,
    roles: Option<Roles>,
}

/// Columns of the logits that a name's first piece carries.
struct Roles {
    holder: usize,
    source: usize,
}

impl Roles {
    /// Labels of a model that knows roles.
    const WIDTH: usize = 5;
}

impl<'m> Judge<'m> {
    /// Finds the labels by name, in whatever order they are.
    ///
    /// # Errors
    /// The label that is missing, or that there are others.
    pub fn new(model: &'m Model) -> Result<Self, String> {
        let columns =
            Columns::find(&model.labels).map_err(|reason| format!("{}: {reason}", model.entry.name))?;
        Ok(Self { model, columns })
    }

    /// Whether a hypothesis leaves the model room for a premise.
    ///
    /// # Errors
    /// The hypothesis that is too long.
    pub fn check(&self, hypothesis: &str) -> Result<(), String> {
        let length = self.model.encode(hypothesis)?.len();
        let most = self.model.max_length / 2;
        if length <= most {
            return Ok(());
        }
        Err(format!(
            "hypothesis {hypothesis:?} has {length} word pieces; the model has room for {most}: shorten it"
        ))
    }

    /// The pair as the engine gets it; a model that knows roles reads the actors' names behind the hypothesis.
    ///
    /// # Errors
    /// The tokenizer's message, as when the hypothesis alone is too long.
    pub fn pair(&self, premise: &str, hypothesis: &str, actors: &[String]) -> Result<Pair, String> {
        if self.columns.roles.is_none() || actors.is_empty() {
            let tokens = Tokens::from(&self.model.encode_pair(premise, hypothesis)?);
            return Ok(Pair { tokens, actors: Vec::new() });
        }
        let (mut second, mut starts) = (hypothesis.to_owned(), Vec::new());
        for actor in actors {
            second.push(' ');
            starts.push(second.len());
            second.push_str(actor);
        }
        let encoding = self.model.encode_pair(premise, &second)?;
        let placed = actors.iter().zip(starts).map(|(actor, start)| {
            let place = first_piece(&second, &encoding, start).map(|piece| (actor.clone(), piece));
            place.ok_or_else(|| format!("the tokenizer does not see where the actor's name {actor:?} begins"))
        });
        Ok(Pair { actors: placed.collect::<Result<_, _>>()?, tokens: Tokens::from(&encoding) })
    }

    /// What the logits of a pair say.
    pub fn answer(&self, pair: &Pair, logits: &[f32]) -> Answer {
        self.columns.answer(&pair.actors, logits, self.model.temperature)
    }
}

impl Columns {
    /// Three labels, five with roles, or two: what a two-class model calls `not_entailment` counts as neutral, as it tells no more.
    fn find(labels: &[String]) -> Result<Self, String> {
        let plain = |label: &str| label.to_lowercase().replace(['-', ' '], "_");
        let position = |name: &str| labels.iter().position(|label| plain(label) == name);
        let find = |name: &str| position(name).ok_or_else(|| unreadable(labels));
        let roles =
            position("holder").zip(position("source")).map(|(holder, source)| Roles { holder, source });
        let (neutral, contradiction) = match labels.len() {
            2 => (find("not_entailment")?, None),
            3 => (find("neutral")?, Some(find("contradiction")?)),
            Roles::WIDTH if roles.is_some() => (find("neutral")?, Some(find("contradiction")?)),
            _ => return Err(unreadable(labels)),
        };
        Ok(Self { entailment: find("entailment")?, neutral, contradiction, roles })
    }

    /// From `labels` values, or from `tokens × labels` of a model that knows roles.
    fn answer(&self, actors: &[(String, usize)], logits: &[f32], temperature: f32) -> Answer {
        let roles = self.roles.iter().flat_map(|roles| {
            actors.iter().map(|(actor, piece)| {
                let at = |column: usize| {
                    let logit = logits.get(piece * Roles::WIDTH + column).copied();
                    rounded(logit.map_or(0.0, |x| sigmoid(x / temperature)))
                };
                Role { actor: actor.clone(), holder: at(roles.holder), source: at(roles.source) }
            })
        });
        Answer { probabilities: self.probabilities(logits, temperature), roles: roles.collect() }
    }

    fn probabilities(&self, logits: &[f32], temperature: f32) -> Probabilities {
        let columns = [self.entailment, self.neutral].into_iter().chain(self.contradiction);
        let cooled: Vec<f32> =
            columns.map(|column| logits.get(column).map_or(0.0, |x| x / temperature)).collect();
        let p = softmax(&cooled);
        let at = |i: usize| rounded(p.get(i).copied().unwrap_or(0.0));
        Probabilities { entailment: at(0), neutral: at(1), contradiction: at(2) }
    }
}

/// The piece of a pair's second text that a name begins with; the space before it may be in the piece.
fn first_piece(second: &str, encoding: &Encoding, start: usize) -> Option<usize> {
    let parts = encoding.get_sequence_ids();
    encoding.get_offsets().iter().zip(parts).position(|(&piece, part)| {
        let spelled = trimmed(second, piece);
        part == Some(1) && spelled.start == start && !spelled.is_empty()
    })
}

fn unreadable(labels: &[String]) -> String {
    format!(
        "the labels are {labels:?}, an NLI model has entailment, neutral and contradiction (with holder and source \
         if it knows roles), or entailment and not_entailment; if these stand for them, name them in models.toml: \
         labels = [..], in the order of the logits"
    )
}

#[cfg(test)]
mod tests {
    use tokenizers::{Tokenizer, TruncationParams, TruncationStrategy};

    use super::*;
    use crate::kinds::{KINDS, spelled, tokenizer};
    use crate::models::{ModelTask, Registry, Runtime};

    fn columns(labels: &[&str]) -> Result<Columns, String> {
        Columns::find(&labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn labels_are_found_by_name_in_any_order() {
        let found = columns(&["CONTRADICTION", "entailment", "Neutral"]).expect("three labels");
        let p = found.probabilities(&[0.0, 2.0, 1.0], 1.0);
        assert!(p.entailment > p.neutral && p.neutral > p.contradiction, "{p:?}");
    }

    #[test]
    fn other_labels_are_refused_by_name() {
        let refused = |labels: &[&str]| columns(labels).is_err_and(|e| e.contains(labels[0]));
        assert!(refused(&["LABEL_0", "LABEL_1", "LABEL_2"]));
        assert!(refused(&["LABEL_0", "neutral", "contradiction"]));
        assert!(refused(&["contradiction", "entailment"]));
        assert!(refused(&["entailment", "neutral", "contradiction", "holder"]));
        assert!(refused(&["entailment", "entailment", "neutral"]));
    }

    #[test]
    fn a_model_of_two_classes_has_no_contradiction() {
        let found = columns(&["not_entailment", "Entailment"]).expect("two labels");
        let p = found.probabilities(&[0.0, 2.0], 1.0);
        assert!(p.entailment > 0.8 && p.neutral < 0.2 && p.contradiction == 0.0, "{p:?}");
    }

    #[test]
    fn each_name_has_its_roles_wherever_the_columns_stand() {
        let found =
            columns(&["source", "neutral", "holder", "entailment", "contradiction"]).expect("five labels");
        let mut logits = vec![0.0; 4 * Roles::WIDTH];
        logits[3] = 5.0;
        logits[2 * Roles::WIDTH + 2] = 4.0;
        logits[3 * Roles::WIDTH] = 4.0;
        let answer = found.answer(&[("India".into(), 2), ("Pakistan".into(), 3)], &logits, 1.0);
        assert!(answer.probabilities.entailment > 0.9);
        let (first, second) = (&answer.roles[0], &answer.roles[1]);
        assert!(first.actor == "India" && first.holder > 0.9 && first.source == 0.5, "{first:?}");
        assert!(second.actor == "Pakistan" && second.source > 0.9 && second.holder == 0.5, "{second:?}");
    }

    #[test]
    fn each_name_is_found_behind_the_hypothesis_however_long_the_premise() {
        let model =
            Model::load(&Registry::open(None).expect("embedded"), ModelTask::Nli, &Runtime::default())
                .expect("loads");
        let judge = Judge::new(&model).expect("an NLI model");
        let actors = ["India", "Côte d'Ivoire", "United Arab Emirates", "नेपाल"].map(str::to_owned);
        for premise in ["Delhi spoke.", &"Delhi spoke at length. ".repeat(200)] {
            let pair =
                judge.pair(premise, "Someone’s naïve offer stands — or not.", &actors).expect("a pair");
            assert!(pair.tokens.len() <= model.max_length && pair.actors.len() == actors.len());
            let first = |name: &str| model.encode(name).expect("pieces").get_ids()[1] as i32;
            for (actor, piece) in &pair.actors {
                assert_eq!(pair.tokens.ids[*piece], first(actor), "{actor}");
            }
        }
    }

    #[test]
    fn a_name_is_found_among_the_pieces_of_any_tokenizer() {
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
                        let place = first_piece(&second, &encoding, second.len() - actor.len());
                        let id = place.map(|place| encoding.get_ids()[place] as usize);
                        assert_eq!(id.map(|id| spelled(&pieces[id])), Some(first.to_owned()), "{name}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_model_without_roles_says_nothing_of_actors() {
        let found = columns(&["entailment", "neutral", "contradiction"]).expect("three labels");
        let answer = found.answer(&[("India".into(), 2)], &[1.0, 0.0, 0.0], 1.0);
        assert!(answer.roles.is_empty());
    }

    #[test]
    fn a_temperature_draws_probabilities_together_and_keeps_their_order() {
        let found = columns(&["entailment", "neutral", "contradiction"]).expect("three labels");
        let (sharp, flat) =
            (found.probabilities(&[3.0, 1.0, 0.0], 1.0), found.probabilities(&[3.0, 1.0, 0.0], 2.0));
        assert!(sharp.entailment > flat.entailment && flat.entailment > flat.neutral, "{sharp:?} {flat:?}");
    }
}
