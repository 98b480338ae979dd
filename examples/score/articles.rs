//! Claims of labelled articles.

use std::path::Path;

use demarche::document::{self, Options};
use demarche::evaluate::labels::{self, Passage, Side};
use demarche::extract::Extractor;
use demarche::text::Field;

use super::claims::{Line, Tally};
use super::{Outcome, bytes_of, configuration, models, workers};

/// Scores the articles of `corpus` against the files in `gold` that have their id or file name.
pub fn score(corpus: &str, gold: &str) -> Outcome {
    tally(corpus, gold)?.show();
    Ok(())
}

/// What the model answered in the first round, a line a question.
pub fn answers(corpus: &str, gold: &str) -> Outcome {
    tally(corpus, gold)?.dump()
}

fn tally(corpus: &str, gold: &str) -> Result<Tally, Box<dyn std::error::Error>> {
    let configuration = configuration()?;
    let models = models()?;
    let extractor = Extractor::new(&models, &configuration, workers())?;
    let mut tally = Tally::default();
    for raw in document::read(&[corpus.to_owned()]) {
        let document = document::parse(raw?, &Options::default())?;
        let name = document.id.as_ref().unwrap_or(&document.stem);
        let file = Path::new(gold).join(format!("{name}.jsonl"));
        let labelled = labels::read(&[file], Side::Reviewer)?;
        let (in_text, in_title) = (bytes_of(&document.text), document.title.as_deref().map(bytes_of));
        let line = |passage: &Passage| {
            let bytes = if passage.field == Field::Title { in_title.as_ref() } else { Some(&in_text) };
            let range = bytes.and_then(|b| Some(*b.get(passage.start)?..*b.get(passage.end)?));
            let range = range.ok_or_else(|| {
                format!("{name}.jsonl: {}..{} lies outside the article", passage.start, passage.end)
            })?;
            let claims = passage.claims.iter().map(|s| (&s.claim).into()).collect();
            Ok::<_, String>(Line { field: passage.field, range, claims, hard: Vec::new() })
        };
        let article = labelled.iter().flat_map(|a| &a.passages).filter(|p| !p.boilerplate);
        let lines: Vec<Line> = article.map(line).collect::<Result<_, _>>()?;
        let Some(Ok(extraction)) = extractor.extract(vec![document])?.pop() else {
            return Err("an article failed".into());
        };
        tally.add(&extraction, &lines, &configuration);
    }
    Ok(tally)
}
