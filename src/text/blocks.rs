//! Splits a text into blocks (paragraphs, headlines, list items); rejoins hard-wrapped lines.

use std::ops::Range;

use super::sentences::trim;

/// Line widths of hard-wrapped text, in characters.
const WRAP_WIDTHS: Range<usize> = 40..121;

/// How many characters a wrapped line may be shorter than the width.
const WRAP_SLACK: usize = 8;

/// A line shorter than this without a full stop at its end is a separate item, not half a
/// sentence.
const SHORT_LINE: usize = 25;

/// Words that no sentence ends with.
const LEADS_ON: [&str; 24] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "its", "of", "on", "or", "over",
    "said", "says", "than", "that", "the", "their", "to", "with",
];

/// A line with this many words that continues below a blank line is half a sentence.
const SPLIT_WORDS: usize = 8;

/// One paragraph, headline, caption or list item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// Trimmed bytes of the text; may contain line breaks.
    pub range: Range<usize>,
    /// Whether it starts as a list item.
    pub bullet: bool,
}

/// The blocks of `text` in order; together they contain everything but white space.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let lines = lines(text);
    let width = wrap_width(text, &lines);
    let mut found: Vec<Block> = Vec::new();
    let mut last: Option<&TextLine> = None;
    let mut joined = false;
    for line in &lines {
        joined = last.is_some_and(|above| continues(text, above, line, width, joined));
        match found.last_mut() {
            Some(block) if joined => block.range.end = line.range.end,
            _ => {
                found.push(Block { range: line.range.clone(), bullet: is_bullet(&text[line.range.clone()]) })
            }
        }
        last = Some(line);
    }
    found
}

