//! Named entity recognition: span F1.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::count::Count;
use super::super::entities::EntitySpan;
use super::super::score::Score;
use super::files::RowKind;
use crate::entities::Label;
use crate::record::ReadError;

/// A text and its labelled entities.
#[derive(Debug, Clone)]
pub struct NerRow {
    /// The text; tokens are joined with spaces.
    pub text: String,
    /// Its entities, in code points.
    pub entities: HashSet<EntitySpan>,
    /// The data set that it comes from.
    pub source: String,
}

/// A row as written in the file: `tokens` with BIO `tags`, or a `text` with `entities` in code
/// points.
#[derive(Deserialize)]
struct NerColumns {
    tokens: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    text: Option<String>,
    entities: Option<Vec<EntitySpan>>,
    source: Option<String>,
    part: Option<String>,
}

/// Precision, recall and F1 of spans with their types.
#[derive(Debug, Clone, Serialize)]
pub struct NerScores {
    /// Over all rows.
    #[serde(flatten)]
    pub all: Score,
    /// Over all rows, counting for each source only the types that it labels: predictions of a type
    /// that its annotators did not label are no mistakes.
    pub labelled_types: Score,
    /// By type.
    pub by_label: BTreeMap<String, Score>,
    /// By data set.
    pub by_source: BTreeMap<String, Score>,
}

/// Reads rows, skipping those with another `part` than `part`.
///
/// # Errors
/// Names the file and the line, and how to fix it.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<NerRow>, ReadError> {
    let fields = "`tokens`, `tags` and `source`, or `text` and `entities`";
    RowKind { fields, part, read: row }.of(paths)
}

fn row(columns: NerColumns, _: &str) -> Result<NerRow, String> {
    let NerColumns { tokens, tags, text, entities, source, part } = columns;
    let source = source.or(part).unwrap_or_else(|| "unnamed".into());
    match (tokens, tags, text, entities) {
        (Some(tokens), Some(tags), None, None) => {
            if tokens.len() != tags.len() {
                let (tokens, tags) = (tokens.len(), tags.len());
                return Err(format!("{tokens} tokens have {tags} tags; give each token one"));
            }
            Ok(NerRow { entities: from_tags(&tokens, &tags)?, text: tokens.join(" "), source })
        }
        (None, None, Some(text), Some(entities)) => {
            let length = text.chars().count();
            if let Some(e) = entities.iter().find(|e| e.start >= e.end || e.end > length) {
                let (start, end) = (e.start, e.end);
                return Err(format!(
                    "the entity {start}..{end} does not lie within its text; fix its offsets"
                ));
            }
            Ok(NerRow { text, entities: entities.into_iter().collect(), source })
        }
        _ => Err("a row has `tokens` and `tags`, or `text` and `entities`; give one pair of them".into()),
    }
}

/// The entities of tokens that are joined with spaces.
fn from_tags(tokens: &[String], tags: &[String]) -> Result<HashSet<EntitySpan>, String> {
    let mut spans: Vec<EntitySpan> = Vec::new();
    // The entity that continues up to the previous token, if there is one.
    let (mut open, mut start) = (None, 0);
    for (token, tag) in tokens.iter().zip(tags) {
        let end = start + token.chars().count();
        open = match (label_of(tag)?, spans.last_mut()) {
            (None, _) => None,
            (Some((false, label)), Some(last)) if open == Some(label) => {
                last.end = end;
                open
            }
            (Some((_, label)), _) => {
                spans.push(EntitySpan { start, end, label });
                Some(label)
            }
        };
        start = end + 1;
    }
    Ok(spans.into_iter().collect())
}

/// Whether a tag begins an entity, and of which type; `None` for `O`.
fn label_of(tag: &str) -> Result<Option<(bool, Label)>, String> {
    if tag == "O" {
        return Ok(None);
    }
    let label = |name: &str| serde_json::from_value::<Label>(Value::from(name)).ok();
    let begins = tag.strip_prefix("B-").and_then(label).map(|label| (true, label));
    let found = begins.or_else(|| tag.strip_prefix("I-").and_then(label).map(|label| (false, label)));
    found.map(Some).ok_or_else(|| format!("{tag:?} is not a BIO tag over PER, ORG, LOC or MISC; fix it"))
}

