//! An evaluation as one HTML page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::agreement::{Agreement, NONE};
use super::calibration::Calibration;
use super::compare::Comparison;
use super::evaluation::Evaluation;
use super::flips::Flips;
use super::measures::Cut;
use super::mistakes::Mistake;
use super::names::{self, claim, interval, kappa, set};
use super::score::Score;

const STYLE: &str = include_str!("page.css");

impl Evaluation {
    /// The evaluation as one HTML page that works without a network.
    pub fn page(&self) -> String {
        of(self)
    }
}

fn of(evaluation: &Evaluation) -> String {
    let inputs = &evaluation.inputs;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "demarche: evaluation" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Evaluation" }
                    p {
                        (inputs.articles) " articles, " (inputs.passages) " passages; demarche "
                        (env!("CARGO_PKG_VERSION"))
                    }
                    @for line in names::left_out(inputs) { p { (line) } }
                }
                main {
                    (scores(evaluation))
                    @if evaluation.flips.all.claims > 0 { (flipped(&evaluation.flips)) }
                    @if let Some(comparison) = &evaluation.comparison { (compared(comparison)) }
                    @for (topic, agreement) in &evaluation.agreement { (agreed(topic, agreement)) }
                    @if evaluation.calibration.ece.is_some() { (calibrated(&evaluation.calibration)) }
                    (wrong(&evaluation.mistakes))
                }
                footer {
                    p {
                        "Gold " code { (inputs.gold_sha256) } ", prediction "
                        code { (inputs.predicted_sha256) } ", seed " (inputs.seed)
                    }
                }
            }
        }
    }
    .into_string()
}

/// Column names; an empty one is the column of row names.
fn columns(names: &[&str]) -> Markup {
    html! {
        thead { tr {
            @for name in names { @if name.is_empty() { td {} } @else { th scope="col" { (name) } } }
        } }
    }
}

fn scores(evaluation: &Evaluation) -> Markup {
    html! {
        section {
            h2 id="scores" { "Scores" }
            p { "The interval holds 95% of the F1 over documents drawn again with replacement." }
            div.wide tabindex="0" role="region" aria-labelledby="scores" { table {
                (columns(&["", "precision", "recall", "F1", "95% of F1", "gold"]))
                @for (level, scores) in &evaluation.scores {
                    tbody {
                        (row(names::level(*level), &scores.micro, "micro"))
                        @if let Some(mean) = scores.macro_f1 {
                            tr {
                                th scope="row" { "mean over groups" }
                                td {} td {} td { (figure(mean)) } td {} td {}
                            }
                        }
                        @for (cut, groups) in scores.by.iter().filter(|(cut, _)| **cut != Cut::Claim) {
                            @for (group, score) in groups {
                                (row(&format!("{} {group}", names::cut(*cut)), score, "group"))
                            }
                        }
                    }
                }
            } }
        }
    }
}

fn row(name: &str, score: &Score, class: &str) -> Markup {
    html! {
        tr class=(class) {
            th scope="row" { (name) }
            td { (figure(score.precision)) } td { (figure(score.recall)) } td { (figure(score.f1)) }
            td { (interval(score.interval)) } td { (score.count.gold) }
        }
    }
}

fn flipped(flips: &Flips) -> Markup {
    html! {
        section {
            h2 id="flips" { "Polarity flips" }
            p {
                "Gold claims for which an opposed stance of the topic was predicted in the sentence "
                "instead: " (names::flipped(&flips.all)) "."
            }
            ul { @for (topic, share) in &flips.by_topic { li { (topic) ": " (names::flipped(share)) } } }
        }
    }
}