/// A line that is not blank.
struct TextLine {
    range: Range<usize>,
    /// Whether a blank line is above it.
    gap: bool,
    /// Its length in characters.
    length: usize,
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn lines(text: &str) -> Vec<TextLine> {
    let mut found = Vec::new();
    let mut gap = false;
    let mut start = 0;
    for line in text.split_inclusive(is_break) {
        let whole = start..start + line.len();
        // The second half of "\r\n" is not a blank line.
        let half = line == "\n" && text[..start].ends_with('\r');
        start = whole.end;
        match trim(text, whole) {
            Some(range) => {
                let length = text[range.clone()].chars().count();
                found.push(TextLine { range, gap, length });
                gap = false;
            }
            None => gap = gap || !half,
        }
    }
    found
}

/// The width at which the whole text was hard-wrapped, if it was.
fn wrap_width(text: &str, lines: &[TextLine]) -> Option<usize> {
    let pairs: Vec<_> = lines.windows(2).filter(|pair| !pair[1].gap).collect();
    let mut lengths: Vec<usize> = pairs.iter().map(|pair| pair[0].length).collect();
    lengths.sort_unstable();
    let width = *lengths.get(lengths.len() * 19 / 20)?;
    let count = |wanted: &dyn Fn(&TextLine, &TextLine) -> bool| {
        pairs.iter().filter(|pair| wanted(&pair[0], &pair[1])).count()
    };
    let full = count(&|above, below| is_full(text, above, below, width));
    // Headlines in a list may have equal lengths, but none begins in the middle of a sentence.
    let amid = count(&|_, below| text[below.range.clone()].starts_with(char::is_lowercase));
    let wrapped = WRAP_WIDTHS.contains(&width)
        && pairs.len() >= 3
        && full * 5 >= pairs.len() * 3
        && amid * 6 >= pairs.len();
    wrapped.then_some(width)
}

/// Whether the first word of the line below did not fit on the line above.
fn is_full(text: &str, above: &TextLine, below: &TextLine, width: usize) -> bool {
    let word = text[below.range.clone()]
        .split(char::is_whitespace)
        .next()
        .map_or(0, |word| word.chars().take(width).count());
    above.length + 1 + word > width.saturating_sub(WRAP_SLACK)
}

/// Whether the sentence continues from one line to the next.
///
/// A line that was `joined` to the lines above is not a separate item, even if it is short.
fn continues(text: &str, above: &TextLine, below: &TextLine, width: Option<usize>, joined: bool) -> bool {
    let (upper, lower) = (&text[above.range.clone()], &text[below.range.clone()]);
    if is_bullet(lower) || upper.starts_with('©') {
        return false;
    }
    let open = !upper.ends_with(['.', '!', '?', '…', ':', ';', '”', '"', ')', '»', '>']);
    let runs_on = lower.starts_with(|c: char| c.is_lowercase() || matches!(c, ',' | ';' | ')'));
    // A link inside a sentence may be on a line of its own, with blank lines around it.
    if below.gap {
        let words = upper.split_whitespace().count();
        let amid = upper.split_whitespace().last().is_some_and(|word| LEADS_ON.contains(&word));
        let split = open && runs_on && amid && words >= SPLIT_WORDS;
        return split || joined && open && runs_on;
    }
    let wrapped = width.is_some_and(|width| is_full(text, above, below, width));
    wrapped || open && runs_on && (joined || above.length >= SHORT_LINE)
}

/// Whether a line starts with a bullet or a list number.
fn is_bullet(line: &str) -> bool {
    line.len() > unmarked(line).len() || is_numbered(line)
}

/// Whether a line starts with a list number.
pub(super) fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    (1..=2).contains(&digits)
        && rest.strip_prefix(['.', ')']).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// The line without list bullets at its start.
pub(super) fn unmarked(line: &str) -> &str {
    let rest = line.trim_start_matches(|c: char| {
        matches!(c, '•' | '‣' | '◦' | '▪' | '●' | '■' | '·' | '➤' | '►' | '▶') || c.is_whitespace()
    });
    let dashed =
        rest.strip_prefix(['-', '–', '—', '*', '+']).filter(|inner| inner.starts_with(char::is_whitespace));
    dashed.map_or(rest, str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        blocks(text).into_iter().map(|block| text[block.range].replace('\n', " ")).collect()
    }

    #[test]
    fn hard_wrapped_paragraphs_are_one_block_each() {
        let text = "The ferry company has said that it will run a third boat on\n\
                    weekdays from the first of June, because the two boats it\n\
                    has are full by seven in the morning. The harbour board has\n\
                    not yet agreed to the plan.\n\
                    \n\
                    A decision is due in May, when the board meets in the town\n\
                    hall for the first time since the storm took the roof off.\n";
        let blocks = cut(text);
        assert_eq!(blocks.len(), 2, "{blocks:#?}");
        assert!(blocks[0].ends_with("agreed to the plan."));
    }

    #[test]
    fn headlines_of_equal_length_on_separate_lines_are_not_joined() {
        let text = "Ferry company plans third boat on weekdays\n\
                    Harbour board to meet in the old town hall\n\
                    Storm took the roof off the market in June\n\
                    Fishing fleet stays in port for a second day";
        assert_eq!(cut(text).len(), 4);
    }

    #[test]
    fn a_line_broken_within_a_sentence_is_rejoined() {
        let text =
            "The minister spoke to the envoy of the\nneighbouring country on Friday.\nHe left at noon.";
        assert_eq!(cut(text).len(), 2);
    }

    #[test]
    fn list_items_are_blocks_and_all_line_ends_count() {
        assert_eq!(cut("• One boat\r\n• Two boats\u{2028}3. Three boats\r4) Four boats").len(), 4);
        assert!(blocks("• One boat\n").iter().all(|block| block.bullet));
    }

    #[test]
    fn a_sentence_broken_by_its_links_is_rejoined_across_blank_lines() {
        let text = "The board has asked the company for a list of boats, according to\n\ntwo members\n\nwho left early.";
        assert_eq!(cut(text).len(), 1);
        assert_eq!(cut("The board met in the old town hall on Friday\n\nboats\n\nharbour").len(), 3);
    }
}