/// Compares the entities found in each row's text, in the order of the rows; in code points.
pub fn score(rows: &[NerRow], found: &[HashSet<EntitySpan>]) -> NerScores {
    let mut labelled: HashMap<&str, HashSet<Label>> = HashMap::new();
    for row in rows {
        labelled.entry(&row.source).or_default().extend(row.entities.iter().map(|e| e.label));
    }
    let (mut all, mut of_labelled_types) = (Count::default(), Count::default());
    let (mut by_label, mut by_source) = (BTreeMap::<_, Count>::new(), BTreeMap::<_, Count>::new());
    for (row, found) in rows.iter().zip(found) {
        let count = Count::of(found, &row.entities);
        all += count;
        *by_source.entry(row.source.clone()).or_default() += count;
        for label in [Label::Per, Label::Org, Label::Loc, Label::Misc] {
            let only = |spans: &HashSet<EntitySpan>| -> HashSet<EntitySpan> {
                spans.iter().filter(|s| s.label == label).copied().collect()
            };
            let count = Count::of(&only(found), &only(&row.entities));
            *by_label.entry(label.to_string()).or_default() += count;
            if labelled.get(row.source.as_str()).is_some_and(|labels| labels.contains(&label)) {
                of_labelled_types += count;
            }
        }
    }
    let scores = |counts: BTreeMap<String, Count>| {
        counts.into_iter().map(|(group, count)| (group, Score::from(count))).collect()
    };
    NerScores {
        all: all.into(),
        labelled_types: of_labelled_types.into(),
        by_label: scores(by_label),
        by_source: scores(by_source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, label: Label) -> EntitySpan {
        EntitySpan { start, end, label }
    }

    fn tagged(tokens: &str, tags: &str) -> Result<HashSet<EntitySpan>, String> {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        from_tags(&words(tokens), &words(tags))
    }

    #[test]
    fn tags_give_spans_of_the_joined_text() {
        let spans = tagged("Şehbaz Sharif met Indian UN staff", "B-PER I-PER O B-MISC B-ORG O");
        let all = [span(0, 13, Label::Per), span(18, 24, Label::Misc), span(25, 27, Label::Org)];
        assert_eq!(spans, Ok(HashSet::from(all)));
    }

    #[test]
    fn an_entity_continues_only_with_its_own_type() {
        let all = [span(0, 1, Label::Per), span(2, 3, Label::Org), span(6, 7, Label::Org)];
        assert_eq!(tagged("a b c d", "B-PER I-ORG O I-ORG"), Ok(HashSet::from(all)));
    }

    #[test]
    fn another_type_is_refused() {
        assert!(tagged("a", "B-DATE").is_err_and(|e| e.contains("B-DATE")));
    }

    #[test]
    fn types_that_a_source_never_labels_do_not_count_in_labelled_types() {
        let row = |entities: &[EntitySpan], source: &str| NerRow {
            text: String::new(),
            entities: entities.iter().copied().collect(),
            source: source.to_owned(),
        };
        let (person, misc) = (span(0, 3, Label::Per), span(4, 9, Label::Misc));
        let rows = [row(&[person], "without"), row(&[misc], "with"), row(&[], "with")];
        let found = [HashSet::from([person, misc]), HashSet::from([misc]), HashSet::from([misc])];
        let scores = score(&rows, &found);
        assert_eq!((scores.all.count.predicted, scores.all.count.correct), (4.0, 2.0));
        assert_eq!(scores.labelled_types.count.predicted, 3.0);
        assert_eq!(scores.by_label["MISC"].count.predicted, 3.0);
        assert_eq!(scores.by_source["without"].precision, 0.5);
    }
}
