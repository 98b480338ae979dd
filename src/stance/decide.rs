//! From probabilities to claims.

use std::cmp::Ordering;

use super::{Answer, Aspect, Claim, NARRATOR, Question, Reading, Status};
use crate::config::Configuration;

/// What came of one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict<'q> {
    /// What was asked.
    pub question: &'q Question,
    /// What the model said.
    pub answer: &'q Answer,
}

/// Questions beside their answers.
pub fn verdicts<'q>(questions: &'q [Question], answers: &'q [Answer]) -> Vec<Verdict<'q>> {
    questions.iter().zip(answers).map(|(question, answer)| Verdict { question, answer }).collect()
}

/// A stance whose holder is known, and one who takes it.
pub struct Taken<'v> {
    pub stance: &'v Verdict<'v>,
    pub holder: &'v str,
    /// Probability that it is this holder.
    pub probability: f64,
}

impl Taken<'_> {
    fn score(&self) -> f64 {
        self.stance.answer.score(self.probability)
    }

    /// Probability that the stance is taken, and by this holder.
    fn joint(&self) -> f64 {
        entailment(self.stance) * self.probability
    }
}

/// Who takes each stance: the most probable candidate, however sure, and any other actor from the
/// configured probability on. Beside the narrator there is no second holder, and of two stances that
/// oppose each other a holder takes the more probable one. Nothing below its stance's floor counts.
pub fn taken<'v>(verdicts: &'v [Verdict<'v>], configuration: &Configuration) -> Vec<Taken<'v>> {
    let stances = verdicts.iter().filter(|v| v.question.aspect == Aspect::Stance);
    let all: Vec<Taken<'_>> = stances
        .flat_map(|stance| holders_of(stance, verdicts, configuration))
        .filter(|taken| taken.score() >= floor(taken.stance, configuration))
        .collect();
    let opposed = |a: &Taken<'_>, b: &Taken<'_>| {
        let (a_asks, b_asks) = (a.stance.question, b.stance.question);
        let beside = |q: &Question| configuration.topics[q.topic].stances[q.stance].beside;
        a.holder == b.holder
            && a_asks.topic == b_asks.topic
            && a_asks.stance != b_asks.stance
            && !beside(a_asks)
            && !beside(b_asks)
    };
    // Of equals the first stands.
    let better = |i: usize, j: usize| match all[i].joint().total_cmp(&all[j].joint()) {
        Ordering::Equal => i < j,
        order => order.is_gt(),
    };
    let stands = |i: usize| !(0..all.len()).any(|j| opposed(&all[i], &all[j]) && better(j, i));
    let kept: Vec<bool> = (0..all.len()).map(stands).collect();
    all.into_iter().zip(kept).filter_map(|(taken, kept)| kept.then_some(taken)).collect()
}

/// The floor of the stance that a question is about.
fn floor(verdict: &Verdict<'_>, configuration: &Configuration) -> f64 {
    configuration.topics[verdict.question.topic].stances[verdict.question.stance].floor
}

/// Whether it takes another question to know who takes this stance.
pub fn needs_holders(verdict: &Verdict<'_>, configuration: &Configuration) -> bool {
    verdict.question.aspect == Aspect::Stance
        && verdict.answer.roles.is_empty()
        && entailment(verdict) >= floor(verdict, configuration)
}

/// Who takes one stance.
fn holders_of<'v>(
    stance: &'v Verdict<'v>,
    verdicts: &'v [Verdict<'v>],
    configuration: &Configuration,
) -> Vec<Taken<'v>> {
    let told = stance.answer.roles.iter().map(|role| (&role.actor, role.holder));
    let asked = verdicts.iter().filter(|v| same_stance(v, stance)).filter_map(|v| match &v.question.aspect {
        Aspect::Holder(holder) => Some((holder, entailment(v))),
        _ => None,
    });
    let taken = |(holder, probability): (&'v String, f64)| Taken { stance, holder, probability };
    let all: Vec<Taken<'_>> = told.chain(asked).map(taken).collect();
    let best = all.iter().reduce(|a, b| if b.probability > a.probability { b } else { a });
    let Some(best) = best.map(|t| t.holder) else { return Vec::new() };
    let second = |t: &Taken<'_>| {
        ![best, t.holder].contains(&NARRATOR) && t.probability >= configuration.attribution.second_holder
    };
    all.into_iter().filter(|t| t.holder == best || second(t)).collect()
}

