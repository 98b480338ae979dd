//! Fits the calibration of claims' scores to labelled articles.

use std::collections::{HashMap, HashSet};

use super::align::{self, Unit};
use super::claims::held;
use super::count::Count;
use super::labels::{LabelledArticle, Stated};
use crate::models::Calibration;
use crate::numeric::{log_odds, logistic};
use crate::record::LabelledClaim;
use crate::stance::{Bounds, Codebook, Stance, Status};

/// Scores below this say nothing about the others, and are not fitted to.
pub const LEAST_SCORE: f64 = 0.05;
/// Into how many parts articles are divided, at most, for scores that were not fitted to them.
const FOLDS: usize = 6;

/// Labelled articles with their predictions. The predictions have the scores of an uncalibrated
/// model, and all claims with at least [`LEAST_SCORE`].
#[derive(Debug, Clone, Copy)]
pub struct Labelled<'l> {
    /// The labels.
    pub gold: &'l [LabelledArticle],
    /// The predictions.
    pub predicted: &'l [LabelledArticle],
    /// How much each of the articles counts.
    pub weight: f64,
}

/// The reason why a calibration can't be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// Figures of articles that did not choose need two articles.
    #[error("{0} labelled articles: label at least 2, better 30")]
    TooFewArticles(usize),
    /// There is nothing to tell right scores from wrong ones.
    #[error(
        "of {gold} labelled claims on the topics, {right} were predicted, and {wrong} predicted claims are \
         wrong: at least one of each is needed; label more articles, and check that labels and articles \
         belong together"
    )]
    TooFewClaims {
        /// Labelled claims.
        gold: usize,
        /// Right predicted claims.
        right: usize,
        /// Wrong predicted claims.
        wrong: usize,
    },
    /// The model's scores do not order its claims.
    #[error(
        "claims with higher scores are not right more often: the scores of this model are of no use here"
    )]
    NoOrder,
}

/// The calibration that fits all these articles best: slope and intercept by logistic regression
/// (Platt 1999), and the threshold for the greatest F1 of topic, stance and holder, the same for all
/// stances that have none of their own. A threshold for each stance does worse on other
/// articles, unless each stance has hundreds of claims.
///
/// # Errors
/// [`FitError`] if there is too little to fit to.
pub fn fit(sets: &[Labelled<'_>], codebook: &Codebook) -> Result<Calibration, FitError> {
    let mut sample = Sample::default();
    sets.iter().for_each(|set| sample.add(set, codebook));
    let (slope, intercept) = sample.regression()?;
    let calibration = Calibration { slope, intercept, threshold: None };
    Ok(Calibration { threshold: Some(sample.threshold(calibration)), ..calibration })
}

/// Predictions of the first articles as the program would decide them, each with the calibration
/// that was fitted to the other ones and to `others`. Articles with the same text stay together.
///
/// # Errors
/// [`FitError`] if there is too little to fit to.
pub fn crosswise(
    first: Labelled<'_>,
    others: &[Labelled<'_>],
    codebook: &Codebook,
) -> Result<Vec<LabelledArticle>, FitError> {
    let mut texts: Vec<&LabelledArticle> = Vec::new();
    for article in first.gold {
        if !texts.iter().any(|known| known.is_same_text(article)) {
            texts.push(article);
        }
    }
    if texts.len() < 2 {
        return Err(FitError::TooFewArticles(texts.len()));
    }
    let folds = FOLDS.min(texts.len());
    let fold = |article: &LabelledArticle| {
        texts.iter().position(|known| known.is_same_text(article)).map_or(0, |at| at % folds)
    };
    let mut decided = Vec::new();
    for number in 0..folds {
        let part = |articles: &[LabelledArticle], inside: bool| -> Vec<LabelledArticle> {
            articles.iter().filter(|article| (fold(article) == number) == inside).cloned().collect()
        };
        let (gold, predicted) = (part(first.gold, false), part(first.predicted, false));
        let rest = Labelled { gold: &gold, predicted: &predicted, weight: first.weight };
        let calibration = fit(&[&[rest], others].concat(), codebook)?;
        let own = part(first.predicted, true);
        decided.extend(own.into_iter().map(|article| calibrated(article, calibration, codebook)));
    }
    Ok(decided)
}

/// An article's claims as the program decides them with a calibration.
fn calibrated(
    mut article: LabelledArticle,
    calibration: Calibration,
    codebook: &Codebook,
) -> LabelledArticle {
    for passage in &mut article.passages {
        passage.claims.retain_mut(|stated| {
            let bounds = stance(codebook, &stated.claim)
                .map(|stance| Bounds::of(stance, calibration.threshold.unwrap_or(Bounds::THRESHOLD)));
            let (Some(Bounds { threshold, floor }), Some(inference)) = (bounds, &mut stated.inference) else {
                return false;
            };
            inference.score = calibration.probability(inference.score);
            inference.status = if inference.score >= threshold { Status::Auto } else { Status::Uncertain };
            inference.score >= floor
        });
    }
    article
}

/// The configured stance of a claim.
fn stance<'c>(codebook: &'c Codebook, claim: &LabelledClaim) -> Option<&'c Stance> {
    let topic = codebook.topics.iter().find(|topic| topic.id == claim.topic)?;
    topic.stances.iter().find(|stance| stance.id == claim.stance)
}

