//! Passages whose sentences are labelled with claims, each read like an article.

use std::path::PathBuf;

use serde::Deserialize;

use super::super::labels::{Coverage, GoldClaim, LabelledArticle, Passage, Stated};
use super::files::RowKind;
use crate::digest::sha256;
use crate::record::{LabelledClaim, ReadError};
use crate::text::Field;

/// A text to predict, with the labels that its sentences have.
#[derive(Debug, Clone)]
pub struct LabelledText {
    /// The text.
    pub text: String,
    /// Its labels; the id names the row that it is from.
    pub gold: LabelledArticle,
}

/// A sentence as it is written.
#[derive(Deserialize)]
pub struct LabelledSentence {
    text: String,
    /// None where it was left open: what is found there counts neither way.
    claims: Option<Vec<GoldClaim>>,
}

#[derive(Deserialize)]
struct PassageRow {
    sentences: Vec<LabelledSentence>,
}

/// What stands between sentences, so that none runs into the next.
const BREAK: &str = "\n\n";

/// Reads passages; of those that tell a `part`, `part` alone.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<LabelledText>, ReadError> {
    let fields = "`sentences`, each with its `text` and its `claims`";
    let read = |row: PassageRow, name: &str| LabelledText::new(name, row.sentences, None);
    RowKind { fields, part, read }.of(paths)
}

impl LabelledText {
    /// Puts sentences one below the other; `topic` is that of claims that name none.
    ///
    /// # Errors
    /// What is wrong with a claim and what mends it.
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
                let claims = claims.into_iter().map(|claim| claim.checked(topic, length));
                let claims: Vec<LabelledClaim> = claims.collect::<Result<_, _>>()?;
                passages.push(Passage {
                    field: Field::Text,
                    start,
                    end: start + length,
                    text: sentence.text.clone(),
                    boilerplate: false,
                    entities: Vec::new(),
                    claims: claims.iter().map(Stated::from).collect(),
                    ambiguous: Vec::new(),
                });
            }
            text += &sentence.text;
            text += BREAK;
            start += length + BREAK.len();
        }
        // Of sentences left open nothing is said.
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
    fn sentences_stand_where_their_passages_say_and_open_ones_are_no_gold() {
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
