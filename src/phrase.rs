//! Phrases as regular expressions.

/// A pattern that matches a phrase with any white space between its words, at word boundaries.
pub fn phrase_pattern(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(regex::escape).collect();
    let bound = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { r"\b" } else { "" };
    let body = words.join(r"\s+").replace('\'', "['’]");
    format!("{}{body}{}", bound(phrase.chars().next()), bound(phrase.chars().next_back()))
}
