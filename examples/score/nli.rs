//! Three-way accuracy of the NLI model.

use std::collections::BTreeMap;
use std::path::Path;

use demarche::engine::Tokens;
use demarche::stance::{Judge, Pair};
use serde::Deserialize;

use super::count::ratio;
use super::{Outcome, models, rows, workers};

/// Rows of `premise`, `hypothesis`, `label`, `source`.
pub fn score(path: &Path) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        premise: String,
        hypothesis: String,
        label: String,
        source: String,
    }
    let rows: Vec<Row> = rows(path)?;
    let models = models()?;
    let judge = Judge::new(&models.nli)?;
    let pairs: Vec<Pair> =
        rows.iter().map(|r| judge.pair(&r.premise, &r.hypothesis, &[])).collect::<Result<_, _>>()?;
    let tokens: Vec<&Tokens> = pairs.iter().map(|pair| &pair.tokens).collect();
    let logits = workers().run(models.nli.engine.as_ref(), &tokens)?;
    let mut by_source: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((row, pair), logits) in rows.iter().zip(&pairs).zip(&logits) {
        let p = judge.answer(pair, logits).probabilities;
        let ranked =
            [("entailment", p.entailment), ("neutral", p.neutral), ("contradiction", p.contradiction)];
        let best = ranked.into_iter().reduce(|a, b| if b.1 > a.1 { b } else { a }).map_or("", |r| r.0);
        for source in ["all", &row.source] {
            let slot = by_source.entry(source).or_default();
            slot.0 += usize::from(best == row.label);
            slot.1 += 1;
        }
    }
    for (source, (right, all)) in by_source {
        println!("{source:20} accuracy {:.4}  ({all} pairs)", ratio(right, all));
    }
    Ok(())
}