/// The claims of a sentence, in the order of topics, of their stances and of the actors.
///
/// Whether a claim counts is a matter of its score.
pub fn claims(reading: &Reading, verdicts: &[Verdict<'_>], configuration: &Configuration) -> Vec<Claim> {
    let claim = |taken: Taken<'_>| {
        let Question { topic, stance, .. } = *taken.stance.question;
        let configured = &configuration.topics[topic].stances[stance];
        let score = taken.score();
        Claim {
            topic: configuration.topics[topic].id.clone(),
            stance: configured.id.clone(),
            holder: taken.holder.to_owned(),
            source: source(reading, verdicts, &taken, configuration),
            score,
            holder_score: taken.probability,
            hypothesis: taken.stance.question.hypothesis.clone(),
            probabilities: taken.stance.answer.probabilities,
            status: if score >= configured.threshold { Status::Auto } else { Status::Uncertain },
            context: taken.holder != NARRATOR
                && !configuration.actors.is_catch_all(taken.holder)
                && reading.mentions.iter().all(|m| m.actor != taken.holder),
        }
    };
    taken(verdicts, configuration).into_iter().map(claim).collect()
}

/// The most probable source of a claim, from the configured probability on.
fn source(
    reading: &Reading,
    verdicts: &[Verdict<'_>],
    taken: &Taken<'_>,
    configuration: &Configuration,
) -> Option<String> {
    let may =
        |name: &str| name != taken.holder && reading.reporters(&configuration.actors).any(|r| r == name);
    let roles = taken.stance.answer.roles.iter().filter(|role| may(&role.actor));
    let told = roles.map(|role| (&role.actor, role.source));
    let asked =
        verdicts.iter().filter(|v| same_stance(v, taken.stance)).filter_map(|v| match &v.question.aspect {
            Aspect::Source { holder, source } if holder == taken.holder => Some((source, entailment(v))),
            _ => None,
        });
    let best = told.chain(asked).reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    (taken.holder != NARRATOR && best.1 >= configuration.attribution.source).then(|| best.0.clone())
}

fn same_stance(a: &Verdict<'_>, b: &Verdict<'_>) -> bool {
    (a.question.topic, a.question.stance) == (b.question.topic, b.question.stance)
}

fn entailment(verdict: &Verdict<'_>) -> f64 {
    verdict.answer.probabilities.entailment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFiles, Topics};
    use crate::stance::{Probabilities, Relevance, Role, holders, read, sources, stances};

    const TOPICS: &str = r#"
        [[topic]]
        id = "mediation"
        title = "Mediation"
        [[topic.stance]]
        id = "supports"
        hypothesis = "{holder} supports it."
        threshold = 0.5
        floor = 0.4
        [[topic.stance]]
        id = "rejects"
        hypothesis = "{holder} rejects it."
        threshold = 0.5
        floor = 0.4
    "#;

    fn entailed(p: f64, roles: &[(&str, f64, f64)]) -> Answer {
        let role = |&(actor, holder, source): &(&str, f64, f64)| Role { actor: actor.into(), holder, source };
        let probabilities = Probabilities { entailment: p, ..Probabilities::default() };
        Answer { probabilities, roles: roles.iter().map(role).collect() }
    }

    /// Claims of a sentence if the model gives the hypotheses that contain a text this probability.
    fn decided(sentence: &str, said: &[(&str, f64)]) -> Vec<Claim> {
        decided_on(TOPICS, sentence, said)
    }

    fn decided_on(topics: &str, sentence: &str, said: &[(&str, f64)]) -> Vec<Claim> {
        let embedded = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let configuration = Configuration { topics: Topics::from_toml(topics).expect("valid"), ..embedded };
        let reading = read(&[(sentence, &Relevance::default())], &configuration).pop().expect("a sentence");
        let answer = |questions: &[Question]| -> Vec<Answer> {
            let said = |q: &Question| said.iter().find(|(text, _)| q.hypothesis.starts_with(text));
            questions.iter().map(|q| entailed(said(q).map_or(0.1, |s| s.1), &[])).collect()
        };
        let mut asked = stances(&reading, &[], &configuration);
        for round in [holders, sources] {
            let answers = answer(&asked);
            let next = round(&reading, &verdicts(&asked, &answers), &configuration);
            asked.extend(next);
        }
        let answers = answer(&asked);
        claims(&reading, &verdicts(&asked, &answers), &configuration)
    }

    #[test]
    fn a_reported_rejection_is_the_rejecters_and_the_reporter_is_its_source() {
        let sentence = "Islamabad said that Delhi would not accept any mediation.";
        let said =
            [("Someone rejects", 0.9), ("India rejects", 0.8), ("Pakistan reports that India rejects", 0.7)];
        let found = decided(sentence, &said);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].holder.as_str(), found[0].source.as_deref()), ("India", Some("Pakistan")));
        assert_eq!((found[0].score, found[0].holder_score, found[0].status), (0.9, 0.8, Status::Auto));
        assert_eq!(found[0].hypothesis, "Someone rejects it.");
        assert!(!found[0].context);
    }

    #[test]
    fn a_model_that_knows_roles_is_asked_once_a_stance() {
        let embedded = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let configuration = Configuration { topics: Topics::from_toml(TOPICS).expect("valid"), ..embedded };
        let sentence = "Islamabad said that Delhi would not accept any mediation.";
        let reading = read(&[(sentence, &Relevance::default())], &configuration).pop().expect("a sentence");
        let asked = stances(&reading, &[], &configuration);
        let roles = [("India", 0.9, 0.6), ("Pakistan", 0.2, 0.7), ("United States", 0.1, 0.9)];
        let answers = [entailed(0.1, &roles), entailed(0.9, &roles)];
        let verdicts = verdicts(&asked, &answers);
        assert!(holders(&reading, &verdicts, &configuration).is_empty());
        assert!(sources(&reading, &verdicts, &configuration).is_empty());
        let found = claims(&reading, &verdicts, &configuration);
        assert_eq!(found.len(), 1);
        // Who holds the claim is no source, nor who is not in sight.
        assert_eq!((found[0].holder.as_str(), found[0].source.as_deref()), ("India", Some("Pakistan")));
    }

    #[test]
    fn of_roles_both_stance_and_holder_must_hold() {
        let found = |e: f64, roles: &[(&str, f64, f64)]| {
            let embedded = Configuration::load(&ConfigFiles::default()).expect("embedded");
            let configuration =
                Configuration { topics: Topics::from_toml(TOPICS).expect("valid"), ..embedded };
            let sentence = "Delhi and Islamabad spoke.";
            let reading = read(&[(sentence, &Relevance::default())], &configuration).pop().expect("read");
            let asked = stances(&reading, &[], &configuration);
            let answers = [entailed(e, roles), entailed(0.0, roles)];
            let found = claims(&reading, &verdicts(&asked, &answers), &configuration);
            found.into_iter().map(|c| (c.holder, c.score, c.status)).collect::<Vec<_>>()
        };
        let india = |score, status| vec![("India".to_owned(), score, status)];
        assert_eq!(found(0.9, &[("India", 0.9, 0.0)]), india(0.9, Status::Auto));
        assert_eq!(found(0.5, &[("India", 0.4, 0.0)]), india(0.4472, Status::Uncertain));
        assert!(found(0.0, &[("India", 0.99, 0.0)]).is_empty());
        assert!(found(0.99, &[("India", 0.01, 0.0)]).is_empty());
        let two = found(0.9, &[("India", 0.9, 0.0), ("Pakistan", 0.8, 0.0), ("narrator", 0.85, 0.0)]);
        assert_eq!(two.iter().map(|c| c.0.as_str()).collect::<Vec<_>>(), ["India", "Pakistan"]);
    }

    #[test]
    fn a_stance_below_its_floor_is_no_claim_and_below_its_threshold_an_uncertain_one() {
        assert!(decided("Delhi spoke.", &[("Someone rejects", 0.39), ("India rejects", 0.9)]).is_empty());
        let found = decided("Delhi spoke.", &[("Someone rejects", 0.45), ("India rejects", 0.9)]);
        assert_eq!(found[0].status, Status::Uncertain);
    }

    #[test]
    fn a_holder_whom_the_sentence_does_not_name_needs_the_context() {
        let rejects = |holder| [("Someone rejects", 0.9), (holder, 0.8)];
        assert!(decided("Nobody was asked.", &rejects("India rejects"))[0].context);
        for unnamed in ["Someone else", "The article itself"] {
            assert!(!decided("Nobody was asked.", &rejects(unnamed))[0].context, "{unnamed}");
        }
    }

    #[test]
    fn two_sure_holders_are_two_claims_and_the_narrator_is_no_second_one() {
        let said =
            [("Someone rejects", 0.9), ("India", 0.8), ("Pakistan", 0.7), ("The article itself", 0.75)];
        let holders: Vec<_> =
            decided("Delhi and Islamabad spoke.", &said).into_iter().map(|c| c.holder).collect();
        assert_eq!(holders, ["India", "Pakistan"]);
    }

    #[test]
    fn where_the_narrator_is_most_probable_nobody_else_holds_it() {
        let said = [("Someone rejects", 0.9), ("The article itself", 0.75), ("India", 0.6)];
        let holders: Vec<_> = decided("Delhi spoke.", &said).into_iter().map(|c| c.holder).collect();
        assert_eq!(holders, ["narrator"]);
    }

    #[test]
    fn a_taken_stance_has_a_holder_even_if_none_is_probable_and_of_equals_the_first() {
        let found = decided("Delhi and Islamabad spoke.", &[("Someone rejects", 0.9)]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].holder.as_str(), found[0].holder_score), ("India", 0.1));
    }

    #[test]
    fn one_sentence_may_tell_of_two_stances_of_two_holders() {
        let said = [
            ("Someone supports", 0.9),
            ("Someone rejects", 0.9),
            ("India supports", 0.8),
            ("Pakistan rejects", 0.7),
        ];
        let claims = decided("Delhi agreed, Islamabad refused.", &said);
        let taken: Vec<_> = claims.iter().map(|c| (c.stance.as_str(), c.holder.as_str())).collect();
        assert_eq!(taken, [("supports", "India"), ("rejects", "Pakistan")]);
    }

    #[test]
    fn of_opposed_stances_a_holder_takes_the_more_probable_one() {
        let said = [
            ("Someone supports", 0.9),
            ("Someone rejects", 0.9),
            ("India supports", 0.5),
            ("India rejects", 0.8),
        ];
        let stances: Vec<_> = decided("Delhi spoke.", &said).into_iter().map(|c| c.stance).collect();
        assert_eq!(stances, ["rejects"]);
        let equal = [("Someone supports", 0.9), ("Someone rejects", 0.9), ("India", 0.8)];
        let stances: Vec<_> = decided("Delhi spoke.", &equal).into_iter().map(|c| c.stance).collect();
        assert_eq!(stances, ["supports"]);
    }

    #[test]
    fn a_stance_that_opposes_none_stands_beside_another() {
        let said = [("Someone supports", 0.9), ("Someone rejects", 0.9), ("India", 0.8)];
        let topics = TOPICS.replacen("floor = 0.4", "floor = 0.4\n        beside = true", 1);
        let stances: Vec<_> =
            decided_on(&topics, "Delhi spoke.", &said).into_iter().map(|c| c.stance).collect();
        assert_eq!(stances, ["supports", "rejects"]);
    }
}
