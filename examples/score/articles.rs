//! Labelled articles: boilerplate, sentences, entities and claims.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use demarche::document::{self, Options};
use demarche::entities::Mention;
use demarche::extract::Extractor;
use demarche::text::Field;
use serde::Deserialize;

use super::claims::{GoldClaim, Line, Tally};
use super::count::{Count, ratio};
use super::{Outcome, bytes_of, configuration, models, rows, workers};

/// A line of a gold file; offsets are code points of the field.
#[derive(Deserialize)]
struct GoldLine {
    #[serde(default = "text")]
    field: Field,
    start: usize,
    end: usize,
    boilerplate: bool,
    entities: Vec<GoldEntity>,
    claims: Vec<GoldClaim>,
}

fn text() -> Field {
    Field::Text
}

#[derive(Deserialize)]
struct GoldEntity {
    start: usize,
    end: usize,
    label: String,
}

/// What articles are measured by.
#[derive(Default)]
struct Scores {
    sentences: Count,
    entities: Count,
    tally: Tally,
    /// Lines of boilerplate, and those of them that are dropped.
    boilerplate: usize,
    dropped: usize,
    /// Lines of the articles, and those of them that are kept.
    lines: usize,
    kept: usize,
}

/// Scores the articles of `corpus` against the files in `gold` that have their id or file name.
pub fn score(corpus: &str, gold: &str) -> Outcome {
    let scores = scores(corpus, gold)?;
    println!(
        "boilerplate dropped {:.4} ({} lines), article kept {:.4} ({} lines)",
        ratio(scores.dropped, scores.boilerplate),
        scores.boilerplate,
        ratio(scores.kept, scores.lines),
        scores.lines
    );
    scores.sentences.show("sentences");
    scores.entities.show("entities");
    scores.tally.show();
    Ok(())
}

/// What the model answered in the first round, a line a question.
pub fn answers(corpus: &str, gold: &str) -> Outcome {
    scores(corpus, gold)?.tally.dump()
}

fn scores(corpus: &str, gold: &str) -> Result<Scores, Box<dyn std::error::Error>> {
    let configuration = configuration()?;
    let models = models()?;
    let extractor = Extractor::new(&models, &configuration, workers())?;
    let mut scores = Scores::default();
    for raw in document::read(&[corpus.to_owned()]) {
        let document = document::parse(raw?, &Options::default())?;
        let name = document.id.as_ref().unwrap_or(&document.stem);
        let labelled: Vec<GoldLine> = rows(&Path::new(gold).join(format!("{name}.jsonl")))?;
        let (in_text, in_title) = (bytes_of(&document.text), document.title.as_deref().map(bytes_of));
        let bytes =
            |line: &GoldLine| if line.field == Field::Title { in_title.as_ref() } else { Some(&in_text) };
        if let Some(line) = labelled.iter().find(|l| bytes(l).is_none_or(|bytes| l.end >= bytes.len())) {
            return Err(format!("{name}.jsonl: {}..{} lies outside the article", line.start, line.end).into());
        }
        let Some(Ok(extraction)) = extractor.extract(vec![document])?.pop() else {
            return Err("an article failed".into());
        };
        let at = |line: &GoldLine, code_point: usize| {
            bytes(line).and_then(|b| b.get(code_point).copied()).unwrap_or_default()
        };
        let range = |line: &GoldLine| at(line, line.start)..at(line, line.end);
        let found: Vec<(Field, Range<usize>)> =
            extraction.sentences.iter().map(|a| (a.sentence.field, a.sentence.range.clone())).collect();
        for line in &labelled {
            let range = range(line);
            let of_field = found.iter().filter(|(field, _)| *field == line.field);
            let covered: usize =
                of_field.map(|(_, r)| r.end.min(range.end).saturating_sub(r.start.max(range.start))).sum();
            if line.boilerplate {
                scores.boilerplate += 1;
                scores.dropped += usize::from(covered == 0);
            } else {
                scores.lines += 1;
                scores.kept += usize::from(covered * 20 >= range.len() * 19);
            }
        }
        let article = || labelled.iter().filter(|l| !l.boilerplate);
        let place = |field: Field| field == Field::Text;
        let gold_spans: HashSet<_> =
            article().map(|l| (place(l.field), range(l).start, range(l).end)).collect();
        scores.sentences.add(&found.iter().map(|(f, r)| (place(*f), r.start, r.end)).collect(), &gold_spans);
        let gold_entities: HashSet<_> = article()
            .flat_map(|l| {
                l.entities.iter().map(|e| (place(l.field), at(l, e.start), at(l, e.end), e.label.clone()))
            })
            .collect();
        let named = extraction.sentences.iter().flat_map(|a| {
            let (field, base) = (place(a.sentence.field), a.sentence.range.start);
            let span =
                move |m: &Mention| (field, base + m.range.start, base + m.range.end, m.label.to_string());
            a.mentions.iter().map(span)
        });
        scores.entities.add(&named.collect(), &gold_entities);
        let lines: Vec<Line> = article()
            .map(|l| Line { field: l.field, range: range(l), claims: l.claims.clone(), hard: Vec::new() })
            .collect();
        scores.tally.add(&extraction, &lines, &configuration);
    }
    Ok(scores)
}
