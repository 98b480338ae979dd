//! Passages whose sentences are labelled with claims, each read like an article.

use std::path::PathBuf;

use serde::Deserialize;

use super::super::labels::{Coverage, GoldClaim, LabelledArticle, Passage, Stated};
use super::files::RowKind;
use crate::digest::sha256;
use crate::record::ReadError;
use crate::text::Field;

/// A text to predict, with the labels of its sentences.
#[derive(Debug, Clone)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// Its labels; their id is the name of the row.
    pub gold: LabelledArticle,
}

/// A sentence as written in the file.
#[derive(Deserialize)]
pub struct LabelledSentence {
    text: String,
    /// `None` if it was not labelled: predictions on it count neither way.
    claims: Option<Vec<GoldClaim>>,
}

#[derive(Deserialize)]
struct PassageRow {
    sentences: Vec<LabelledSentence>,
}

/// Separates sentences, so that none continues into the next.
const BREAK: &str = "\n\n";

/// Reads passages, skipping those with another `part` than `part`.
///
/// # Errors
/// Names the file and the line, and how to fix it.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<LabelledText>, ReadError> {
    let fields = "`sentences`, each with its `text` and its `claims`";
    let read = |row: PassageRow, name: &str| LabelledText::new(name, row.sentences, None);
    RowKind { fields, part, read }.of(paths)
}

impl LabelledText {
    /// Joins sentences with blank lines between them; `topic` is the topic of claims without one.
    ///
    /// # Errors
    /// What is wrong with a claim, and how to fix it.
    pub(super) fn new(
        id: &str,
        sentences: Vec<LabelledSentence>,
        topic: Option<&str>,
    ) -> Result<Self, String> {
        let (mut text, mut start, mut passages) = (String::new(), 0, Vec::new());
        for sentence in sentences {
            let length = sentence.text.chars().count();
            if length == 0 {
                return Err("a sentence has no text; fill it in or leave it out".into());
            }
            if let Some(claims) = sentence.claims {
                let place = start..start + length;
                let claims = claims.into_iter().map(|claim| claim.checked(topic, place.clone()));
                let claims: Vec<Stated> = claims.collect::<Result<_, _>>()?;
                passages.push(Passage {
                    field: Field::Text,
                    start,
                    end: start + length,
                    text: sentence.text.clone(),
                    boilerplate: false,
                    entities: Vec::new(),
                    claims,
                    ambiguous: Vec::new(),
                });
            }
            text += &sentence.text;
            text += BREAK;
            start += length + BREAK.len();
        }
        // Nothing is known about unlabelled sentences.
        let coverage = Coverage::Passages;
        let text_sha256 = Some(sha256(text.as_bytes()));
        let gold = LabelledArticle { id: id.to_owned(), text_sha256, coverage, passages };
        Ok(Self { text, gold })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passages_have_the_offsets_of_their_sentences_and_unlabelled_ones_are_not_gold() {
        let sentences = json!([
            { "text": "“Él”", "claims": [] },
            { "text": "open", "claims": null },
            { "text": "Delhi refused.", "claims": [{ "stance": "no", "holder": "India" }] },
        ]);
        let sentences: Vec<LabelledSentence> = serde_json::from_value(sentences).expect("sentences");
        let text = LabelledText::new("a:1", sentences, Some("t")).expect("a text");
        let slice = |p: &Passage| text.text.chars().skip(p.start).take(p.end - p.start).collect::<String>();
        let found: Vec<String> = text.gold.passages.iter().map(slice).collect();
        assert_eq!(found, ["“Él”", "Delhi refused."]);
        assert_eq!(text.gold.passages[1].claims[0].claim.topic, "t");
    }
}
