//! An evaluation as text for the terminal.

use std::fmt::Write as _;

use super::agreement::{Agreement, NONE};
use super::calibration::Calibration;
use super::compare::Comparison;
use super::evaluation::Evaluation;
use super::flips::Flips;
use super::measures::{Cut, Level};
use super::mistakes::Mistake;
use super::names::{self, claim, interval, kappa, set};
use super::report::Report;
use super::rows::ner::NerScores;
use super::rows::nli::NliScores;
use super::score::Score;

impl Report {
    /// The evaluation for the terminal, with the first `mistakes` mistakes and changes of each
    /// part.
    pub fn table(&self, mistakes: usize) -> String {
        let mut out = String::new();
        // Writing to a string can't fail.
        let _ = write_all(&mut out, self, mistakes);
        out
    }
}

fn write_all(out: &mut String, report: &Report, mistakes: usize) -> std::fmt::Result {
    report.labels.iter().try_for_each(|labels| write(out, labels, mistakes))?;
    for (name, part) in
        [("claims of passages", &report.passages), ("claims on further topics", &report.further_topics)]
    {
        let Some(evaluation) = part else { continue };
        writeln!(out, "\n# {name}\n")?;
        write(out, evaluation, mistakes)?;
    }
    report.nli.iter().try_for_each(|scores| nli(out, scores))?;
    report.ner.iter().try_for_each(|scores| ner(out, scores))?;
    report.sentences.iter().try_for_each(|score| {
        header(out, "sentence splitting")?;
        row(out, "exact spans", score)
    })
}

fn nli(out: &mut String, scores: &NliScores) -> std::fmt::Result {
    writeln!(out, "\n# natural language inference\n\n{:44} {:>9} {:>9}", "", "accuracy", "pairs")?;
    let all = ("all".to_owned(), scores.all);
    let by_source = scores.by_source.iter().map(|(source, accuracy)| (format!("  {source}"), *accuracy));
    std::iter::once(all).chain(by_source).try_for_each(|(name, accuracy)| {
        writeln!(out, "{name:44} {:>9.4} {:>9}", accuracy.accuracy, accuracy.pairs)
    })
}

fn ner(out: &mut String, scores: &NerScores) -> std::fmt::Result {
    header(out, "entities")?;
    row(out, "all", &scores.all)?;
    row(out, "all, of the types that a source labels", &scores.labelled_types)?;
    let groups = scores.by_label.iter().chain(&scores.by_source);
    groups.into_iter().try_for_each(|(group, score)| row(out, &format!("  {group}"), score))
}

fn header(out: &mut String, name: &str) -> std::fmt::Result {
    writeln!(out, "\n# {name}")?;
    columns(out)
}

fn columns(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "\n{:44} {:>9} {:>9} {:>9}  {:15} {:>6}",
        "", "precision", "recall", "F1", "95% of F1", "gold"
    )
}

fn write(out: &mut String, evaluation: &Evaluation, mistakes: usize) -> std::fmt::Result {
    let inputs = &evaluation.inputs;
    writeln!(out, "{} articles, {} passages", inputs.articles, inputs.passages)?;
    for line in names::left_out(inputs) {
        writeln!(out, "{line}")?;
    }
    scores(out, evaluation)?;
    flips(out, &evaluation.flips)?;
    evaluation.agreement.iter().try_for_each(|(topic, agreement)| agreed(out, topic, agreement))?;
    calibrated(out, &evaluation.calibration)?;
    if let Some(comparison) = &evaluation.comparison {
        compared(out, comparison, mistakes)?;
    }
    if !evaluation.mistakes.is_empty() && mistakes > 0 {
        let total = evaluation.mistakes.len();
        writeln!(out, "\n{total} mistakes, the worst {}:", mistakes.min(total))?;
    }
    evaluation.mistakes.iter().take(mistakes).try_for_each(|m| mistake(out, m))
}

fn scores(out: &mut String, evaluation: &Evaluation) -> std::fmt::Result {
    columns(out)?;
    for (level, scores) in &evaluation.scores {
        row(out, names::level(*level), &scores.micro)?;
        if let Some(mean) = scores.macro_f1 {
            writeln!(out, "{:44} {:>29.4}", "  mean over groups", mean)?;
        }
        if matches!(level, Level::EntitiesExact | Level::EntitiesPartial | Level::EntitiesType) {
            continue;
        }
        for (cut, groups) in scores.by.iter().filter(|(cut, _)| **cut != Cut::Claim) {
            for (group, score) in groups {
                row(out, &format!("  {} {group}", names::cut(*cut)), score)?;
            }
        }
    }
    Ok(())
}

