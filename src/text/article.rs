//! A document split into the sentences of its article.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::blocks::blocks;
use super::boilerplate::Boilerplate;
use super::page;
use super::section::{Section, sections};
use super::sentences::{sentences, sentences_within};
use super::span::{FieldBytes, Span};
use crate::document::{Document, Failure, Stage};
use crate::isolation::{fail_point, isolated};

/// The field of a document that a byte range refers to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// A title that is not part of the text.
    Title,
    /// The text itself.
    Text,
}

impl Field {
    /// The text of this field; empty for a title that the document does not have.
    pub fn of(self, document: &Document) -> &str {
        match self {
            Self::Title => document.title.as_deref().unwrap_or(""),
            Self::Text => &document.text,
        }
    }
}

/// One sentence: its span in the document, and its text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sentence {
    /// The field that `span` refers to.
    pub field: Field,
    /// Trimmed bytes of the field; may contain line breaks of hard-wrapped text.
    pub span: Span<FieldBytes>,
    /// The section of the article.
    pub section: Section,
    /// The sentence with each run of white space replaced by one space.
    pub text: String,
}

/// The sentences of a title and a text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Segmented {
    /// The sentences in order: those of the title, then those of the text.
    pub sentences: Vec<Sentence>,
    /// Dropped bytes of the text, in order.
    pub boilerplate: Vec<Span<FieldBytes>>,
}

/// A document split into the sentences of its article.
#[derive(Clone, PartialEq, Debug)]
pub struct Article {
    /// The document, unchanged.
    pub document: Document,
    /// Its sentences in order: those of the title, then those of the text.
    pub sentences: Vec<Sentence>,
    /// Dropped bytes of its text, in order.
    pub boilerplate: Vec<Span<FieldBytes>>,
}

impl Article {
    /// The text that spans of `field` refer to; empty for a title that the document does not have.
    pub fn field(&self, field: Field) -> &str {
        field.of(&self.document)
    }

    /// A sentence of this article, unchanged from its field.
    ///
    /// # Panics
    ///
    /// If the sentence is not one of this article's.
    pub fn raw(&self, sentence: &Sentence) -> &str {
        let found = self.field(sentence.field).get(sentence.span.range());
        found.expect("internal error: a sentence of another article")
    }
}

impl Article {
    /// Splits a document into the sentences of its article. A panic is the document's failure.
    ///
    /// # Errors
    /// [`Failure`] if no sentence is left once boilerplate is dropped.
    pub fn of(document: Document, rules: &Boilerplate) -> Result<Self, Failure> {
        let (origin, sha256) = (document.origin.clone(), document.sha256.clone());
        let cut = isolated(|| {
            fail_point("text", || document.text.clone());
            segment(document, rules)
        });
        let reason = match cut {
            Ok(article) if !article.sentences.is_empty() => return Ok(article),
            Ok(_) => "no sentence is left once boilerplate is dropped".to_owned(),
            Err(message) => format!("internal error: {message}"),
        };
        Err(Failure { origin, stage: Stage::Text, reason, input_sha256: Some(sha256) })
    }
}

/// Splits a document into the sentences of its article.
pub fn segment(document: Document, rules: &Boilerplate) -> Article {
    let found = segment_text(document.title.as_deref(), &document.text, rules);
    Article { document, sentences: found.sentences, boilerplate: found.boilerplate }
}

/// Splits a text, and a title that is not part of it if there is one, into the article's sentences.
pub fn segment_text(title: Option<&str>, text: &str, rules: &Boilerplate) -> Segmented {
    let title = title.filter(|title| !title.trim().is_empty());
    let page = page::read(title, text, rules);
    let sections = sections(title, text, &page.blocks);
    let mut found = Vec::new();
    if let Some(title) = title {
        let ranges = sentences(title).into_iter();
        found.extend(ranges.map(|range| sentence(Field::Title, title, range, Section::Headline)));
    }
    for (block, section) in page.blocks.into_iter().zip(sections) {
        let ranges = block.sentences.into_iter();
        found.extend(ranges.map(|range| sentence(Field::Text, text, range, section)));
    }
    Segmented { sentences: found, boilerplate: page.dropped.into_iter().map(Span::new).collect() }
}

