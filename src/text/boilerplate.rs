//! Recognises boilerplate lines of news pages by patterns from `boilerplate.toml`.

use std::collections::BTreeMap;

use regex::bytes::{RegexSet, RegexSetBuilder};
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use super::blocks::unmarked;
use super::words::WordLists;

/// A line longer than this (in bytes) is never boilerplate.
const LONGEST: usize = 600;

/// How deeply named patterns may be nested.
const NESTING: usize = 8;

/// Memory limit, in bytes, of a compiled set of patterns; far above what the patterns need.
const COMPILED_SIZE: usize = 1 << 28;

/// Memory limit, in bytes, of the lazy DFA's cache of a set, per thread.
const CACHE_SIZE: usize = 1 << 24;

/// The reason why boilerplate rules are invalid.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not TOML, or has an unknown section.
    #[error("boilerplate rules: {0}")]
    Toml(#[from] toml::de::Error),
    /// A pattern is not a regular expression, or needs too much memory.
    #[error("boilerplate rules, {key}: {source}")]
    Pattern {
        /// Section, group and position, such as `line.share[2]`; only the section if its
        /// patterns together are too large.
        key: String,
        /// What is wrong with it.
        source: regex::Error,
    },
    /// A name between percent signs is not defined.
    #[error("boilerplate rules, {key}: %{name}% is not defined, or is defined by itself")]
    Undefined {
        /// Section, group and position of the pattern.
        key: String,
        /// The name without its percent signs.
        name: String,
    },
}

impl RulesError {
    fn pattern(key: &str, source: regex::Error) -> Self {
        Self::Pattern { key: key.to_owned(), source }
    }
}

type Groups = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesToml {
    #[serde(default)]
    define: BTreeMap<String, String>,
    #[serde(default)]
    aside: Groups,
    #[serde(default)]
    credit: Groups,
    #[serde(default)]
    line: Groups,
    #[serde(default)]
    end: Groups,
    #[serde(default)]
    edge: Groups,
    #[serde(default)]
    sentence: Groups,
    #[serde(default)]
    tail: Groups,
    #[serde(default)]
    signature: Groups,
    #[serde(default)]
    list_heading: Groups,
    #[serde(default)]
    block_heading: Groups,
    #[serde(default)]
    closing: Groups,
    #[serde(default)]
    words: WordLists,
}

/// Compiled boilerplate patterns.
#[derive(Debug)]
pub struct Boilerplate {
    aside: RegexSet,
    credit: RegexSet,
    line: RegexSet,
    end: RegexSet,
    edge: RegexSet,
    sentence: RegexSet,
    tail: Vec<Regex>,
    signature: Vec<Regex>,
    list_heading: RegexSet,
    block_heading: RegexSet,
    closing: RegexSet,
    words: WordLists,
}

impl Boilerplate {
    /// Compiles the patterns of a `boilerplate.toml`.
    ///
    /// # Errors
    ///
    /// [`RulesError`], which names the section or the pattern.
    pub fn from_toml(toml: &str) -> Result<Self, RulesError> {
        let file: RulesToml = toml::from_str(toml)?;
        let define = &file.define;
        Ok(Self {
            aside: set("aside", &file.aside, define)?,
            credit: set("credit", &file.credit, define)?,
            line: set("line", &file.line, define)?,
            end: set("end", &file.end, define)?,
            edge: set("edge", &file.edge, define)?,
            sentence: set("sentence", &file.sentence, define)?,
            tail: ends("tail", &file.tail, define)?,
            signature: ends("signature", &file.signature, define)?,
            list_heading: set("list_heading", &file.list_heading, define)?,
            block_heading: set("block_heading", &file.block_heading, define)?,
            closing: set("closing", &file.closing, define)?,
            words: file.words,
        })
    }

