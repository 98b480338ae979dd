//! Finds the section of the article that each block belongs to.

use serde::{Deserialize, Serialize};

use super::headline::says;
use super::item::Kept;
use super::sentences::is_closed;

/// The section of the article that a sentence belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The title, or the article's headline in its text.
    Headline,
    /// The standfirst or, without one, the first paragraph.
    Lead,
    /// A paragraph, caption or list item.
    Body,
    /// A short line without a full stop above paragraphs.
    Subhead,
    /// The text of an embedded post.
    Embed,
}

/// A headline or standfirst has at most this many words.
const HEADLINE_WORDS: usize = 30;

/// A sub-head has at most this many words.
const SUBHEAD_WORDS: usize = 12;

/// A short question is also a sub-head, up to this many words.
const QUESTION_WORDS: usize = 9;

/// A line without a full stop below the headline is a standfirst if it has at least this many
/// words.
const STANDFIRST_WORDS: usize = 9;

/// The section of each block.
pub(super) fn sections(title: Option<&str>, text: &str, blocks: &[Kept]) -> Vec<Section> {
    let lines: Vec<&str> = blocks.iter().map(|block| block.line(text)).collect();
    let headline = title.map(str::trim).or_else(|| {
        let first = blocks.first().zip(lines.first());
        first.filter(|(block, line)| !block.embed && is_heading(line, HEADLINE_WORDS)).map(|(_, line)| *line)
    });
    let mut lead = false;
    let mut sections: Vec<Section> = Vec::with_capacity(blocks.len());
    for (block, line) in blocks.iter().zip(&lines) {
        let words = line.split_whitespace().take(HEADLINE_WORDS + 1).count();
        let section = if block.embed {
            Section::Embed
        } else if headline.is_some_and(|headline| says(headline, line)) {
            Section::Headline
        } else if !lead && !block.bullet && (is_closed(line) || words >= STANDFIRST_WORDS) {
            lead = true;
            Section::Lead
        } else if !block.bullet && is_subhead(line) {
            Section::Subhead
        } else {
            Section::Body
        };
        sections.push(section);
    }
    // The last block can't be a sub-head.
    if let Some(last @ Section::Subhead) = sections.last_mut() {
        *last = Section::Body;
    }
    sections
}

/// Whether a line can be a headline: short, and without a full stop at its end.
fn is_heading(line: &str, words: usize) -> bool {
    let full_stop = is_closed(line) && !line.ends_with(['?', '!']);
    !full_stop && line.split_whitespace().take(words + 1).count() <= words
}

fn is_subhead(line: &str) -> bool {
    let limit = if line.ends_with(['?', '!']) { QUESTION_WORDS } else { SUBHEAD_WORDS };
    !line.ends_with([':', ';', ',']) && is_heading(line, limit)
}