fn flips(out: &mut String, flips: &Flips) -> std::fmt::Result {
    if flips.all.claims == 0 {
        return Ok(());
    }
    writeln!(out, "\n{:44} {}", "polarity flips", names::flipped(&flips.all))?;
    let mut topics = flips.by_topic.iter();
    topics.try_for_each(|(topic, share)| {
        writeln!(out, "{:44} {}", format!("  topic {topic}"), names::flipped(share))
    })
}

fn agreed(out: &mut String, topic: &str, agreement: &Agreement) -> std::fmt::Result {
    let (stances, holders) = (kappa(agreement.kappa_stances), kappa(agreement.kappa_holders));
    writeln!(
        out,
        "\n{topic}: Cohen's kappa {stances}, with holders {holders}; gold in rows, prediction in columns"
    )?;
    let columns = names::stances(&agreement.confusion);
    writeln!(out, "{:16}{}", "", columns.iter().map(|c| format!("{c:>14}")).collect::<String>())?;
    for gold in &columns {
        let cells: String = columns.iter().map(|c| format!("{:>14}", agreement.count(gold, c))).collect();
        writeln!(out, "{gold:16}{cells}")?;
    }
    Ok(())
}

fn calibrated(out: &mut String, calibration: &Calibration) -> std::fmt::Result {
    let Some(ece) = calibration.ece else { return Ok(()) };
    writeln!(
        out,
        "\nexpected calibration error {ece:.4}\n{:>12} {:>7} {:>7} {:>7}",
        "score", "claims", "mean", "right"
    )?;
    for bin in &calibration.bins {
        writeln!(
            out,
            "{:>6.1} – {:.1} {:>7} {:>7.3} {:>7.3}",
            bin.from, bin.to, bin.claims, bin.score, bin.right
        )?;
    }
    writeln!(out, "\n{:>12} {:>9} {:>9} {:>9}", "from score", "precision", "recall", "F1")?;
    for point in calibration.thresholds.iter().skip(1).step_by(2) {
        writeln!(
            out,
            "{:>12.2} {:>9.4} {:>9.4} {:>9.4}",
            point.threshold, point.precision, point.recall, point.f1
        )?;
    }
    Ok(())
}

fn compared(out: &mut String, comparison: &Comparison, changes: usize) -> std::fmt::Result {
    writeln!(out, "\nagainst the baseline")?;
    for (level, difference) in &comparison.differences {
        let p = match difference.p {
            None => String::new(),
            Some(p) if p < 0.001 => "  p < 0.001".into(),
            Some(p) => format!("  p {p:.3}"),
        };
        writeln!(
            out,
            "{:44} {:>+9.4}  {}{p}",
            names::level(*level),
            difference.f1,
            interval(difference.interval)
        )?;
    }
    let test = &comparison.mcnemar;
    writeln!(
        out,
        "passages: {} better, {} worse, McNemar p {:.4}; {} changed",
        test.better,
        test.worse,
        test.p,
        comparison.changed.len()
    )?;
    for change in comparison.changed.iter().take(changes) {
        writeln!(out, "\n{} at {}: {}", change.doc, change.start, change.text)?;
        writeln!(
            out,
            "  gold {}; now {}; before {}",
            set(&change.gold),
            set(&change.predicted),
            set(&change.baseline)
        )?;
    }
    Ok(())
}

fn row(out: &mut String, name: &str, score: &Score) -> std::fmt::Result {
    let interval = interval(score.interval);
    let Score { precision, recall, f1, count, .. } = score;
    writeln!(out, "{name:44} {precision:>9.4} {recall:>9.4} {f1:>9.4}  {interval:15} {:>6}", count.gold)
}

fn mistake(out: &mut String, mistake: &Mistake) -> std::fmt::Result {
    let Mistake { doc, start, text, kind, weight, .. } = mistake;
    writeln!(out, "\n{} {weight:.2}, {doc} at {start}: {text}", names::kind(*kind))?;
    let gold: Vec<String> = mistake.gold.iter().map(claim).collect();
    let given = mistake.predicted.as_ref().map_or(NONE.into(), claim);
    writeln!(
        out,
        "  gold {}; predicted {given}",
        if gold.is_empty() { NONE.into() } else { gold.join(", ") }
    )?;
    if let (Some(hypothesis), Some(p)) = (&mistake.hypothesis, &mistake.probabilities) {
        let (e, n, c) = (p.entailment, p.neutral, p.contradiction);
        writeln!(out, "  \"{hypothesis}\" entailment {e:.3}, neutral {n:.3}, contradiction {c:.3}")?;
    }
    Ok(())
}