/// What is fitted to.
#[derive(Default)]
struct Sample {
    claims: Vec<Scored>,
    /// Number of labelled claims, and their weight, without those of stances that have a threshold
    /// of their own.
    gold: usize,
    gold_weight: f64,
}

/// A predicted claim.
struct Scored {
    score: f64,
    /// Whether topic, stance and holder are right.
    right: bool,
    weight: f64,
    /// Whether its stance has a threshold of its own.
    decided: bool,
}

impl Sample {
    fn add(&mut self, set: &Labelled<'_>, codebook: &Codebook) {
        for case in align::cases(set.gold, set.predicted) {
            case.units.iter().for_each(|unit| self.add_passage(unit, set.weight, codebook));
        }
    }

    fn add_passage(&mut self, unit: &Unit<'_>, weight: f64, codebook: &Codebook) {
        let mut gold = HashSet::new();
        for Stated { claim, .. } in &unit.gold {
            if let Some(stance) = stance(codebook, claim)
                && gold.insert(held(claim))
            {
                self.gold += 1;
                self.gold_weight += if stance.threshold.is_none() { weight } else { 0.0 };
            }
        }
        // Two sentences of one labelled passage may make the same claim.
        let mut best: HashMap<String, (f64, bool)> = HashMap::new();
        for Stated { claim, inference, .. } in &unit.predicted {
            if let (Some(stance), Some(inference)) = (stance(codebook, claim), inference) {
                let known = best.entry(held(claim)).or_insert((0.0, stance.threshold.is_some()));
                known.0 = known.0.max(inference.score);
            }
        }
        let mut found: Vec<(String, (f64, bool))> = best.into_iter().collect();
        // Sums of floats depend on their order.
        found.sort_by(|a, b| a.0.cmp(&b.0));
        self.claims.extend(found.into_iter().map(|(key, (score, decided))| Scored {
            score,
            right: gold.contains(&key),
            weight,
            decided,
        }));
    }