    /// Whether a whole line is an advertisement or a link that occurs within articles.
    pub(super) fn is_aside(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.aside) || self.is_credit(plain)
    }

    /// Whether a text is only a picture credit.
    pub(super) fn is_credit(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.credit)
    }

    /// Whether a whole line is boilerplate anywhere on a page.
    pub(super) fn is_line(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.line) || plain.matches(&self.sentence)
    }

    /// Whether a whole line is boilerplate that occurs only below an article.
    pub(super) fn is_end(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.end)
    }

    /// Whether a whole line is boilerplate above or below the article's paragraphs.
    pub(super) fn is_edge(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.edge)
    }

    /// Whether one sentence inside a paragraph is boilerplate.
    pub(super) fn is_sentence(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.sentence)
    }

    /// Whether a line is the heading of a list of links.
    pub(super) fn is_list_heading(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.list_heading)
    }

    /// Whether a line is the heading of a paragraph that does not belong to the article.
    pub(super) fn is_block_heading(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.block_heading)
    }

    /// Whether a paragraph is boilerplate after the end of the article.
    pub(super) fn is_closing(&self, plain: &PlainLine) -> bool {
        plain.matches(&self.closing)
    }

    /// The word lists.
    pub(super) fn words(&self) -> &WordLists {
        &self.words
    }

    /// Where boilerplate begins at the end of a line, if it does.
    pub(super) fn tail(&self, line: &str) -> Option<usize> {
        earliest(&self.tail, line)
    }

    /// Where the signature of an embedded post begins at the end of a line.
    pub(super) fn signature(&self, line: &str) -> Option<usize> {
        earliest(&self.signature, line)
    }
}

fn earliest(ends: &[Regex], line: &str) -> Option<usize> {
    let mut near = line.len().saturating_sub(LONGEST);
    while !line.is_char_boundary(near) {
        near += 1;
    }
    ends.iter().filter_map(|end| end.find(&line[near..])).map(|found| near + found.start()).min()
}

/// A line in the form that the patterns expect; empty if it is too long to match any.
pub(super) struct PlainLine(String);

impl PlainLine {
    /// Simplifies quotes, dashes and white space, and removes a bullet.
    pub(super) fn new(line: &str) -> Self {
        let line = unmarked(line);
        let mut plain = String::new();
        if line.len() > LONGEST {
            return Self(plain);
        }
        for c in line.chars() {
            match c {
                '’' | '‘' | 'ʼ' | '`' => plain.push('\''),
                '“' | '”' | '„' => plain.push('"'),
                '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => plain.push('-'),
                '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => {}
                c if c.is_whitespace() || c.is_control() => {
                    if !plain.ends_with(' ') {
                        plain.push(' ');
                    }
                }
                c => plain.push(c),
            }
        }
        let trimmed = plain.trim();
        if trimmed.len() < plain.len() {
            plain = trimmed.to_owned();
        }
        Self(plain)
    }

    /// The line's text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn matches(&self, set: &RegexSet) -> bool {
        !self.0.is_empty() && set.is_match(self.0.as_bytes())
    }

    /// Whether the line consists only of punctuation.
    pub(super) fn is_wordless(&self) -> bool {
        !self.0.is_empty() && !self.0.contains(char::is_alphanumeric)
    }
}

fn set(section: &str, groups: &Groups, define: &BTreeMap<String, String>) -> Result<RegexSet, RulesError> {
    let patterns = patterns(section, groups, define, |p| format!("^(?:{})$", simple(p)))?;
    compile(patterns.iter().map(|(_, pattern)| pattern.as_str())).map_err(|error| {
        // The first pattern that is invalid by itself, if there is one.
        let alone =
            patterns.iter().find_map(|(key, pattern)| Some((key, compile([pattern.as_str()]).err()?)));
        alone.map_or_else(
            || RulesError::pattern(section, error),
            |(key, error)| RulesError::pattern(key, error),
        )
    })
}

fn compile<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(patterns)
        .case_insensitive(true)
        .size_limit(COMPILED_SIZE)
        .dfa_size_limit(CACHE_SIZE)
        .build()
}

