//! Names the part of the article that each block stands in.

use super::Section;
use super::headline::says;
use super::page::{Kept, is_closed};

/// A headline or standfirst has at most this many words.
const HEADLINE_WORDS: usize = 30;

/// A sub-head has at most this many words.
const SUBHEAD_WORDS: usize = 12;

/// A short question is a sub-head too.
const QUESTION_WORDS: usize = 9;

/// A line without full stop under the headline is a standfirst from this many words on.
const STANDFIRST_WORDS: usize = 9;

/// One section for each block.
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
    // The last block heads nothing.
    if let Some(last @ Section::Subhead) = sections.last_mut() {
        *last = Section::Body;
    }
    sections
}

/// Whether a line can be a headline: short, and closed by no full stop.
fn is_heading(line: &str, words: usize) -> bool {
    let full_stop = is_closed(line) && !line.ends_with(['?', '!']);
    !full_stop && line.split_whitespace().take(words + 1).count() <= words
}

fn is_subhead(line: &str) -> bool {
    let limit = if line.ends_with(['?', '!']) { QUESTION_WORDS } else { SUBHEAD_WORDS };
    !line.ends_with([':', ';', ',']) && is_heading(line, limit)
}

#[cfg(test)]
mod tests {
    use super::super::boilerplate::tests::shipped;
    use super::super::{Section, segment};

    #[test]
    fn an_article_has_headline_lead_subhead_body_and_embed() {
        let text = "Third boat for the harbour town\n\
            The ferry company says it will run three boats from June on.\n\
            The harbour board has not agreed yet. It meets in the town hall on Monday.\n\
            Why three boats\n\
            The two boats are full by seven in the morning, the company says.\n\
            Three boats from June, if the board lets us. pic.twitter.com/Ab12Cd34\n\
            — Daily Ferry (@dailyferry) May 9, 2025\n\
            Fishermen are against it because of the noise.\n";
        let found = segment(None, text, shipped());
        let sections: Vec<Section> = found.sentences.iter().map(|sentence| sentence.section).collect();
        use Section::*;
        assert_eq!(sections, [Headline, Lead, Body, Body, Subhead, Body, Embed, Body]);
    }
}