fn compared(comparison: &Comparison) -> Markup {
    let test = &comparison.mcnemar;
    html! {
        section {
            h2 id="baseline" { "Against the baseline" }
            p {
                (test.better) " passages better, " (test.worse) " worse; McNemar's exact test p = "
                (figure(test.p))
            }
            div.wide tabindex="0" role="region" aria-labelledby="baseline" { table {
                (columns(&["", "difference in F1", "95%", "p"]))
                tbody { @for (level, d) in &comparison.differences {
                    tr {
                        th scope="row" { (names::level(*level)) }
                        td { (format!("{:+.4}", d.f1)) }
                        td { (interval(d.interval)) }
                        td { (d.p.map(figure).unwrap_or_default()) }
                    }
                } }
            } }
            details {
                summary { (comparison.changed.len()) " changed passages" }
                ol { @for change in &comparison.changed {
                    li {
                        p.text dir="auto" { (change.text) }
                        p {
                            (change.doc) " at " (change.start) ": gold " (set(&change.gold))
                            "; now " (set(&change.predicted)) "; before " (set(&change.baseline))
                        }
                    }
                } }
            }
        }
    }
}

fn agreed(topic: &str, agreement: &Agreement) -> Markup {
    let stances = names::stances(&agreement.confusion);
    let heads: Vec<&str> = std::iter::once("").chain(stances.iter().copied()).collect();
    html! {
        section {
            h2 { (topic) }
            p {
                "Cohen's kappa " (kappa(agreement.kappa_stances)) ", with holders "
                (kappa(agreement.kappa_holders)) ". Gold in rows, prediction in columns."
            }
            div.wide tabindex="0" role="region" aria-label={ "confusion of " (topic) } { table {
                (columns(&heads))
                tbody { @for gold in &stances {
                    tr {
                        th scope="row" { (gold) }
                        @for found in &stances {
                            td.agreed[gold == found] { (agreement.count(gold, found)) }
                        }
                    }
                } }
            } }
        }
    }
}

fn calibrated(calibration: &Calibration) -> Markup {
    html! {
        section {
            h2 id="calibration" { "Scores and truth" }
            p {
                "Expected calibration error " (calibration.ece.map(figure).unwrap_or_default())
                " over all claims, uncertain ones included."
            }
            div.wide tabindex="0" role="region" aria-labelledby="calibration" { table {
                (columns(&["score", "claims", "mean score", "right"]))
                tbody { @for bin in &calibration.bins {
                    tr {
                        th scope="row" { (format!("{:.1} – {:.1}", bin.from, bin.to)) }
                        td { (bin.claims) }
                        td { (figure(bin.score)) }
                        td {
                            (figure(bin.right)) " "
                            meter min="0" max="1" value=(bin.right) aria-label="share that is right" {}
                        }
                    }
                } }
            } table {
                (columns(&["from score", "precision", "recall", "F1"]))
                tbody { @for point in &calibration.thresholds {
                    tr {
                        th scope="row" { (format!("{:.2}", point.threshold)) }
                        td { (figure(point.precision)) }
                        td { (figure(point.recall)) }
                        td { (figure(point.f1)) }
                    }
                } }
            } }
        }
    }
}

fn wrong(mistakes: &[Mistake]) -> Markup {
    html! {
        section {
            h2 id="mistakes" { "Mistakes" }
            p { (mistakes.len()) " of them, most confident first." }
            ol { @for mistake in mistakes { li {
                p {
                    strong { (names::kind(mistake.kind)) } " " (figure(mistake.weight)) " · "
                    (mistake.doc) " at " (mistake.start)
                }
                p.text dir="auto" { (mistake.text) }
                p {
                    "gold " @if mistake.gold.is_empty() { (NONE) }
                    @for (at, c) in mistake.gold.iter().enumerate() { @if at > 0 { ", " } (claim(c)) }
                    "; predicted "
                    @match &mistake.predicted { Some(c) => { (claim(c)) }, None => { (NONE) } }
                }
                @if let (Some(hypothesis), Some(p)) = (&mistake.hypothesis, &mistake.probabilities) {
                    p.asked {
                        "“" (hypothesis) "” entailment " (figure(p.entailment))
                        ", neutral " (figure(p.neutral)) ", contradiction " (figure(p.contradiction))
                    }
                }
            } } }
        }
    }
}

fn figure(value: f64) -> String {
    format!("{value:.4}")
}