/// A pattern for plain lines, with Unicode classes replaced by cheap ones.
///
/// Plain lines have only one kind of space, and a dot may match a byte instead of a character of
/// up to four bytes. Unicode classes make the patterns ten times larger, and slow to compile.
fn simple(pattern: &str) -> String {
    let mut simple = String::with_capacity(2 * pattern.len());
    let mut chars = pattern.chars();
    let mut class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('s') => simple.push(' '),
                Some('d') => simple.push_str("[0-9]"),
                Some(other) => simple.extend(['\\', other]),
                None => simple.push('\\'),
            },
            '.' if !class => simple.push_str("(?s-u:.)"),
            _ => {
                class = c == '[' || class && c != ']';
                simple.push(c);
            }
        }
    }
    simple
}

fn single(key: &str, pattern: &str) -> Result<Regex, RulesError> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(COMPILED_SIZE)
        .build()
        .map_err(|error| RulesError::pattern(key, error))
}

fn ends(section: &str, groups: &Groups, define: &BTreeMap<String, String>) -> Result<Vec<Regex>, RulesError> {
    patterns(section, groups, define, |p| format!("(?:{p})$"))?
        .iter()
        .map(|(key, pattern)| single(key, pattern))
        .collect()
}

/// Every pattern of a section with its key; names are replaced.
fn patterns(
    section: &str,
    groups: &Groups,
    define: &BTreeMap<String, String>,
    anchored: impl Fn(&str) -> String,
) -> Result<Vec<(String, String)>, RulesError> {
    let mut found = Vec::new();
    for (group, patterns) in groups {
        for (at, pattern) in patterns.iter().enumerate() {
            let key = format!("{section}.{group}[{at}]");
            let pattern = expand(&key, pattern, define)?;
            found.push((key, anchored(&pattern)));
        }
    }
    Ok(found)
}

/// Replaces `%name%` by the pattern of that name, repeatedly.
fn expand(key: &str, pattern: &str, define: &BTreeMap<String, String>) -> Result<String, RulesError> {
    let mut expanded = pattern.to_owned();
    for _ in 0..NESTING {
        let before = expanded.len();
        for (name, piece) in define {
            let mark = format!("%{name}%");
            if expanded.contains(&mark) {
                expanded = expanded.replace(&mark, piece);
            }
        }
        if expanded.len() == before {
            break;
        }
    }
    if let Some(name) = undefined(&expanded) {
        return Err(RulesError::Undefined { key: key.to_owned(), name: name.to_owned() });
    }
    // A Unicode word boundary would force lines with accents onto a much slower matcher.
    Ok(expanded.replace(r"\b", r"(?-u:\b)"))
}

