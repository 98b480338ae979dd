//! Span F1 of the entity model.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use demarche::engine::Tokens;
use demarche::entities::Tagger;
use demarche::evaluate::Count;
use serde::Deserialize;

use super::count::show;
use super::{Outcome, bytes_of, files, models, rows, workers};

type Spans = HashSet<(usize, usize, String)>;

/// A text and its labelled byte ranges.
struct Labelled {
    text: String,
    spans: Spans,
    source: String,
}

/// Rows of `tokens` and BIO `tags`, as words with spaces between.
pub fn ner(path: &Path) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        tokens: Vec<String>,
        tags: Vec<String>,
        source: String,
    }
    let labelled = rows::<Row>(path)?.into_iter().map(|row| Labelled {
        text: row.tokens.join(" "),
        spans: spans(&row.tokens, &row.tags),
        source: row.source,
    });
    score(&labelled.collect::<Vec<_>>())
}

/// The project's own sentences of a part: `text` and `entities` in code points.
pub fn own(folder: &Path, part: &str) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        part: String,
        text: String,
        entities: Vec<Entity>,
    }
    #[derive(Deserialize)]
    struct Entity {
        start: usize,
        end: usize,
        label: String,
    }
    let mut labelled = Vec::new();
    for file in files(folder)? {
        for row in rows::<Row>(&file)?.into_iter().filter(|row| row.part == part) {
            let bytes = bytes_of(&row.text);
            let at = |code_point: usize| bytes.get(code_point).copied().unwrap_or(usize::MAX);
            let spans = row.entities.into_iter().map(|e| (at(e.start), at(e.end), e.label)).collect();
            labelled.push(Labelled { text: row.text, spans, source: part.to_owned() });
        }
    }
    score(&labelled)
}

fn score(labelled: &[Labelled]) -> Outcome {
    let models = models()?;
    let tagger = Tagger::new(&models.ner)?;
    let windows = labelled.iter().map(|l| tagger.windows(&l.text)).collect::<Result<Vec<_>, _>>()?;
    let tokens: Vec<&Tokens> = windows.iter().flatten().map(|w| &w.tokens).collect();
    let mut logits = workers().run(models.ner.engine.as_ref(), &tokens)?.into_iter();
    // Some sources label no MISC: what is found of a type that they never label is no error of the model's.
    let mut types: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
    for row in labelled {
        types.entry(&row.source).or_default().extend(row.spans.iter().map(|s| s.2.as_str()));
    }
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for (row, windows) in labelled.iter().zip(&windows) {
        let mut found = Spans::new();
        for window in windows {
            let row = logits.next().unwrap_or_default();
            let mentions = tagger.mentions(window, &row);
            found.extend(mentions.into_iter().map(|m| (m.range.start, m.range.end, m.label.to_string())));
        }
        for (name, keep) in [("all", None), (row.source.as_str(), None)]
            .into_iter()
            .chain(["PER", "ORG", "LOC", "MISC"].map(|label| (label, Some(label))))
        {
            let only = |set: &Spans| -> Spans {
                set.iter().filter(|s| keep.is_none_or(|k| s.2 == k)).cloned().collect()
            };
            *counts.entry(name.to_owned()).or_default() += Count::of(&only(&found), &only(&row.spans));
        }
        found.retain(|span| types[row.source.as_str()].contains(span.2.as_str()));
        *counts.entry("all, of the types a source labels".into()).or_default() +=
            Count::of(&found, &row.spans);
    }
    counts.iter().for_each(|(name, count)| show(name, count));
    Ok(())
}

/// Entities as byte ranges of the tokens joined by spaces.
fn spans(tokens: &[String], tags: &[String]) -> Spans {
    let (mut out, mut at): (Vec<(usize, usize, String)>, usize) = (Vec::new(), 0);
    for (token, tag) in tokens.iter().zip(tags) {
        let end = at + token.len();
        if let Some(label) = tag.strip_prefix("B-") {
            out.push((at, end, label.to_owned()));
        } else if tag.starts_with("I-")
            && let Some(last) = out.last_mut()
        {
            last.1 = end;
        }
        at = end + 1;
    }
    out.into_iter().collect()
}
