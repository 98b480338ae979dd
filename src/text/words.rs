//! Word lists from the boilerplate rules, from which the shape of a line is computed.

use std::collections::HashSet;

use serde::Deserialize;

/// Word lists in lower case, from which the shape of a line is computed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WordLists {
    /// Words that connect names in a credit or a label.
    pub link: WordList,
    /// Words of sentences and headlines, even of those in title case.
    pub small: WordList,
    /// Roles of authors.
    pub role: WordList,
    /// What happens to a page: "updated".
    pub stamp: WordList,
    /// Words of dates, times and durations.
    pub when: WordList,
    /// Names of a site's sections.
    pub section: WordList,
    /// Common words in names of sites.
    pub site: WordList,
    /// What a page asks its reader to do, at the start of a line.
    pub call: WordList,
    /// Words for the reader and the makers of the page: "your", "us".
    pub you: WordList,
    /// Words that are frequent in text about the page.
    pub reader: WordList,
    /// Words that nearly always mean text about the page.
    pub page: WordList,
    /// Verbs that report somebody's words.
    pub saying: WordList,
}

/// Words separated by spaces.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct WordList(HashSet<String>);

impl From<String> for WordList {
    fn from(words: String) -> Self {
        Self(words.split_whitespace().map(str::to_lowercase).collect())
    }
}

impl WordList {
    /// Whether a lower-case word is in the list.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
