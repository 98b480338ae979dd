//! The shape of a line, independent of its topic: a row of items, a credit, a label, text that
//! addresses the reader.

use super::boilerplate::PlainLine;
use super::words::WordLists;

/// An item of a row has at most this many words.
const ITEM_WORDS: usize = 3;

/// This many items with separators are a row anywhere on a page; two are enough at its edges.
const STRIP_ITEMS: usize = 3;

/// A label (a site, a section, a person) has at most this many words.
const LABEL_WORDS: usize = 6;

/// A credit line (author, time, duration) has at most this many words.
const CREDIT_WORDS: usize = 24;

/// Text that addresses the reader has at most this many words.
const TALK_WORDS: usize = 60;

/// The shape of one line.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Shape {
    /// Several short items with separators, as in a menu.
    pub strip: bool,
    /// A pair of such items, or icons: boilerplate only at the page's edges.
    pub pair: bool,
    /// Only author, time and reading time.
    pub credit: bool,
    /// A credit with a word such as "Updated" or "Published" and a date.
    pub stamped: bool,
    /// A few capitalised words: a site, a section, a person.
    pub label: bool,
    /// Addresses the reader about the page.
    pub talk: Talk,
    /// Begins by asking the reader to do something.
    pub calls: bool,
    /// Has a word that occurs only in sentences and headlines.
    pub wordy: bool,
    /// All its words are names of a site's sections.
    pub section: bool,
    /// Begins like a sub-head, not like a name: "The claim", "What we found".
    pub headed: bool,
    /// A label with a word that is common in the names of sites.
    pub site: bool,
    /// The number at the start of an item of a list of links: "2 Storm took the roof".
    pub rank: Option<u8>,
}

/// How strongly a line addresses the reader about the page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) enum Talk {
    /// Not at all.
    #[default]
    None,
    /// Enough to drop it after the page's end.
    Some,
    /// Enough to drop it anywhere.
    Much,
}

/// Computes the shape of a line, given unchanged and in its plain form.
pub(super) fn shape(line: &str, plain: &PlainLine, closed: bool, words: &WordLists) -> Shape {
    let plain = plain.as_str();
    if plain.is_empty() {
        return Shape::default();
    }
    let tokens = tokens(plain);
    if tokens.is_empty() {
        return Shape::default();
    }
    let wordy = tokens.iter().enumerate().any(|(at, token)| {
        let lower = token.starts_with(char::is_lowercase);
        (lower && !words.link.contains(token)) || at > 0 && words.small.contains(&token.to_lowercase())
    });
    let label =
        !closed && tokens.len() <= LABEL_WORDS && tokens.iter().all(|token| is_label_word(token, words));
    let (credit, stamped) = credit(plain, &tokens, words);
    let items = strip_items(line);
    let icons = !closed && tokens.iter().all(|token| token.chars().filter(|c| c.is_alphabetic()).count() < 3);
    let sections = !closed && is_sections(&tokens, words);
    Shape {
        strip: !closed && (items >= STRIP_ITEMS || sections) || icons && tokens.len() > 2,
        pair: !closed && items == 2 || icons,
        credit,
        stamped,
        label,
        talk: talk(plain, &tokens, closed, words),
        calls: words.call.contains(&tokens[0].to_lowercase()),
        wordy,
        headed: words.small.contains(&tokens[0].to_lowercase()) || tokens[0].eq_ignore_ascii_case("the"),
        section: tokens
            .iter()
            .all(|token| words.section.contains(&token.to_lowercase()) || words.link.contains(token)),
        site: label && tokens.iter().any(|token| words.site.contains(&token.to_lowercase())),
        rank: rank(plain),
    }
}

/// The words and numbers of a line; "DeskPublished" and "2025Updated" are two words each.
fn tokens(plain: &str) -> Vec<&str> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-' | '.' | ':' | '@');
    let mut found = Vec::new();
    for word in plain.split(|c: char| !inner(c)) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
        let mut start = 0;
        let mut before = ' ';
        for (at, c) in word.char_indices() {
            if c.is_uppercase() && (before.is_lowercase() && at - start > 3 || before.is_ascii_digit()) {
                found.push(&word[start..at]);
                start = at;
            }
            before = c;
        }
        if start < word.len() {
            found.push(&word[start..]);
        }
    }
    found
}

fn is_label_word(token: &str, words: &WordLists) -> bool {
    token.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) || words.link.contains(token)
}

/// The number of short items between separators or wide gaps; 0 if an item is longer.
fn strip_items(line: &str) -> usize {
    let mark = |c: char| matches!(c, '|' | '•' | '·' | '>' | '»' | '›' | '→' | '\t' | '☰' | '/');
    let parts: Vec<&str> = line
        .split("  ")
        .flat_map(|part| part.split(mark))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    // A breadcrumb may end with the headline.
    let (last, rest) = parts.split_last().unwrap_or((&"", &[]));
    let short = |part: &&str| {
        part.split_whitespace().take(ITEM_WORDS + 1).count() <= ITEM_WORDS && !part.contains(':')
    };
    let trail = rest.len() >= 2 && line.contains(['>', '»', '›', '/', '→']);
    let table = parts.iter().any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    if !table && rest.iter().all(short) && (short(last) || trail) { parts.len() } else { 0 }
}

/// Whether a line is a row of section names.
fn is_sections(tokens: &[&str], words: &WordLists) -> bool {
    let known = tokens.iter().filter(|token| words.section.contains(&token.to_lowercase())).count();
    tokens.len() > 2
        && known * 5 >= tokens.len() * 3
        && tokens.iter().all(|token| token.starts_with(char::is_uppercase) || words.link.contains(token))
}

