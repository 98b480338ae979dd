//! From a document's text to its sentences, with boilerplate left out.

mod abbreviations;
mod blocks;
mod boilerplate;
mod page;
mod section;
mod sentences;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use boilerplate::{Boilerplate, RulesError};
pub use sentences::sentences;

/// The field of a document that a byte range counts in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// A title that stands outside the text.
    Title,
    /// The text itself.
    Text,
}

/// The part of the article a sentence stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The title, or the article's headline in its text.
    Headline,
    /// The standfirst or, without one, the first paragraph.
    Lead,
    /// A paragraph, caption or list item.
    Body,
    /// A short line without full stop that heads paragraphs.
    Subhead,
    /// The text of an embedded post.
    Embed,
}

/// One sentence, as a place in the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// The field that `range` counts in.
    pub field: Field,
    /// Trimmed bytes of the field; line breaks of hard-wrapped text may lie inside.
    pub range: Range<usize>,
    /// The part of the article.
    pub section: Section,
}

/// A document cut into sentences.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Segmented {
    /// The sentences in order: those of the title, then those of the text.
    pub sentences: Vec<Sentence>,
    /// Bytes of the text that were dropped, in order.
    pub boilerplate: Vec<Range<usize>>,
}

/// Cuts a document into the sentences of its article.
pub fn segment(title: Option<&str>, text: &str, rules: &Boilerplate) -> Segmented {
    let title = title.filter(|title| !title.trim().is_empty());
    let page = page::read(title, text, rules);
    let sections = section::sections(title, text, &page.blocks);
    let mut sentences = Vec::new();
    for range in title.map(sentences::sentences).unwrap_or_default() {
        sentences.push(Sentence { field: Field::Title, range, section: Section::Headline });
    }
    for (block, section) in page.blocks.into_iter().zip(sections) {
        for range in block.sentences {
            sentences.push(Sentence { field: Field::Text, range, section });
        }
    }
    Segmented { sentences, boilerplate: page.dropped }
}

/// All sentences of a raw text, paragraph by paragraph, boilerplate included.
pub fn split(text: &str) -> Vec<Range<usize>> {
    blocks::blocks(text).into_iter().flat_map(|block| sentences_within(text, block.range)).collect()
}

/// The sentences of one part of `text`, as ranges into the whole.
fn sentences_within(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let base = part.start;
    sentences(&text[part]).into_iter().map(move |range| base + range.start..base + range.end)
}
