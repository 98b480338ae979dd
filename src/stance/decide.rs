//! Turns judgements into claims, for any stance model.

use std::cmp::Ordering;

use super::claim::{Claim, Status};
use super::codebook::Codebook;
use super::context::Context;
use super::judgement::{Holder, Judgement, Source};
use super::names::NamePlace;
use super::topics::Bounds;
use crate::actors::ActorId;

/// A stance and an actor who takes it.
pub struct Taken<'j> {
    /// The index of the judgement among the sentence's.
    pub index: usize,
    pub judgement: &'j Judgement,
    pub holder: &'j Holder,
}

impl Taken<'_> {
    /// The joint probability that the stance is taken, and by this holder.
    fn joint(&self) -> f64 {
        self.judgement.probabilities.entailment * self.holder.probability
    }
}

/// The holders of each stance: the most probable one, however improbable, and any other actor with
/// at least the configured probability. The narrator is never a second holder, and is never joined
/// by one. Of two opposed stances a holder takes the more probable one. Claims below the floor of
/// their stance do not count.
pub fn taken<'j>(judgements: &'j [Judgement], codebook: &Codebook) -> Vec<Taken<'j>> {
    let all: Vec<Taken<'_>> = judgements
        .iter()
        .enumerate()
        .flat_map(|(index, judgement)| {
            let Bounds { floor, .. } = codebook.bounds(judgement.stance);
            let holders = holders(judgement, codebook).into_iter();
            let holders = holders.filter(move |holder| holder.score >= floor);
            holders.map(move |holder| Taken { index, judgement, holder })
        })
        .collect();
    let opposed = |a: &Taken<'_>, b: &Taken<'_>| {
        let (a_stance, b_stance) = (a.judgement.stance, b.judgement.stance);
        a.holder.actor == b.holder.actor
            && a_stance.topic == b_stance.topic
            && a_stance != b_stance
            && !codebook.topics.stance(a_stance).beside
            && !codebook.topics.stance(b_stance).beside
    };
    // Of equal ones, the first is kept.
    let better = |i: usize, j: usize| match all[i].joint().total_cmp(&all[j].joint()) {
        Ordering::Equal => i < j,
        order => order.is_gt(),
    };
    let stands = |i: usize| !(0..all.len()).any(|j| opposed(&all[i], &all[j]) && better(j, i));
    let kept: Vec<bool> = (0..all.len()).map(stands).collect();
    all.into_iter().zip(kept).filter_map(|(taken, kept)| kept.then_some(taken)).collect()
}

/// The holders of one stance.
fn holders<'j>(judgement: &'j Judgement, codebook: &Codebook) -> Vec<&'j Holder> {
    let all = &judgement.holders;
    let best = all.iter().reduce(|a, b| if b.probability > a.probability { b } else { a });
    let Some(best) = best.map(|holder| &holder.actor) else { return Vec::new() };
    let second = |holder: &Holder| {
        !best.is_narrator()
            && !holder.actor.is_narrator()
            && holder.probability >= codebook.attribution.second_holder
    };
    all.iter().filter(|holder| holder.actor == *best || second(holder)).collect()
}

/// The claims of a sentence, in the order of topics, stances and actors.
///
/// The score decides whether a claim counts.
pub fn decide(context: &Context, judgements: &[Judgement], codebook: &Codebook) -> Vec<Claim> {
    // Another name of the same side is mostly right, but everybody else is no side.
    let named = |actor: &ActorId| context.name_of(actor).filter(|_| !codebook.actors.is_catch_all(actor));
    let claim = |taken: Taken<'_>| {
        let source = source(context, &taken, codebook);
        let Taken { judgement, holder, .. } = taken;
        let stance = codebook.topics.stance(judgement.stance);
        let threshold_met = holder.score >= codebook.bounds(judgement.stance).threshold;
        let holder_name = holder.name.or_else(|| named(&holder.actor));
        // Nobody reports what they say themselves.
        let other = |name: &NamePlace| holder_name != Some(*name);
        let source_name = source
            .and_then(|source| source.name.filter(other).or_else(|| named(&source.actor).filter(other)));
        let named_here = holder_name.is_some_and(|name| name.sentence == context.sentence);
        Claim {
            topic: codebook.topics.topic(judgement.stance.topic).id.clone(),
            stance: stance.id.clone(),
            holder: holder.actor.to_string(),
            holder_name,
            source: source.map(|source| source.actor.to_string()),
            source_name,
            evidence: judgement.evidence,
            score: holder.score,
            holder_score: holder.probability,
            hypothesis: judgement.hypothesis.clone(),
            probabilities: judgement.probabilities,
            status: if threshold_met { Status::Auto } else { Status::Uncertain },
            context: !holder.actor.is_narrator()
                && !codebook.actors.is_catch_all(&holder.actor)
                && !named_here
                && context.mentions.iter().all(|m| m.actor != holder.actor),
        }
    };
    taken(judgements, codebook).into_iter().map(claim).collect()
}

