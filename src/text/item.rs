//! Properties of the blocks of a page, from which the article's are selected.

use std::ops::Range;

use super::boilerplate::PlainLine;
use super::shape::Shape;

/// A menu item has at most this many words.
pub(super) const MENU_WORDS: usize = 3;

/// A block of the article.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its sentences, as trimmed bytes of the text; at least one.
    pub sentences: Vec<Range<usize>>,
    /// Whether it is an embedded post.
    pub embed: bool,
    /// Whether it starts as a list item.
    pub bullet: bool,
}

/// Properties of one block while the page is read.
pub(super) struct Item {
    pub range: Range<usize>,
    pub plain: PlainLine,
    pub shape: Shape,
    pub bullet: bool,
    pub numbered: bool,
    pub words: usize,
    /// Whether it ends like a sentence.
    pub closed: bool,
    /// Whether it is a paragraph of full sentences.
    pub prose: bool,
    pub embed: bool,
    pub fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Keep,
    Drop,
    /// An advertisement or a link within the article: does not show where the article ends.
    Aside,
    /// Occurs only below an article.
    End,
    /// Is the heading of a list of links.
    ListHeading,
    /// Is the heading of a paragraph that does not belong to the article.
    BlockHeading,
}

impl Kept {
    /// The text from its first sentence to the end of its last.
    pub(super) fn line<'a>(&self, text: &'a str) -> &'a str {
        match (self.sentences.first(), self.sentences.last()) {
            (Some(first), Some(last)) => &text[first.start..last.end],
            _ => "",
        }
    }
}

impl Item {
    pub(super) fn is_kept(&self) -> bool {
        self.fate == Fate::Keep
    }

    /// Whether it is a paragraph that is kept.
    pub(super) fn is_prose(&self) -> bool {
        self.prose && self.is_kept()
    }

    /// Whether it can be an item of a menu or of a list of tags.
    pub(super) fn is_menu_item(&self) -> bool {
        self.words <= MENU_WORDS && !self.closed && !self.embed && !self.numbered
    }

    /// Whether it can be a linked headline.
    pub(super) fn is_link(&self) -> bool {
        !(self.prose || self.embed || self.closed && self.plain.as_str().ends_with('.'))
    }

    /// Whether it marks the page's end: boilerplate that does not occur within articles.
    pub(super) fn is_mark(&self) -> bool {
        !matches!(self.fate, Fate::Keep | Fate::Aside)
    }

    /// Whether it is the name of a site's section.
    pub(super) fn is_section(&self) -> bool {
        self.shape.section && !self.closed
    }

    /// Keeps it as the article's headline. A headline never counts as a paragraph, so this does not
    /// change which paragraph is the first.
    pub(super) fn keep_as_headline(&mut self) {
        self.fate = Fate::Keep;
        self.prose = false;
    }

    /// Drops it unless it was dropped before.
    pub(super) fn drop(&mut self) {
        if self.is_kept() {
            self.fate = Fate::Drop;
        }
    }
}

/// The index of the article's first paragraph: the first one that is kept, except the headline.
pub(super) fn first_paragraph(items: &[Item]) -> Option<usize> {
    items.iter().position(Item::is_prose)
}
