//! Property tests that hold for all labels.

use proptest::prelude::*;

use super::evaluation::{self, Evaluation};
use super::flips::Unopposed;
use super::labels::{ClaimWords, Coverage, LabelledArticle, Passage, Stated};
use super::measures::{Cut, Level};
use super::mistakes::MistakeKind;
use super::score::Score;
use crate::entities::Label;
use crate::record::{LabelledClaim, LabelledEntity};
use crate::text::Field;

const LABELS: [Label; 4] = [Label::Per, Label::Org, Label::Loc, Label::Misc];
const HOLDERS: [&str; 3] = ["India", "Pakistan", "narrator"];

/// Whether it is boilerplate, the entities' labels, and for each topic the stance and holder, all
/// as indexes.
type Drawn = (bool, Vec<Option<usize>>, Vec<Option<(usize, usize)>>);

/// A passage of ten code points: entities of two code points each, and at most one claim per topic.
fn passage() -> impl Strategy<Value = Drawn> {
    let entities = prop::collection::vec(prop::option::of(0..LABELS.len()), 5);
    let claims = prop::collection::vec(prop::option::of((0..2usize, 0..HOLDERS.len())), 2);
    (prop::bool::weighted(0.2), entities, claims)
}

fn evaluate(
    gold: &[LabelledArticle],
    predicted: &[LabelledArticle],
    baseline: Option<&[LabelledArticle]>,
) -> Evaluation {
    evaluation::evaluate(gold, predicted, baseline, &Unopposed::default(), 1)
}

fn articles() -> impl Strategy<Value = Vec<LabelledArticle>> {
    prop::collection::vec(prop::collection::vec(passage(), 1..6), 1..4).prop_map(|documents| {
        documents.iter().enumerate().map(|(at, passages)| article(&format!("d{at}"), passages)).collect()
    })
}

fn article(id: &str, passages: &[Drawn]) -> LabelledArticle {
    let passages = passages.iter().enumerate().map(|(at, (boilerplate, entities, claims))| {
        let start = at * 11;
        let entity = |(slot, label): (usize, &Option<usize>)| {
            let start = start + slot * 2;
            label.map(|l| LabelledEntity { text: String::new(), label: LABELS[l], start, end: start + 2 })
        };
        let claim = |(topic, claim): (usize, &Option<(usize, usize)>)| {
            claim.map(|(stance, holder)| Stated {
                claim: LabelledClaim {
                    topic: ["mediation", "casualties"][topic].into(),
                    stance: ["supports", "rejects"][stance].into(),
                    holder: HOLDERS[holder].into(),
                    source: (holder == 0).then(|| "Pakistan".into()),
                    context: false,
                },
                words: ClaimWords::default(),
                inference: None,
            })
        };
        let labelled = !boilerplate;
        Passage {
            field: Field::Text,
            start,
            end: start + 10,
            text: String::new(),
            boilerplate: *boilerplate,
            entities: entities.iter().enumerate().filter(|_| labelled).filter_map(entity).collect(),
            claims: claims.iter().enumerate().filter(|_| labelled).filter_map(claim).collect(),
            ambiguous: Vec::new(),
        }
    });
    LabelledArticle {
        id: id.into(),
        text_sha256: None,
        coverage: Coverage::Whole,
        passages: passages.collect(),
    }
}