    /// Slope and intercept by Newton's method with a line search (Lin, Lin and Weng 2007), and a weak
    /// pull towards the scores as they are.
    fn regression(&self) -> Result<(f64, f64), FitError> {
        let fitted = || self.claims.iter().filter(|claim| claim.score >= LEAST_SCORE);
        let right = fitted().filter(|claim| claim.right).count();
        let wrong = fitted().count() - right;
        if right == 0 || wrong == 0 {
            return Err(FitError::TooFewClaims { gold: self.gold, right, wrong });
        }
        let rows: Vec<(f64, f64, f64)> =
            fitted().map(|c| (log_odds(c.score), f64::from(u8::from(c.right)), c.weight)).collect();
        let loss = |slope: f64, intercept: f64| {
            let of = |&(x, y, w): &(f64, f64, f64)| {
                let z = slope * x + intercept;
                w * (z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z)
            };
            rows.iter().map(of).sum::<f64>() + ((slope - 1.0).powi(2) + intercept.powi(2)) / 2.0
        };
        let (mut slope, mut intercept) = (1.0, 0.0);
        for _ in 0..100 {
            let (mut g0, mut g1) = (slope - 1.0, intercept);
            let (mut h00, mut h01, mut h11) = (1.0, 0.0, 1.0);
            for (x, y, w) in &rows {
                let p = logistic(slope * x + intercept);
                let (error, curve) = (w * (p - y), w * p * (1.0 - p));
                (g0, g1) = (g0 + error * x, g1 + error);
                (h00, h01, h11) = (h00 + curve * x * x, h01 + curve * x, h11 + curve);
            }
            let determinant = h00 * h11 - h01 * h01;
            let step = ((h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant);
            let (before, fall) = (loss(slope, intercept), g0 * step.0 + g1 * step.1);
            let mut size = 1.0;
            while size > 1e-9
                && loss(slope - size * step.0, intercept - size * step.1) > before - 1e-4 * size * fall
            {
                size /= 2.0;
            }
            (slope, intercept) = (slope - size * step.0, intercept - size * step.1);
            if size * step.0.abs().max(step.1.abs()) < 1e-6 {
                break;
            }
        }
        let in_thousandths = |x: f64| (x * 1e3).round() / 1e3;
        let (slope, intercept) = (in_thousandths(slope), in_thousandths(intercept));
        if slope > 0.0 { Ok((slope, intercept)) } else { Err(FitError::NoOrder) }
    }

    /// Half the greatest F1, which is the best threshold for probabilities that hold (Lipton, Elkan
    /// and Naryanaswamy 2014). Where the F1 itself is greatest depends on single claims.
    fn threshold(&self, calibration: Calibration) -> f64 {
        let mut open: Vec<(f64, &Scored)> = self
            .claims
            .iter()
            .filter(|claim| !claim.decided)
            .map(|claim| (calibration.probability(claim.score), claim))
            .collect();
        open.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut count = Count { gold: self.gold_weight, ..Count::default() };
        let mut greatest: f64 = 0.0;
        // A threshold takes all claims with a score, or none.
        for equal in open.chunk_by(|a, b| a.0 == b.0) {
            for (_, claim) in equal {
                count.predicted += claim.weight;
                count.correct += if claim.right { claim.weight } else { 0.0 };
            }
            greatest = greatest.max(count.f1());
        }
        if greatest > 0.0 { (greatest * 50.0).round() / 100.0 } else { Bounds::THRESHOLD }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::labels::{ClaimWords, Coverage, Inference, Passage};
    use crate::stance::{Probabilities, Topics};
    use crate::text::Field;

    /// Of a hundred claims with each score, as many are right as `right` says.
    fn sample(right: impl Fn(f64) -> f64) -> Sample {
        let mut sample = Sample::default();
        for score in (1..20).map(|i| f64::from(i) / 20.0) {
            let right = (right(score) * 100.0).round() as usize;
            sample.gold += right;
            sample.gold_weight += right as f64;
            let claim = |at| Scored { score, right: at < right, weight: 1.0, decided: false };
            sample.claims.extend((0..100).map(claim));
        }
        sample
    }

    #[test]
    fn scores_that_hold_stay_and_bold_ones_become_modest() {
        let (slope, intercept) = sample(|score| score).regression().expect("fits");
        assert!((slope - 1.0).abs() < 0.02 && intercept.abs() < 0.02, "{slope} {intercept}");
        let truth = Calibration { slope: 0.6, intercept: -0.8, threshold: None };
        let (slope, intercept) = sample(|score| truth.probability(score)).regression().expect("fits");
        assert!((slope - 0.6).abs() < 0.03 && (intercept + 0.8).abs() < 0.03, "{slope} {intercept}");
    }

    #[test]
    fn certain_scores_become_the_share_that_is_right() {
        let group = |score, right| {
            (0..100).map(move |at| Scored { score, right: at < right, weight: 1.0, decided: false })
        };
        let claims = group(0.9999, 60).chain(group(0.5, 10)).collect();
        let (slope, intercept) = Sample { claims, gold: 70, gold_weight: 70.0 }.regression().expect("fits");
        let share = |score| Calibration { slope, intercept, threshold: None }.probability(score);
        assert!((share(0.9999) - 0.6).abs() < 0.05 && (share(0.5) - 0.1).abs() < 0.05, "{slope} {intercept}");
        let alike = Sample { claims: group(0.9999, 30).collect(), gold: 30, gold_weight: 30.0 };
        assert_eq!(alike.regression(), Err(FitError::NoOrder));
    }

    #[test]
    fn scores_of_no_use_and_one_sided_evidence_are_refused() {
        assert_eq!(sample(|score| 1.0 - score).regression(), Err(FitError::NoOrder));
        assert!(matches!(sample(|_| 0.0).regression(), Err(FitError::TooFewClaims { right: 0, .. })));
        assert!(matches!(sample(|_| 1.0).regression(), Err(FitError::TooFewClaims { wrong: 0, .. })));
    }

    #[test]
    fn the_threshold_is_half_the_greatest_f1() {
        let same = Calibration { slope: 1.0, intercept: 0.0, threshold: None };
        let sample = sample(|score| score);
        let threshold = sample.threshold(same);
        let f1 = |least: f64| {
            let found: Vec<&Scored> = sample.claims.iter().filter(|claim| claim.score >= least).collect();
            let right = found.iter().filter(|claim| claim.right).count() as f64;
            2.0 * right / (found.len() as f64 + sample.gold_weight)
        };
        let greatest = (1..20).map(|i| f1(f64::from(i) / 20.0)).fold(0.0, f64::max);
        assert!((threshold - greatest / 2.0).abs() < 0.006, "{threshold} {greatest}");
        assert!((f1(threshold) - greatest).abs() < 0.005);
    }

    fn claim(stance: &str) -> LabelledClaim {
        LabelledClaim {
            topic: "visas".into(),
            stance: stance.into(),
            holder: "India".into(),
            source: None,
            context: false,
        }
    }

    /// Article `at` makes the claims of `gold`; `predicted` have scores.
    fn article(at: usize, gold: &[&str], predicted: &[(&str, f64)]) -> (LabelledArticle, LabelledArticle) {
        let stated = |stance: &str, score: Option<f64>| Stated {
            claim: claim(stance),
            words: ClaimWords::default(),
            inference: score.map(|score| Inference {
                score,
                status: Status::Uncertain,
                hypothesis: String::new(),
                probabilities: Probabilities::default(),
            }),
        };
        let of = |claims: Vec<Stated>| LabelledArticle {
            id: format!("a{at}"),
            text_sha256: None,
            coverage: Coverage::Whole,
            passages: vec![Passage {
                field: Field::Text,
                start: 0,
                end: 9,
                text: "A claim. ".into(),
                boilerplate: false,
                entities: Vec::new(),
                claims,
                ambiguous: Vec::new(),
            }],
        };
        (
            of(gold.iter().map(|stance| stated(stance, None)).collect()),
            of(predicted.iter().map(|(stance, score)| stated(stance, Some(*score))).collect()),
        )
    }

    fn codebook(bounds: &str) -> Codebook {
        let topics = format!(
            "[[topic]]\nid = \"visas\"\ntitle = \"Visas\"\n[[topic.stance]]\nid = \"eases\"\nhypothesis = \"{{holder}} eases visas.\"\n{bounds}\n"
        );
        Codebook {
            topics: Topics::from_toml(&topics).expect("valid"),
            ..Codebook::built_in().expect("valid")
        }
    }

    #[test]
    fn claims_are_counted_once_a_passage_and_on_configured_stances_only() {
        let (gold, predicted) =
            article(1, &["eases", "eases", "unheard_of"], &[("eases", 0.4), ("eases", 0.8)]);
        let set = Labelled { gold: &[gold], predicted: &[predicted], weight: 2.0 };
        let mut sample = Sample::default();
        sample.add(&set, &codebook(""));
        assert_eq!((sample.gold, sample.gold_weight, sample.claims.len()), (1, 2.0, 1));
        assert!(sample.claims[0].right && (sample.claims[0].score - 0.8).abs() < 1e-9);
        let mut own = Sample::default();
        own.add(&set, &codebook("threshold = 0.9"));
        assert!(own.gold_weight == 0.0 && own.claims[0].decided);
    }

    /// Twelve articles; of two claims with the score 0.6 in each, one is right.
    fn even(codebook: &Codebook) -> Vec<LabelledArticle> {
        let pairs =
            (0..24).map(|at| article(at, if at % 2 == 0 { &["eases"] } else { &[] }, &[("eases", 0.6)]));
        let (gold, predicted): (Vec<_>, Vec<_>) = pairs.unzip();
        crosswise(Labelled { gold: &gold, predicted: &predicted, weight: 1.0 }, &[], codebook).expect("fits")
    }

    #[test]
    fn articles_are_decided_as_the_program_would() {
        let scores = |articles: &[LabelledArticle]| -> Vec<(f64, Status)> {
            let claims = articles.iter().flat_map(|article| &article.passages).flat_map(|p| &p.claims);
            claims.filter_map(|stated| stated.inference.as_ref()).map(|i| (i.score, i.status)).collect()
        };
        let open = scores(&even(&codebook("")));
        assert_eq!(open.len(), 24);
        assert!(open.iter().all(|(score, status)| (score - 0.5).abs() < 0.1 && *status == Status::Auto));
        let strict = scores(&even(&codebook("threshold = 0.9")));
        assert!(strict.len() == 24 && strict.iter().all(|(_, status)| *status == Status::Uncertain));
        assert!(scores(&even(&codebook("threshold = 0.9\nfloor = 0.8"))).is_empty());
    }

    #[test]
    fn an_article_is_not_decided_by_its_own_labels() {
        // Only the last article is right, so that without it nothing is.
        let pairs = (0..4).map(|at| article(at, if at == 3 { &["eases"] } else { &[] }, &[("eases", 0.6)]));
        let (gold, predicted): (Vec<_>, Vec<_>) = pairs.unzip();
        let set = Labelled { gold: &gold, predicted: &predicted, weight: 1.0 };
        assert!(fit(&[set], &codebook("")).is_ok());
        let error = crosswise(set, &[], &codebook(""));
        assert!(matches!(error, Err(FitError::TooFewClaims { right: 0, .. })));
        let alone = Labelled { gold: &gold[..1], predicted: &predicted[..1], weight: 1.0 };
        assert_eq!(crosswise(alone, &[], &codebook("")).err(), Some(FitError::TooFewArticles(1)));
    }
}