/// The most probable source of a claim, if it has at least the configured probability.
fn source<'j>(context: &Context, taken: &Taken<'j>, codebook: &Codebook) -> Option<&'j Source> {
    let holder = &taken.holder.actor;
    let reporters = || context.reporters(&codebook.actors);
    let may = taken.judgement.sources.iter().filter(|source| {
        source.holder.as_ref().is_none_or(|of| of == holder)
            && source.actor != *holder
            && reporters().any(|reporter| *reporter == source.actor)
    });
    let best = may.reduce(|a, b| if b.probability > a.probability { b } else { a })?;
    let counts = !holder.is_narrator() && best.probability >= codebook.attribution.source;
    counts.then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::Relevance;
    use crate::stance::context::contexts;
    use crate::stance::judgement::Probabilities;
    use crate::stance::names::{NamePlace, TaggedText};
    use crate::stance::topics::Topics;
    use crate::text::Span;

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

    fn codebook(topics: &str) -> Codebook {
        let topics = Topics::from_toml(topics).expect("valid");
        Codebook { topics, ..Codebook::built_in().expect("valid") }
    }

    fn read(sentence: &str, codebook: &Codebook) -> Context {
        let relevance = Relevance::default();
        let sentence = TaggedText { text: sentence, entities: &[], relevance: &relevance };
        contexts(&[sentence], codebook).pop().expect("a sentence")
    }

    /// An actor of the built-in table, or the narrator.
    fn actor(name: &str, codebook: &Codebook) -> ActorId {
        let found = codebook.actors.iter().find(|a| a.id.as_str() == name);
        found.map_or_else(ActorId::narrator, |a| a.id.clone())
    }

    /// Judgements of "supports" and "rejects": the probability of the stance, then each holder with
    /// probability and score.
    type Said<'s> = (f64, &'s [(&'s str, f64, f64)]);

    fn judged(said: [Said<'_>; 2], codebook: &Codebook) -> Vec<Judgement> {
        let (topic, _) = codebook.topics.indexed().next().expect("a topic");
        let of = |(stance, (entailment, holders)): (_, Said<'_>)| Judgement {
            stance,
            hypothesis: format!("{stance:?}"),
            probabilities: Probabilities { entailment, ..Probabilities::default() },
            holders: holders
                .iter()
                .map(|&(name, probability, score)| Holder {
                    actor: actor(name, codebook),
                    probability,
                    score,
                    name: None,
                })
                .collect(),
            sources: Vec::new(),
            evidence: None,
        };
        codebook.topics.stances(topic).zip(said).map(of).collect()
    }

    /// The claims of a sentence with these judgements.
    fn decided(sentence: &str, said: [Said<'_>; 2]) -> Vec<Claim> {
        let codebook = codebook(TOPICS);
        decide(&read(sentence, &codebook), &judged(said, &codebook), &codebook)
    }

    const NOT: Said<'static> = (0.1, &[]);

    #[test]
    fn a_reported_rejection_has_its_holder_and_the_reporter_as_source() {
        let codebook = codebook(TOPICS);
        let context = read("Islamabad said that Delhi would not accept any mediation.", &codebook);
        let roles = [("India", 0.9, 0.85), ("Pakistan", 0.2, 0.3), ("United States", 0.1, 0.2)];
        let mut judgements = judged([NOT, (0.9, &roles)], &codebook);
        let source = |name: &str, holder: Option<&str>, probability| Source {
            actor: actor(name, &codebook),
            holder: holder.map(|name| actor(name, &codebook)),
            probability,
            name: None,
        };
        // Neither the holder of the claim nor an actor that the premise does not name is a source.
        judgements[1].sources = vec![
            source("India", None, 0.8),
            source("Pakistan", None, 0.7),
            source("United States", None, 0.9),
        ];
        let found = decide(&context, &judgements, &codebook);
        assert_eq!(found.len(), 1);
        let claim = &found[0];
        assert_eq!((claim.holder.as_str(), claim.source.as_deref()), ("India", Some("Pakistan")));
        assert_eq!((claim.score, claim.holder_score, claim.status), (0.85, 0.9, Status::Auto));
        assert_eq!(claim.hypothesis, judgements[1].hypothesis);
        assert!(!claim.context);
        // A report of another holder's claim says nothing about this one.
        judgements[1].sources = vec![source("Pakistan", Some("United States"), 0.9)];
        assert_eq!(decide(&context, &judgements, &codebook)[0].source, None);
        judgements[1].sources = vec![source("Pakistan", Some("India"), 0.9)];
        assert!(decide(&context, &judgements, &codebook)[0].source.is_some());
    }

    #[test]
    fn the_models_name_comes_first_then_one_in_the_sentence_then_the_last_one_before() {
        let codebook = codebook(TOPICS);
        let (first, second) =
            ("Misri spoke to Jaishankar in Delhi.", "Delhi refused, and New Delhi said so.");
        let relevance = Relevance::default();
        let tagged = |text| TaggedText { text, entities: &[], relevance: &relevance };
        let mut judgements = judged([NOT, (0.9, &[("India", 0.9, 0.9)])], &codebook);
        let mut named = |sentences: &[&'static str], name| {
            let texts: Vec<_> = sentences.iter().copied().map(tagged).collect();
            let context = contexts(&texts, &codebook).pop().expect("a sentence");
            judgements[1].holders[0].name = name;
            let place = decide(&context, &judgements, &codebook)[0].holder_name.expect("a name");
            &sentences[place.sentence][place.span.range()]
        };
        assert_eq!(named(&[first, second], None), "Delhi");
        assert_eq!(named(&[first, "It refused."], None), "Delhi");
        let pointed = NamePlace { sentence: 0, span: Span::new(0..5) };
        assert_eq!(named(&[first, second], Some(pointed)), "Misri");
    }

    #[test]
    fn a_claim_below_its_floor_is_dropped_and_below_its_threshold_uncertain() {
        let rejects = |score| decided("Delhi spoke.", [NOT, (0.9, &[("India", 0.9, score)])]);
        assert!(rejects(0.39).is_empty());
        assert_eq!(rejects(0.45)[0].status, Status::Uncertain);
        assert_eq!(rejects(0.5)[0].status, Status::Auto);
    }

    #[test]
    fn a_stance_that_nobody_was_asked_about_is_no_claim() {
        assert!(decided("Delhi spoke.", [(0.9, &[]), (0.9, &[])]).is_empty());
    }

    #[test]
    fn a_holder_whom_the_sentence_does_not_name_needs_the_context() {
        let context = |holder| decided("Nobody was asked.", [NOT, (0.9, &[(holder, 0.8, 0.8)])])[0].context;
        assert!(context("India"));
        assert!(!context("other") && !context("narrator"));
    }

    #[test]
    fn two_probable_holders_are_two_claims_and_the_narrator_is_never_the_second() {
        let said = [("India", 0.8, 0.8), ("Pakistan", 0.7, 0.7), ("narrator", 0.75, 0.75)];
        let found = decided("Delhi and Islamabad spoke.", [NOT, (0.9, &said)]);
        assert_eq!(found.iter().map(|c| c.holder.as_str()).collect::<Vec<_>>(), ["India", "Pakistan"]);
    }

    #[test]
    fn if_the_narrator_is_most_probable_there_is_no_other_holder() {
        let said = [("India", 0.7, 0.7), ("narrator", 0.75, 0.75)];
        let found = decided("Delhi spoke.", [NOT, (0.9, &said)]);
        assert_eq!(found.iter().map(|c| c.holder.as_str()).collect::<Vec<_>>(), ["narrator"]);
    }

    #[test]
    fn a_taken_stance_has_a_holder_even_if_none_is_probable_and_of_equals_the_first() {
        let said = [("India", 0.1, 0.9), ("Pakistan", 0.1, 0.9), ("narrator", 0.1, 0.9)];
        let found = decided("Delhi and Islamabad spoke.", [NOT, (0.9, &said)]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].holder.as_str(), found[0].holder_score), ("India", 0.1));
    }

    #[test]
    fn one_sentence_may_have_two_stances_of_two_holders() {
        let said = [(0.9, &[("India", 0.8, 0.8)][..]), (0.9, &[("Pakistan", 0.7, 0.7)])];
        let claims = decided("Delhi agreed, Islamabad refused.", said);
        let taken: Vec<_> = claims.iter().map(|c| (c.stance.as_str(), c.holder.as_str())).collect();
        assert_eq!(taken, [("supports", "India"), ("rejects", "Pakistan")]);
    }

    #[test]
    fn of_opposed_stances_a_holder_takes_the_more_probable_one() {
        let stances =
            |said| -> Vec<String> { decided("Delhi spoke.", said).into_iter().map(|c| c.stance).collect() };
        let (weak, sure) = ([("India", 0.5, 0.9)], [("India", 0.8, 0.9)]);
        assert_eq!(stances([(0.9, &weak), (0.9, &sure)]), ["rejects"]);
        assert_eq!(stances([(0.9, &sure), (0.9, &sure)]), ["supports"]);
    }

    #[test]
    fn a_stance_that_opposes_none_is_kept_with_another() {
        let topics = TOPICS.replacen("floor = 0.4", "floor = 0.4\n        beside = true", 1);
        let codebook = codebook(&topics);
        let said: Said<'_> = (0.9, &[("India", 0.8, 0.8)]);
        let found = decide(&read("Delhi spoke.", &codebook), &judged([said, said], &codebook), &codebook);
        assert_eq!(found.iter().map(|c| c.stance.as_str()).collect::<Vec<_>>(), ["supports", "rejects"]);
    }
}
