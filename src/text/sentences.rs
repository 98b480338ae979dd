//! Splits one block of text into sentences.

use std::ops::Range;

use super::abbreviations::{self, Abbreviation};

/// How many bytes around a full stop are looked at, so that no input costs more than linear time.
const REACH: usize = 160;

/// Verbs that tie a quotation ending in "?" or "!" to its speaker.
const SPEECH: &[&str] = &[
    "added",
    "agreed",
    "answered",
    "argued",
    "asked",
    "commented",
    "continued",
    "cried",
    "declared",
    "demanded",
    "exclaimed",
    "insisted",
    "noted",
    "posted",
    "queried",
    "quipped",
    "quoted",
    "remarked",
    "replied",
    "responded",
    "retorted",
    "said",
    "says",
    "shouted",
    "stated",
    "told",
    "tweeted",
    "warned",
    "wondered",
    "wrote",
    "yelled",
];

/// The sentences of one block, trimmed, in order, each a byte range into `text`.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(stop) = next_stop(text, from) {
        from = stop.end;
        if is_boundary(text, start, &stop) {
            push(text, start..stop.end, &mut found);
            start = stop.end;
        }
    }
    push(text, start..text.len(), &mut found);
    found
}

/// Adds a piece without its outer space; one without any letter or digit belongs to the piece before.
fn push(text: &str, piece: Range<usize>, found: &mut Vec<Range<usize>>) {
    let Some(piece) = trim(text, piece) else {
        return;
    };
    let wordless = !text[piece.clone()].contains(char::is_alphanumeric);
    match found.last_mut() {
        Some(last) if wordless => last.end = piece.end,
        _ => found.push(piece),
    }
}

/// The range without white space at its ends, or none where nothing is left.
pub(super) fn trim(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_start().len());
    let end = range.start + inside.trim_end().len();
    (start < end).then_some(start..end)
}

/// A place where a sentence may end.
struct Stop {
    /// Where the closing marks start.
    mark: usize,
    /// Behind the last closing mark, before quotes and brackets.
    mark_end: usize,
    /// Behind quotes, brackets and reference numbers.
    end: usize,
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉') || is_full_mark(c)
}

/// Marks of other scripts, which end a sentence whatever follows.
fn is_full_mark(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '۔' | '؟' | '।' | '॥' | '։' | '።' | '፧' | '။' | '។' | '៕')
}

fn is_closer(c: char) -> bool {
    matches!(c, '”' | '’' | '"' | '\'' | ')' | ']' | '}' | '»' | '›' | '*' | '_')
}

fn is_opener(c: char) -> bool {
    matches!(c, '“' | '‘' | '"' | '\'' | '(' | '[' | '{' | '«' | '‹' | '¿' | '¡' | '„' | '*' | '_' | '`')
}

/// The next closing marks at or behind `from`, with what clings to them.
fn next_stop(text: &str, from: usize) -> Option<Stop> {
    let rest = &text[from..];
    let mark = from + rest.find(is_mark)?;
    let mark_end = skip_marks(text, mark);
    let end = skip(text, mark_end, is_closer);
    let end = skip_references(text, end);
    Some(Stop { mark, mark_end, end: skip_stray(text, end) })
}

/// Behind a run of closing marks, written together or apart (". . .").
fn skip_marks(text: &str, from: usize) -> usize {
    let mut end = skip(text, from, is_mark);
    while let Some(rest) = text[end..].strip_prefix(' ')
        && rest.starts_with(is_mark)
    {
        let after = skip(text, end + 1, is_mark);
        let glued = text[after..].starts_with(char::is_alphanumeric);
        if glued {
            break;
        }
        end = after;
    }
    end
}

/// Behind a closing quote or bracket that stands alone between spaces.
fn skip_stray(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let Some(inner) = rest.strip_prefix(' ') else {
        return from;
    };
    let after = inner.trim_start_matches(is_closer);
    let single = inner.len() - after.len();
    let stands_alone = single > 0 && single <= 4 && after.starts_with(char::is_whitespace);
    if stands_alone && !inner.starts_with('*') { from + 1 + single } else { from }
}

/// The first place at or behind `from` where `wanted` fails.
fn skip(text: &str, from: usize, wanted: fn(char) -> bool) -> usize {
    let rest = &text[from..];
    from + rest.find(|c| !wanted(c)).unwrap_or(rest.len())
}

/// Behind reference numbers such as "[12]", which belong to the sentence they follow.
fn skip_references(text: &str, from: usize) -> usize {
    let mut end = from;
    loop {
        let rest = text[end..].trim_start_matches(' ');
        let inner = rest.strip_prefix('[').unwrap_or("");
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 3 || !inner[digits..].starts_with(']') {
            return end;
        }
        end = text.len() - inner.len() + digits + 1;
    }
}