fn sentence(field: Field, whole: &str, range: Range<usize>, section: Section) -> Sentence {
    let words: Vec<&str> = whole[range.clone()].split_whitespace().collect();
    Sentence { field, span: Span::new(range), section, text: words.join(" ") }
}

/// All sentences of a raw text, paragraph by paragraph, including boilerplate.
pub fn split(text: &str) -> Vec<Range<usize>> {
    blocks(text).into_iter().flat_map(|block| sentences_within(text, block.range)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::boilerplate::tests::built_in;
    use super::*;
    use crate::document::{self, Kind, Options, Origin, Raw};

    /// Fragments that often break parsers, combined at random.
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

    /// A small random number generator with a fixed seed, so that a failure can be repeated.
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
        let rules = built_in();
        let mut dice = Dice(7);
        for _ in 0..1000 {
            let text = dice.text();
            let title = dice.text();
            let outside = title.len().is_multiple_of(2).then_some(title.as_str());
            let found = segment_text(outside, &text, rules);
            let of = |field| -> Vec<Range<usize>> {
                let inside = found.sentences.iter().filter(|sentence| sentence.field == field);
                inside.map(|sentence| sentence.span.range()).collect()
            };
            check_ranges(&title, &of(Field::Title));
            let mut all = of(Field::Text);
            check_ranges(&text, &all);
            let dropped: Vec<_> = found.boilerplate.iter().map(|span| span.range()).collect();
            check_ranges(&text, &dropped);
            all.extend(dropped);
            all.sort_by_key(|range| range.start);
            check_ranges(&text, &all);
            check_ranges(&text, &split(&text));
            check_ranges(&text, &sentences(&text));
        }
    }

    #[test]
    fn nothing_but_white_space_is_lost_between_sentences_and_boilerplate() {
        let rules = built_in();
        let mut dice = Dice(11);
        for _ in 0..500 {
            let text = dice.text();
            let found = segment_text(None, &text, rules);
            let mut ranges: Vec<_> = found.boilerplate.iter().map(|span| span.range()).collect();
            ranges.extend(found.sentences.iter().map(|sentence| sentence.span.range()));
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
        let rules = built_in();
        assert_eq!(segment_text(None, "", rules), Segmented::default());
        assert_eq!(segment_text(Some(" "), "\n\n\n", rules), Segmented::default());
    }

    #[test]
    fn a_title_outside_the_text_is_a_headline() {
        let found = segment_text(Some("Third boat for the town"), "", built_in());
        assert_eq!(found.sentences.len(), 1);
        assert_eq!((found.sentences[0].field, found.sentences[0].section), (Field::Title, Section::Headline));
    }

    #[test]
    fn time_grows_linearly_with_length() {
        let rules = built_in();
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
                segment_text(None, &text, rules);
                start.elapsed().as_secs_f64()
            };
            let (small, large) = (time(50_000), time(800_000));
            // Sixteen times the length; quadratic time would be 256 times as long.
            assert!(large < 0.5 || large < 80.0 * small, "{piece:?}: {small} s, then {large} s");
        }
    }

    #[test]
    fn a_sentence_has_single_spaces_and_its_article_keeps_the_original() {
        let origin = Origin { path: "note".into(), line: None };
        let bytes = b"The boats have left the harbour\n\tvery  early.".to_vec();
        let raw = Raw { origin, stem: "note".into(), kind: Kind::Text, bytes };
        let document = document::parse(raw, &Options::default()).unwrap();
        let article = segment(document, built_in());
        assert_eq!(article.sentences.len(), 1);
        assert_eq!(article.sentences[0].text, "The boats have left the harbour very early.");
        assert_eq!(article.raw(&article.sentences[0]), "The boats have left the harbour\n\tvery  early.");
        assert_eq!(article.field(Field::Title), "");
    }

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
        let found = segment_text(None, text, built_in());
        let sections: Vec<Section> = found.sentences.iter().map(|sentence| sentence.section).collect();
        use Section::*;
        assert_eq!(sections, [Headline, Lead, Body, Body, Subhead, Body, Embed, Body]);
    }
}
