//! From probabilities to claims: the best hypothesis a holder, the best stance a topic.

use super::{Claim, NARRATOR, Probabilities, Question, Reading, Status};
use crate::config::Topics;

/// What came of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict<'q> {
    /// What was asked.
    pub question: &'q Question,
    /// What the model said.
    pub probabilities: Probabilities,
}

/// Questions beside their probabilities.
pub fn verdicts<'q>(questions: &'q [Question], probabilities: &[Probabilities]) -> Vec<Verdict<'q>> {
    let pairs = questions.iter().zip(probabilities);
    pairs.map(|(question, &probabilities)| Verdict { question, probabilities }).collect()
}

/// The claims of a sentence, by topic and then by holder in the order of their naming.
///
/// Of a holder's stances on a topic the most probable is taken. An actor that speaks holds a
/// stance only if nobody whom it speaks about holds the same; else it is the source. The article's
/// own voice is heard only where no actor speaks or holds the stance.
pub fn claims(reading: &Reading, verdicts: &[Verdict<'_>], topics: &Topics) -> Vec<Claim> {
    let mut out = Vec::new();
    for &topic in &reading.topics {
        let mut best: Vec<(Option<&str>, &Verdict<'_>)> = Vec::new();
        for verdict in verdicts.iter().filter(|v| v.question.topic == topic) {
            let stance = &topics[topic].stances[verdict.question.stance];
            if verdict.probabilities.entailment < stance.floor {
                continue;
            }
            let actor = verdict.question.candidate.map(|c| reading.candidates[c].actor.as_str());
            match best.iter_mut().find(|(a, _)| *a == actor) {
                Some((_, v)) if v.probabilities.entailment >= verdict.probabilities.entailment => {}
                Some(slot) => slot.1 = verdict,
                None => best.push((actor, verdict)),
            }
        }
        let holds = |actor: Option<&str>, stance: usize| {
            best.iter().any(|(a, v)| *a == actor && v.question.stance == stance)
        };
        for (actor, verdict) in &best {
            let stance = verdict.question.stance;
            match actor {
                None => {
                    let held = best.iter().any(|(a, v)| a.is_some() && v.question.stance == stance);
                    if held || !reading.speakers.is_empty() {
                        continue;
                    }
                }
                Some(actor) => {
                    let inner = reading.candidates.iter().any(|c| {
                        c.actor != *actor && holds(Some(&c.actor), stance) && speaks_about(reading, actor, &c.actor)
                    });
                    if inner {
                        continue;
                    }
                }
            }
            out.push(claim(reading, topics, *actor, verdict));
        }
    }
    out
}

/// Whether `outer` speaks in the sentence, outside of anything that `inner` says.
fn speaks_about(reading: &Reading, outer: &str, inner: &str) -> bool {
    let place = |actor: &str| reading.speakers.iter().position(|s| s.actor == actor);
    match (place(outer), place(inner)) {
        (Some(outer), Some(inner)) => outer < inner,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn claim(reading: &Reading, topics: &Topics, actor: Option<&str>, verdict: &Verdict<'_>) -> Claim {
    let question = verdict.question;
    let topic = &topics[question.topic];
    let stance = &topic.stances[question.stance];
    let holder = actor.unwrap_or(NARRATOR);
    let source = reading.speakers.first().filter(|s| s.actor != holder).map(|s| s.actor.clone());
    let score = verdict.probabilities.entailment;
    Claim {
        topic: topic.id.clone(),
        stance: stance.id.clone(),
        holder: holder.to_owned(),
        source,
        score,
        hypothesis: question.hypothesis.clone(),
        probabilities: verdict.probabilities,
        status: if score >= stance.threshold { Status::Auto } else { Status::Uncertain },
        context: question.candidate.is_some_and(|c| reading.candidates[c].carried),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFiles, Configuration};
    use crate::stance::{questions, read};

    /// Claims of a sentence if the model finds just the hypotheses that contain one of `entailed`.
    fn decided(sentences: &[&str], entailed: &[&str]) -> Vec<(String, String, Option<String>)> {
        let configuration = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let sentences: Vec<String> = sentences.iter().map(|s| s.to_string()).collect();
        let reading = read(&sentences, &configuration).pop().expect("a sentence");
        let asked = questions(&reading, &configuration.topics);
        let said: Vec<Probabilities> = asked
            .iter()
            .map(|q| {
                let yes = entailed.iter().any(|e| q.hypothesis.contains(e));
                Probabilities { entailment: if yes { 0.9 } else { 0.1 }, neutral: 0.1, contradiction: 0.0 }
            })
            .collect();
        claims(&reading, &verdicts(&asked, &said), &configuration.topics)
            .into_iter()
            .map(|c| (format!("{}/{}", c.topic, c.stance), c.holder, c.source))
            .collect()
    }

    #[test]
    fn a_reported_rejection_is_the_rejecters_and_the_reporter_is_its_source() {
        let sentence = "Islamabad said that Delhi would not accept any mediation.";
        let found = decided(&[sentence], &["Delhi rejects", "Islamabad rejects"]);
        assert_eq!(found, [("mediation/rejects".into(), "India".into(), Some("Pakistan".into()))]);
    }

    #[test]
    fn two_actors_who_both_act_are_two_holders() {
        let sentence = "Delhi refused mediation while Washington offered mediation.";
        let found = decided(&[sentence], &["Delhi rejects", "Washington supports"]);
        let holders: Vec<_> = found.iter().map(|(s, h, _)| (s.as_str(), h.as_str())).collect();
        assert_eq!(holders, [("mediation/rejects", "India"), ("mediation/supports", "United States")]);
    }

    #[test]
    fn the_article_speaks_for_itself_only_where_nobody_else_does() {
        let bare = decided(&["Nine civilians were killed in the shelling."], &["Civilians were killed"]);
        assert_eq!(bare, [("civilian_casualties/affirms".into(), "narrator".into(), None)]);
        let told = decided(&["Nine civilians were killed, Islamabad said."], &["Civilians were killed"]);
        assert!(told.is_empty());
    }

    #[test]
    fn a_holder_has_one_stance_on_a_topic() {
        let found = decided(&["Delhi discussed mediation."], &["Delhi rejects", "Delhi supports"]);
        assert_eq!(found.len(), 1);
    }
}