/// Whether the sentence that began at `start` ends at `stop`.
fn is_boundary(text: &str, start: usize, stop: &Stop) -> bool {
    let marks = &text[stop.mark..stop.mark_end];
    if marks.contains(is_full_mark) {
        return true;
    }
    let rest = &text[stop.end..];
    let next = rest.trim_start();
    if next.is_empty() {
        return true;
    }
    let before = word_before(text, start, stop.mark);
    if next.len() == rest.len() {
        return is_glued(text, before, stop, next);
    }
    let ahead = Ahead::new(next);
    if ahead.only_tags(next) {
        return false;
    }
    let closed = stop.end > stop.mark_end;
    if marks.contains(['!', '?', '‼', '⁇', '⁈', '⁉']) {
        return !closed || !ahead.lower && !ahead.is_speaker(next);
    }
    if ahead.lower {
        return marks == "." && !closed && is_plain_word(before);
    }
    if marks != "." {
        return true;
    }
    if closed && !text[stop.mark_end..stop.end].contains(['"', '”', '’', '\'']) {
        return true;
    }
    ends_sentence(text, start, stop, before, &ahead)
}

/// The word that ends at `end`, without opening marks before it, looking back no further than `start`.
fn word_before(text: &str, start: usize, end: usize) -> &str {
    let floor = floor_boundary(text, end.saturating_sub(REACH)).max(start);
    let back = &text[floor..end];
    let word = back.rfind(|c: char| c.is_whitespace() || matches!(c, '—' | '–' | '/')).map_or(back, |at| {
        let width = back[at..].chars().next().map_or(1, char::len_utf8);
        &back[at + width..]
    });
    word.trim_start_matches(is_opener)
}

fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a full stop without space behind it ends a sentence ("… the border.Officials said").
fn is_glued(text: &str, before: &str, stop: &Stop, next: &str) -> bool {
    let mut ahead = next.chars();
    let capital = ahead.next().is_some_and(char::is_uppercase);
    let word = capital && ahead.next().is_none_or(|c| c.is_lowercase() || c == ' ');
    let quote = stop.end > stop.mark_end && text[stop.mark_end..stop.end].contains(['”', '"']);
    let token = token(next);
    let address = token.contains(['/', '@', '.']) && !token.ends_with('.');
    word && !address && (is_plain_word(before) || quote)
}

/// Whether `word` is written small and is no abbreviation, so that its full stop ends a sentence.
fn is_plain_word(word: &str) -> bool {
    word.chars().count() > 2 && word.chars().all(char::is_lowercase) && abbreviations::kind(word).is_none()
}

/// What follows a stop.
struct Ahead<'a> {
    /// The next word, without marks around it.
    word: &'a str,
    /// Whether its first letter is a small one.
    lower: bool,
    /// Whether it starts with a digit.
    digit: bool,
}

impl<'a> Ahead<'a> {
    fn new(next: &'a str) -> Self {
        let token = token(next);
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let first = word.chars().next();
        Self {
            word,
            lower: first.is_some_and(char::is_lowercase),
            digit: first.is_some_and(|c| c.is_ascii_digit()),
        }
    }

    /// Whether only hashtags, mentions and links are left, which belong to the post before them.
    fn only_tags(&self, next: &str) -> bool {
        next.len() <= 2 * REACH
            && next.split_whitespace().all(|word| {
                word.starts_with(['#', '@'])
                    || word.starts_with("https://t.co/")
                    || word.starts_with("pic.twitter.com/")
            })
    }

    /// Whether a speaker and a verb of saying follow: `"Why?" Mr Khan asked.`
    fn is_speaker(&self, next: &str) -> bool {
        let near = &next[..floor_boundary(next, next.len().min(REACH))];
        for word in near.split_whitespace().take(6) {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            if SPEECH.contains(&bare) {
                return true;
            }
            let named = bare.chars().next().is_some_and(char::is_uppercase)
                || matches!(bare, "the" | "of" | "al" | "bin");
            if !named || word.ends_with(['.', '!', '?', ':']) && bare.chars().count() > 3 {
                return false;
            }
        }
        false
    }
}

/// The first run without white space, cut at the reach.
fn token(next: &str) -> &str {
    let near = &next[..floor_boundary(next, next.len().min(REACH))];
    near.split(char::is_whitespace).next().unwrap_or(near)
}

/// Whether one full stop behind `before` ends the sentence, where no small letter follows.
fn ends_sentence(text: &str, start: usize, stop: &Stop, before: &str, ahead: &Ahead) -> bool {
    if is_enumerator(text, start, stop, before) {
        return false;
    }
    let mut letters = before.chars();
    if let (Some(initial), None) = (letters.next(), letters.next())
        && initial.is_uppercase()
    {
        return initial == 'I' && abbreviations::is_starter(ahead.word);
    }
    match abbreviations::kind(before) {
        Some(Abbreviation::Open) => false,
        Some(Abbreviation::BeforeNumber) => !ahead.digit,
        Some(Abbreviation::Either) if ahead.digit => abbreviations::is_clock(before),
        Some(Abbreviation::Either) if abbreviations::is_clock(before) => {
            !abbreviations::follows_clock(ahead.word)
        }
        Some(Abbreviation::Either) => abbreviations::is_starter(ahead.word),
        None => true,
    }
}

/// Whether the full stop belongs to a number or letter that counts a list's item ("2. Talks").
fn is_enumerator(text: &str, start: usize, stop: &Stop, before: &str) -> bool {
    let number = before.len() <= 3 && before.bytes().all(|b| b.is_ascii_digit());
    let near = stop.mark - start <= REACH;
    number && near && text[start..stop.mark].trim_start_matches(|c: char| !c.is_alphanumeric()) == before
}
