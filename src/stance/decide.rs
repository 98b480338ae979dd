//! From probabilities to claims: one stance a holder, one holder a stance.

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

/// The claims of a sentence, in the order of topics and then of stances.
///
/// Of a holder's stances on a topic the most probable is taken, and of a stance's holders the most
/// probable. What the sentence says without naming a holder is the innermost speaker's, or the
/// narrator's if nobody speaks. An actor that speaks holds a stance only if nobody whom it speaks
/// about holds the same; else it is the source.
pub fn claims(reading: &Reading, verdicts: &[Verdict<'_>], topics: &Topics) -> Vec<Claim> {
    let mut out = Vec::new();
    for &topic in &reading.topics {
        let held = stances_held(reading, verdicts, topics, topic);
        for stance in 0..topics[topic].stances.len() {
            let holders: Vec<_> = held.iter().filter(|(_, v)| v.question.stance == stance).collect();
            let reports =
                |holder: &str| holders.iter().any(|(other, _)| speaks_about(reading, holder, other));
            let best = holders
                .iter()
                .filter(|(holder, _)| !reports(holder) && (*holder != NARRATOR || holders.len() == 1))
                .reduce(
                    |a, b| if b.1.probabilities.entailment > a.1.probabilities.entailment { b } else { a },
                );
            out.extend(best.map(|(holder, verdict)| claim(reading, topics, holder, verdict)));
        }
    }
    out
}

/// Each holder's most probable stance on a topic, if it is at or above the stance's floor.
fn stances_held<'r, 'v>(
    reading: &'r Reading,
    verdicts: &'v [Verdict<'v>],
    topics: &Topics,
    topic: usize,
) -> Vec<(&'r str, &'v Verdict<'v>)> {
    let voice = reading.speakers.last().map_or(NARRATOR, |speaker| &speaker.actor);
    let mut best: Vec<(&str, &Verdict<'_>)> = Vec::new();
    for verdict in verdicts.iter().filter(|v| v.question.topic == topic) {
        let floor = topics[topic].stances[verdict.question.stance].floor;
        if verdict.probabilities.entailment < floor {
            continue;
        }
        let holder = verdict.question.candidate.map_or(voice, |c| &reading.candidates[c].actor);
        match best.iter_mut().find(|(known, _)| *known == holder) {
            Some((_, v)) if v.probabilities.entailment >= verdict.probabilities.entailment => {}
            Some(slot) => slot.1 = verdict,
            None => best.push((holder, verdict)),
        }
    }
    best
}

/// Whether `outer` speaks in the sentence, outside of anything that `inner` says.
fn speaks_about(reading: &Reading, outer: &str, inner: &str) -> bool {
    if outer == inner || inner == NARRATOR {
        return false;
    }
    let place = |actor: &str| reading.speakers.iter().position(|s| s.actor == actor);
    match (place(outer), place(inner)) {
        (Some(outer), Some(inner)) => outer < inner,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn claim(reading: &Reading, topics: &Topics, holder: &str, verdict: &Verdict<'_>) -> Claim {
    let question = verdict.question;
    let topic = &topics[question.topic];
    let stance = &topic.stances[question.stance];
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
    use crate::config::{ConfigFiles, Configuration, Topics};
    use crate::stance::{questions, read};

    const TOPICS: &str = r#"
        [[topic]]
        id = "mediation"
        title = "Mediation"
        [[topic.stance]]
        id = "supports"
        hypotheses = ["{holder} supports it."]
        threshold = 0.5
        floor = 0.4
        [[topic.stance]]
        id = "rejects"
        hypotheses = ["{holder} rejects it."]
        threshold = 0.5
        floor = 0.4
        [[topic]]
        id = "toll"
        title = "Toll"
        gate = ['killed']
        [[topic.stance]]
        id = "affirms"
        impersonal = ["Civilians were killed."]
        threshold = 0.5
        floor = 0.4
    "#;

    /// Claims of a sentence if the model finds just the hypotheses that contain one of `entailed`.
    fn decided(sentences: &[&str], entailed: &[&str]) -> Vec<(String, String, Option<String>)> {
        let embedded = Configuration::load(&ConfigFiles::default()).expect("embedded");
        let configuration = Configuration { topics: Topics::from_toml(TOPICS).expect("valid"), ..embedded };
        let sentences: Vec<String> = sentences.iter().map(|s| s.to_string()).collect();
        let reading = read(&sentences, &configuration).pop().expect("a sentence");
        let asked = questions(&reading, &configuration.topics);
        let said: Vec<Probabilities> = asked
            .iter()
            .map(|q| {
                let yes = entailed.iter().any(|e| q.hypothesis.contains(e));
                Probabilities { entailment: if yes { 0.9 } else { 0.1 }, ..Probabilities::default() }
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
        assert_eq!(holders, [("mediation/supports", "United States"), ("mediation/rejects", "India")]);
    }

    #[test]
    fn what_names_no_holder_is_the_speakers_or_else_the_narrators() {
        let bare = decided(&["Nine civilians were killed in the shelling."], &["Civilians were killed"]);
        assert_eq!(bare, [("toll/affirms".into(), "narrator".into(), None)]);
        let told = decided(&["Nine civilians were killed, Islamabad said."], &["Civilians were killed"]);
        assert_eq!(told, [("toll/affirms".into(), "Pakistan".into(), None)]);
    }

    #[test]
    fn a_holder_has_one_stance_on_a_topic() {
        let found = decided(&["Delhi discussed mediation."], &["Delhi rejects", "Delhi supports"]);
        assert_eq!(found.len(), 1);
    }
}
