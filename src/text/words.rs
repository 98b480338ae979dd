//! Lists of plain words, kept as data, by which the shape of a line is read.

use std::collections::HashSet;

use serde::Deserialize;

/// Lists of plain words in lower case, by which the shape of a line is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WordLists {
    /// What connects names in a credit or a label.
    pub link: WordList,
    /// What sentences and headlines have even where every word has a capital.
    pub small: WordList,
    /// Who writes.
    pub role: WordList,
    /// What is done with a page: "updated".
    pub stamp: WordList,
    /// Dates, times and how long.
    pub when: WordList,
    /// Parts of a site.
    pub section: WordList,
    /// Parts of a site's name.
    pub site: WordList,
    /// What a page asks of its reader, at a line's start.
    pub call: WordList,
    /// The reader and the page's makers: "your", "us".
    pub you: WordList,
    /// What a page often speaks of.
    pub reader: WordList,
    /// What nearly always speaks of the page.
    pub page: WordList,
    /// What speaks of somebody else's words.
    pub saying: WordList,
}

/// WordLists written with blanks between them.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct WordList(HashSet<String>);

impl From<String> for WordList {
    fn from(words: String) -> Self {
        Self(words.split_whitespace().map(str::to_lowercase).collect())
    }
}

impl WordList {
    /// Whether a word, given in lower case, is in the list.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
