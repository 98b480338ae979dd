//! Further topics, each with sentences of its own.

use std::path::PathBuf;

use serde::Deserialize;

use super::files::RowKind;
use super::passages::{LabelledSentence, LabelledText};
use crate::record::ReadError;

/// A topic that is none of the configuration's, as the row has it.
#[derive(Debug, Clone, Deserialize)]
pub struct FurtherTopic {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Its stances.
    pub stances: Vec<FurtherStance>,
}

/// A stance of a further topic.
#[derive(Debug, Clone, Deserialize)]
pub struct FurtherStance {
    /// Its id.
    pub id: String,
    /// What a sentence says that takes it, in several wordings with a slot for the holder.
    pub hypotheses: Vec<String>,
}

/// A topic and the texts that its annotators read.
#[derive(Debug, Clone)]
pub struct TopicTexts {
    /// The topic.
    pub topic: FurtherTopic,
    /// Texts with its claims.
    pub texts: Vec<LabelledText>,
}

/// A row: sentences that stand alone, or whole articles.
#[derive(Deserialize)]
struct TopicRow {
    #[serde(flatten)]
    topic: FurtherTopic,
    #[serde(default)]
    sentences: Vec<LabelledSentence>,
    #[serde(default)]
    articles: Vec<TopicArticle>,
}

#[derive(Deserialize)]
struct TopicArticle {
    sentences: Vec<LabelledSentence>,
}

/// Reads topics; of those that tell a `part`, `part` alone.
///
/// # Errors
/// Names the file, the line and the mend.
pub fn read(paths: &[PathBuf], part: Option<&str>) -> Result<Vec<TopicTexts>, ReadError> {
    let fields = "`id`, `title`, `stances` with `hypotheses`, and `sentences` or `articles` with `sentences`";
    RowKind { fields, part, read: row }.of(paths)
}

fn row(row: TopicRow, name: &str) -> Result<TopicTexts, String> {
    let TopicRow { topic, sentences, articles } = row;
    if let Some(stance) = topic.stances.iter().find(|s| s.hypotheses.is_empty()) {
        return Err(format!("the stance {} has no hypothesis; give at least one", stance.id));
    }
    let alone = sentences.into_iter().map(|sentence| vec![sentence]);
    let passages = alone.chain(articles.into_iter().map(|article| article.sentences));
    let texts = passages
        .enumerate()
        .map(|(at, sentences)| LabelledText::new(&format!("{name}#{}", at + 1), sentences, Some(&topic.id)));
    Ok(TopicTexts { texts: texts.collect::<Result<_, _>>()?, topic })
}
