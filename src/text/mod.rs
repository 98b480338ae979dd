//! From a document's text to its sentences, with boilerplate left out.

mod abbreviations;
mod blocks;
mod boilerplate;
mod edges;
mod headline;
mod lists;
mod offsets;
mod page;
mod section;
mod sentences;
mod shape;
mod span;
mod words;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use boilerplate::{Boilerplate, RulesError};
pub use offsets::Offsets;
pub use sentences::sentences;
pub use span::{CodePoints, FieldBytes, NormalizedBytes, SentenceBytes, Span};

/// The field of a document that a byte range counts in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::boilerplate::tests::shipped;
    use super::*;

    /// Pieces that break careless readers, put together at random.
    const PIECES: &[&str] = &[
        "",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\t",
        "\0",
        "\u{2028}",
        "\u{85}",
        "\u{feff}",
        "\u{200b}",
        "\u{a0}",
        ".",
        "..",
        "…",
        "!",
        "?",
        "\"",
        "“",
        "”",
        "’",
        "'",
        "(",
        ")",
        "[1]",
        "[",
        "]",
        "—",
        "-",
        "•",
        "»",
        "#",
        "@",
        "|",
        "*",
        "The boats left",
        "the harbour",
        "U.S.",
        "p.m.",
        "Mr.",
        "No.",
        "5",
        "3.5",
        "A.",
        "Home",
        "Share",
        "Read more",
        "ALSO READ: More boats",
        "Updated: May 9, 2025",
        "— Daily Ferry (@dailyferry) May 9, 2025",
        "About the author",
        "RELATED ARTICLES",
        "pic.twitter.com/abc",
        "https://t.co/abc",
        "😀",
        "👨‍👩‍👧",
        "e\u{301}",
        "\u{301}",
        "یہ جملہ ہے۔",
        "यह वाक्य है।",
        "文。",
        "İ",
        "ß",
        "| Photo: AFP",
        "Explore",
        "said he was ready to sail with the boats on Friday morning.",
    ];

    /// A small fixed generator, so that a failure can be repeated.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) as usize % sides
        }

        fn text(&mut self) -> String {
            let pieces = self.roll(60);
            let glue = ["", " ", "\n"][self.roll(3)];
            let chosen: Vec<&str> = (0..pieces).map(|_| PIECES[self.roll(PIECES.len())]).collect();
            chosen.join(glue)
        }
    }

    fn check_ranges(text: &str, ranges: &[Range<usize>]) {
        let mut end = 0;
        for range in ranges {
            assert!(range.start >= end && range.start < range.end, "{range:?} in {text:?}");
            end = range.end;
            let piece =
                text.get(range.clone()).unwrap_or_else(|| panic!("{range:?} splits a character of {text:?}"));
            assert_eq!(piece, piece.trim(), "in {text:?}");
        }
    }

    #[test]
    fn any_text_gives_sorted_trimmed_ranges_that_do_not_overlap() {
        let rules = shipped();
        let mut dice = Dice(7);
        for _ in 0..1000 {
            let text = dice.text();
            let title = dice.text();
            let found = segment(title.len().is_multiple_of(2).then_some(&title), &text, rules);
            let of = |field| -> Vec<Range<usize>> {
                let inside = found.sentences.iter().filter(|sentence| sentence.field == field);
                inside.map(|sentence| sentence.range.clone()).collect()
            };
            check_ranges(&title, &of(Field::Title));
            let mut all = of(Field::Text);
            check_ranges(&text, &all);
            check_ranges(&text, &found.boilerplate);
            all.extend(found.boilerplate);
            all.sort_by_key(|range| range.start);
            check_ranges(&text, &all);
            check_ranges(&text, &split(&text));
            check_ranges(&text, &sentences(&text));
        }
    }

    #[test]
    fn nothing_but_white_space_is_lost_between_sentences_and_boilerplate() {
        let rules = shipped();
        let mut dice = Dice(11);
        for _ in 0..500 {
            let text = dice.text();
            let found = segment(None, &text, rules);
            let mut ranges = found.boilerplate;
            ranges.extend(found.sentences.into_iter().map(|sentence| sentence.range));
            ranges.sort_by_key(|range| range.start);
            let mut end = 0;
            for range in ranges.into_iter().chain(std::iter::once(text.len()..text.len())) {
                assert_eq!(text[end..range.start].trim(), "", "in {text:?}");
                end = range.end;
            }
        }
    }

    #[test]
    fn empty_texts_and_titles_give_nothing() {
        let rules = shipped();
        assert_eq!(segment(None, "", rules), Segmented::default());
        assert_eq!(segment(Some(" "), "\n\n\n", rules), Segmented::default());
    }

    #[test]
    fn a_title_outside_the_text_is_a_headline() {
        let found = segment(Some("Third boat for the town"), "", shipped());
        assert_eq!(found.sentences.len(), 1);
        assert_eq!((found.sentences[0].field, found.sentences[0].section), (Field::Title, Section::Headline));
    }

    #[test]
    fn time_grows_with_length_and_not_faster() {
        let rules = shipped();
        for piece in [
            "a.",
            ".",
            "x?\" ",
            ".[1]",
            "(. ",
            "A b. ",
            "\n",
            "• Home»\n",
            "Third boat\n",
            "RELATED ARTICLES\n",
            "Third boat sails from the town\n",
            "Comments on this page are read by our journalists.\n",
            "The boats left. ",
            "ہے۔ ",
            "— A (@a) ",
        ] {
            let time = |bytes: usize| {
                let text = piece.repeat(bytes / piece.len());
                let start = std::time::Instant::now();
                segment(None, &text, rules);
                start.elapsed().as_secs_f64()
            };
            let (small, large) = (time(50_000), time(800_000));
            // Sixteen times the length; a square law would take 256 times as long.
            assert!(large < 0.5 || large < 80.0 * small, "{piece:?}: {small} s, then {large} s");
        }
    }
}