/// Whether a line has only author, time and duration; and whether it has a word such as
/// "updated".
fn credit(plain: &str, tokens: &[&str], words: &WordLists) -> (bool, bool) {
    if tokens.len() > CREDIT_WORDS || plain.ends_with(['?', '!', ':', '"']) {
        return (false, false);
    }
    let (mut stamp, mut role, mut when, mut name) = (false, false, 0, 0);
    for token in tokens {
        let lower = token.to_lowercase();
        let lower = lower.trim_end_matches('.');
        if words.stamp.contains(lower) {
            stamp = true;
        } else if words.role.contains(lower) {
            role = true;
        } else if words.when.contains(lower) || token.starts_with(|c: char| c.is_ascii_digit()) {
            when += 1;
        } else if token.starts_with(|c: char| c.is_uppercase() || c == '@') {
            name += 1;
        } else if !words.link.contains(lower) {
            return (false, false);
        }
    }
    let digits = plain.contains(|c: char| c.is_ascii_digit());
    let by = plain.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("by "));
    let dated = when >= 2 && digits;
    let stamped = stamp && dated;
    let written = (role && (name > 0 || by) && tokens.len() <= 2 * LABEL_WORDS) || by && name > 0;
    (stamped || dated && (name <= LABEL_WORDS) && when * 2 >= name || written, stamped)
}

fn talk(plain: &str, tokens: &[&str], closed: bool, words: &WordLists) -> Talk {
    if tokens.len() > TALK_WORDS || plain.contains('"') {
        return Talk::None;
    }
    let (mut page, mut reader) = (0, 0);
    for token in tokens {
        let lower = token.split('\'').next().unwrap_or_default().to_lowercase();
        if words.saying.contains(&lower) {
            return Talk::None;
        }
        page += 2 * usize::from(words.page.contains(&lower)) + usize::from(words.reader.contains(&lower));
        reader += usize::from(words.you.contains(&lower));
    }
    let weight = page + reader;
    let calls = tokens.first().is_some_and(|first| words.call.contains(&first.to_lowercase()));
    let dense = weight * 10 >= tokens.len() * 3;
    let aside = plain.starts_with(['(', '[', '*']) && plain.ends_with([')', ']', '*']);
    match weight {
        3.. if aside && page > 0 && weight * 10 >= tokens.len() => Talk::Much,
        4.. if dense && page > 1 => Talk::Much,
        2.. if calls && dense && page > 0 && (!closed || tokens.len() <= 20) => Talk::Much,
        3.. if dense && page > 0 && !closed && tokens.len() <= 12 => Talk::Much,
        2.. if weight * 10 >= tokens.len() && page > 0 => Talk::Some,
        1.. if (calls || plain.ends_with('?')) && tokens.len() <= 12 => Talk::Some,
        _ => Talk::None,
    }
}

/// The number before a capitalised word at the line's start.
fn rank(plain: &str) -> Option<u8> {
    let rest = plain.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = plain[..plain.len() - rest.len()].parse().ok()?;
    let title = rest.strip_prefix(' ')?.trim_start_matches(['"', '\'']);
    title.starts_with(char::is_uppercase).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::super::boilerplate::tests::built_in;
    use super::super::sentences::is_closed;
    use super::*;

    fn look(line: &str) -> Shape {
        shape(line, &PlainLine::new(line), is_closed(line), built_in().words())
    }

    #[test]
    fn rows_of_short_items_are_recognised_and_sentences_are_not() {
        for line in [
            "Harbour | Boats | Islands",
            "HOME  LATEST  HARBOUR  OPINION",
            "Home / Harbour / Third boat for the town",
            "World Business Sport Opinion",
            "f  x  in  \u{2709}",
        ] {
            assert!(look(line).strip, "{line}");
        }
        for line in [
            "Boats and islands, harbour and town",
            "2024\t3-0\tHarbour Town\tIsland",
            "The boats | left at noon.",
            "Harbour | Boats",
        ] {
            assert!(!look(line).strip, "{line}");
        }
        assert!(look("HARBOUR | LIVE TV").pair);
    }

    #[test]
    fn author_and_date_in_any_order_are_a_credit() {
        for line in [
            "Our Staff Reporters  Published May 8, 2025  Updated about 3 hours ago",
            "By A. Reed and K. Fern, Harbour Bureau",
            "Harbour News Desk | 11 May 2025, 08:12 PM IST",
            "News DeskPublished May 11, 2025Updated May 12, 2025 08:41am",
            "Posted on July 4, 2025 in Harbour",
        ] {
            assert!(look(line).credit, "{line}");
        }
        for line in
            ["Third boat sails on May 8", "Harbour desk finds 3 boats adrift", "By dawn the boats had left"]
        {
            assert!(!look(line).credit, "{line}");
        }
    }

    #[test]
    fn text_that_addresses_the_reader_is_recognised() {
        assert_eq!(look("Sign up for our newsletter and get boat news in your inbox").talk, Talk::Much);
        assert_eq!(look("This content is blocked because of your cookie settings.").talk, Talk::Much);
        assert!(look("Comments are moderated and may take a day.").talk > Talk::None);
        for line in [
            "We are here, and we thank you for that.",
            "The company said its subscribers read the newsletter in the app.",
            "The harbour board has not agreed yet, and meets on Monday.",
        ] {
            assert_eq!(look(line).talk, Talk::None, "{line}");
        }
    }
}