/// The first name that is still between percent signs.
fn undefined(pattern: &str) -> Option<&str> {
    let mut pieces = pattern.split('%');
    pieces.next();
    pieces.find(|piece| !piece.is_empty() && piece.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// The built-in rules, compiled once.
    pub(in super::super) fn built_in() -> &'static Boilerplate {
        static RULES: LazyLock<Boilerplate> = LazyLock::new(|| {
            let toml = include_str!("../../config/boilerplate.toml");
            Boilerplate::from_toml(toml).expect("built-in rules compile")
        });
        &RULES
    }

    #[test]
    fn a_bad_pattern_is_named_by_its_key() {
        let error = Boilerplate::from_toml("[line]\nshare = ['fine', '(open']").unwrap_err();
        assert!(matches!(error, RulesError::Pattern { key, .. } if key == "line.share[1]"));
        let error = Boilerplate::from_toml("[edge]\nshare = ['fine.{0,9}', '(open']").unwrap_err();
        assert!(matches!(error, RulesError::Pattern { key, .. } if key == "edge.share[1]"));
        let error = Boilerplate::from_toml("[tail]\ncredit = ['%nobody%']").unwrap_err();
        assert!(error.to_string().contains("tail.credit[0]: %nobody% is not defined"), "{error}");
        let error = Boilerplate::from_toml("[lines]\nshare = ['fine']").unwrap_err();
        assert!(error.to_string().contains("lines"), "{error}");
    }

    #[test]
    fn a_name_defined_by_itself_is_refused() {
        let error = Boilerplate::from_toml("[define]\na = 'x%a%'\n[line]\nb = ['%a%']").unwrap_err();
        assert!(matches!(error, RulesError::Undefined { key, .. } if key == "line.b[0]"));
    }

    #[test]
    fn boilerplate_of_many_sites_is_recognised() {
        let rules = built_in();
        for line in [
            "Advertisement · Scroll to continue",
            "Story continues below this ad",
            "ALSO READ: Harbour board to meet on Monday",
            "Read | Harbour board to meet on Monday",
            "Read more",
            "Share via Facebook, Twitter and WhatsApp",
            "Follow us on Google News",
            "Click here to join our WhatsApp channel",
            "Subscribe to our newsletter",
            "Already a subscriber? Sign in",
            "We use cookies to give you the best experience.",
            "Updated: May 11, 2025, 10:45 IST",
            "Last Updated On 11 May 2025 08:12 pm",
            "Published On 10 May 2025",
            "3 min read",
            "Read Time: 3 mins",
            "Photo: AFP",
            "Image source, Getty Images",
            "© Daily Ferry 2025",
            "Copyright © 2025. All rights reserved.",
            "Your email address will not be published. Required fields are marked *",
            "Tags: harbour, storm, ferry",
            "Reporting by A. Reed in Leeds; Editing by K. Fern",
            "pic.twitter.com/Ab12Cd34",
            "Select the language of your choice.",
            "list of 4 items",
        ] {
            let plain = PlainLine::new(line);
            assert!(rules.is_line(&plain) || rules.is_aside(&plain) || rules.is_end(&plain), "{line}");
        }
        for line in ["By A. Reed", "New Delhi:", "World", "May 10, 2025", "Harbour News Desk"] {
            assert!(rules.is_edge(&PlainLine::new(line)), "{line}");
        }
        assert!(rules.is_list_heading(&PlainLine::new("RELATED ARTICLES")));
        assert!(rules.is_block_heading(&PlainLine::new("About the Author")));
    }

    #[test]
    fn sentences_and_sub_heads_that_look_like_boilerplate_are_kept() {
        let rules = built_in();
        for line in [
            "By dawn the shelling had stopped",
            "Top officials meet in the harbour",
            "More boats leave for the islands",
            "Published figures show that fewer boats sailed in May.",
            "This report may not be accurate, officials said.",
            "Read the small print, the harbour board told the crews.",
            "Follow the money",
            "Issued on May 10, the order tells crews to stay in port.",
            "Share prices fell after the storm.",
            "The views expressed at the meeting were mixed.",
            "Embassy staff leave the harbour town",
            "(c) the board shall meet within nine days;",
            "A photo shows boats leaving the harbour",
            "Search for missing boat goes on",
            "Live fire was heard near the harbour on Friday.",
            "Explained: Why the ferry does not run",
        ] {
            let plain = PlainLine::new(line);
            let taken = rules.is_line(&plain)
                || rules.is_aside(&plain)
                || rules.is_end(&plain)
                || rules.is_edge(&plain)
                || rules.is_list_heading(&plain);
            assert!(!taken && !rules.is_block_heading(&plain), "{line}");
        }
    }

    #[test]
    fn a_posts_signature_is_found_at_the_end_of_its_line() {
        let rules = built_in();
        let line = "The boats are in. — Daily Ferry (@dailyferry) May 9, 2025";
        assert_eq!(rules.signature(line), Some("The boats are in.".len()));
        assert_eq!(rules.signature("— Daily Ferry (@dailyferry) May 9, 2025"), Some(0));
        assert_eq!(rules.signature("Write to the board (@board) for tickets"), None);
    }
}