/// All scores.
fn all(evaluation: &Evaluation) -> impl Iterator<Item = (Level, Cut, &str, &Score)> {
    evaluation.scores.iter().flat_map(|(level, scores)| {
        let groups = scores.by.iter().flat_map(move |(cut, groups)| {
            groups.iter().map(move |(group, score)| (*level, *cut, group.as_str(), score))
        });
        std::iter::once((*level, Cut::All, "", &scores.micro)).chain(groups)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn perfect_predictions_score_one_everywhere(gold in articles()) {
        let evaluation = evaluate(&gold, &gold, Some(&gold));
        for (level, cut, group, score) in all(&evaluation) {
            prop_assert_eq!((score.precision, score.recall, score.f1), (1.0, 1.0, 1.0), "{:?} {:?} {}", level, cut, group);
            prop_assert!(score.interval.is_none_or(|i| (i.low, i.high) == (1.0, 1.0)));
        }
        for agreement in evaluation.agreement.values() {
            prop_assert!(agreement.kappa_stances.is_none_or(|k| k == 1.0));
            prop_assert!(agreement.confusion.iter().all(|(gold, row)| row.keys().all(|found| found == gold)));
        }
        prop_assert!(evaluation.mistakes.is_empty() && evaluation.inputs.missing.is_empty());
        let comparison = evaluation.comparison.expect("there is a baseline");
        prop_assert!(comparison.differences.values().all(|d| d.f1 == 0.0) && comparison.changed.is_empty());
    }

    #[test]
    fn empty_predictions_score_nothing(gold in articles()) {
        let evaluation = evaluate(&gold, &[], None);
        prop_assert_eq!(evaluation.inputs.missing.len(), gold.len());
        for (level, cut, group, score) in all(&evaluation) {
            prop_assert_eq!((score.precision, score.recall, score.f1), (0.0, 0.0, 0.0), "{:?} {:?} {}", level, cut, group);
        }
        prop_assert!(evaluation.agreement.values().all(|a| a.kappa_stances.is_none_or(|k| k == 0.0)));
    }

    #[test]
    fn two_entity_types_swapped_move_what_looks_at_types(gold in articles()) {
        let mut swapped = gold.clone();
        let mut moved = 0;
        for entity in swapped.iter_mut().flat_map(|a| &mut a.passages).flat_map(|p| &mut p.entities) {
            entity.label = match entity.label {
                Label::Per => Label::Org,
                Label::Org => Label::Per,
                other => other,
            };
            moved += usize::from(matches!(entity.label, Label::Per | Label::Org));
        }
        let (before, after) = (evaluate(&gold, &gold, None), evaluate(&gold, &swapped, None));
        for (level, cut, group, score) in all(&after) {
            let typed = matches!(level, Level::EntitiesStrict | Level::EntitiesType);
            let entities = typed || matches!(level, Level::EntitiesExact | Level::EntitiesPartial);
            let touched = match cut {
                Cut::All => typed,
                Cut::Label => entities && matches!(group, "PER" | "ORG"),
                _ => false,
            };
            if touched && cut == Cut::All {
                prop_assert_eq!(score.count.correct, score.count.gold - moved as f64);
            } else if touched {
                prop_assert_eq!(score.count.correct, 0.0, "{:?} {}", level, group);
            } else {
                prop_assert_eq!(score.f1, 1.0, "{:?} {:?} {}", level, cut, group);
            }
        }
        prop_assert_eq!(serde_json::json!(before.agreement), serde_json::json!(after.agreement));
    }

    #[test]
    fn two_stances_swapped_move_their_topic_alone(gold in articles()) {
        let mut swapped = gold.clone();
        for claim in swapped.iter_mut().flat_map(|a| &mut a.passages).flat_map(|p| &mut p.claims) {
            if claim.claim.topic == "mediation" {
                claim.claim.stance = if claim.claim.stance == "supports" { "rejects" } else { "supports" }.into();
            }
        }
        let after = evaluate(&gold, &swapped, None);
        let flips: usize = after.mistakes.iter().filter(|m| m.kind == MistakeKind::WrongStance).count();
        for (level, cut, group, score) in all(&after) {
            let stances = matches!(level, Level::ClaimsStance | Level::ClaimsHolder);
            match (stances, cut) {
                (true, Cut::All) => prop_assert_eq!(score.count.correct, score.count.gold - flips as f64),
                (true, Cut::Topic | Cut::Stance | Cut::Claim) if group.starts_with("mediation") => {
                    prop_assert_eq!(score.count.correct, 0.0, "{:?} {}", level, group);
                }
                // Sources and holders are counted over both topics together.
                (true, Cut::Holder) => {}
                _ if level == Level::ClaimsSource => {}
                _ => prop_assert_eq!(score.f1, 1.0, "{:?} {:?} {}", level, cut, group),
            }
        }
    }
}
