//! Splits one block of text into sentences.

use std::ops::Range;

use super::abbreviations::{self, Abbreviation};

/// How many bytes around a full stop are examined, so that every input takes linear time.
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

/// Small words in the name or the title of a speaker.
const ROLES: &[&str] = &[
    "affairs",
    "al",
    "ambassador",
    "and",
    "army",
    "bin",
    "chief",
    "defence",
    "defense",
    "deputy",
    "envoy",
    "foreign",
    "former",
    "general",
    "in",
    "interior",
    "leader",
    "minister",
    "of",
    "official",
    "officer",
    "president",
    "press",
    "prime",
    "secretary",
    "senior",
    "spokesman",
    "spokesperson",
    "spokeswoman",
    "the",
    "then",
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

/// The sentences of one part of `text`, as ranges into the whole text.
pub(super) fn sentences_within(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let base = part.start;
    sentences(&text[part]).into_iter().map(move |range| base + range.start..base + range.end)
}

/// Adds a part without white space at its ends; a part without letters and digits is joined to the
/// part before it.
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

/// The range without white space at its ends, or `None` if nothing is left.
pub(super) fn trim(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_start().len());
    let end = range.start + inside.trim_end().len();
    (start < end).then_some(start..end)
}

/// A place where a sentence may end.
struct Stop {
    /// Where the closing punctuation starts.
    mark: usize,
    /// After the last closing punctuation mark, before quotes and brackets.
    mark_end: usize,
    /// After quotes, brackets and reference numbers.
    end: usize,
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉') || is_full_mark(c)
}

/// Punctuation of other scripts, which always ends a sentence.
fn is_full_mark(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡' | '۔' | '؟' | '।' | '॥' | '։' | '።' | '፧' | '။' | '។' | '៕')
}

fn is_closer(c: char) -> bool {
    matches!(c, '”' | '’' | '"' | '\'' | ')' | ']' | '}' | '»' | '›' | '*' | '_')
}

fn is_opener(c: char) -> bool {
    matches!(c, '“' | '‘' | '"' | '\'' | '(' | '[' | '{' | '«' | '‹' | '¿' | '¡' | '„' | '*' | '_' | '`')
}

/// The next closing punctuation at or after `from`, with the quotes and brackets that follow it.
fn next_stop(text: &str, from: usize) -> Option<Stop> {
    let rest = &text[from..];
    let mark = from + rest.find(is_mark)?;
    let mark_end = skip_marks(text, mark);
    let end = skip(text, mark_end, is_closer);
    let end = skip_references(text, end);
    Some(Stop { mark, mark_end, end: skip_stray(text, end) })
}

/// The end of a run of closing punctuation, with or without spaces (". . .").
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

/// The end of a closing quote or bracket that stands alone between spaces.
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

/// The first place at or after `from` where `wanted` is false.
fn skip(text: &str, from: usize, wanted: fn(char) -> bool) -> usize {
    let rest = &text[from..];
    from + rest.find(|c| !wanted(c)).unwrap_or(rest.len())
}

/// The end of reference numbers such as "[12]", which belong to the sentence before them.
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
        return abbreviations::kind(before) != Some(Abbreviation::Open);
    }
    ends_sentence(text, start, stop, before, &ahead)
}

/// The word that ends at `end`, without opening punctuation before it, looking back at most to
/// `start`.
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

/// Whether a full stop without a space after it ends a sentence ("… the border.Officials said").
fn is_glued(text: &str, before: &str, stop: &Stop, next: &str) -> bool {
    let mut ahead = next.chars();
    let capital = ahead.next().is_some_and(char::is_uppercase);
    let word = capital && ahead.next().is_none_or(|c| c.is_lowercase() || c == ' ');
    let quote = stop.end > stop.mark_end && text[stop.mark_end..stop.end].contains(['”', '"']);
    let token = token(next);
    let address = token.contains(['/', '@', '.']) && !token.ends_with('.');
    word && !address && (is_small_word(before) || quote)
}

/// Whether `word` is a whole word in lower case.
fn is_small_word(word: &str) -> bool {
    word.len() > 1 && word.chars().all(char::is_lowercase)
}

/// Whether `word` is in lower case and not an abbreviation, so that its full stop ends a sentence.
fn is_plain_word(word: &str) -> bool {
    word.len() > 2 && is_small_word(word) && abbreviations::kind(word).is_none()
}

/// The text after a full stop.
struct Ahead<'a> {
    /// The next word, without punctuation around it.
    word: &'a str,
    /// Whether its first letter is in lower case.
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

    /// Whether only hashtags, mentions and links follow, which belong to the post before them.
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
            let named = bare.chars().next().is_some_and(char::is_uppercase) || ROLES.contains(&bare);
            if !named || word.ends_with(['.', '!', '?', ':']) && bare.chars().count() > 3 {
                return false;
            }
        }
        false
    }
}

/// The first run without white space, cut at [`REACH`] bytes.
fn token(next: &str) -> &str {
    let near = &next[..floor_boundary(next, next.len().min(REACH))];
    near.split(char::is_whitespace).next().unwrap_or(near)
}

/// Whether one full stop after `before` ends the sentence, if no lower-case letter follows.
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
        Some(Abbreviation::Either) if is_clock(text, stop, before) => {
            !abbreviations::follows_clock(ahead.word)
        }
        Some(Abbreviation::Either) if ahead.digit => false,
        Some(Abbreviation::Either) => abbreviations::is_starter(ahead.word),
        None => true,
    }
}

/// Whether `before` is the "p.m." of a time, not short for "prime minister".
fn is_clock(text: &str, stop: &Stop, before: &str) -> bool {
    let hour = text[..stop.mark - before.len()].trim_end();
    abbreviations::is_clock(before) && hour.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether the full stop belongs to the number or letter of a list item ("2. Talks").
fn is_enumerator(text: &str, start: usize, stop: &Stop, before: &str) -> bool {
    let number = before.len() <= 3 && before.bytes().all(|b| b.is_ascii_digit());
    let near = stop.mark - start <= REACH;
    number && near && text[start..stop.mark].trim_start_matches(|c: char| !c.is_alphanumeric()) == before
}

/// Whether a text ends with a sentence-closing mark, apart from quotes and brackets.
pub(super) fn is_closed(text: &str) -> bool {
    text.trim_end_matches(['”', '’', '"', '\'', ')', ']', '»'])
        .ends_with(['.', '!', '?', '…', '۔', '।', '؟', '。'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits `marked` after removing its bars, and expects a sentence end at each bar.
    fn check(marked: &str) {
        let text = marked.replace('|', "");
        let expected: Vec<&str> = marked.split('|').map(str::trim).collect();
        let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn titles_and_initials_do_not_end_sentences() {
        check("Mr. Brook met Lt. Gen. T. Ash and Dr. K. L. Fern in the hall. | They left early.");
        check("The letter was signed by J. Reed. | Nobody had read it.");
    }

    #[test]
    fn short_names_of_states_end_sentences_only_before_a_new_one() {
        check("Talks in the U.S. Senate went on. | He came back from the U.S. | The trip was long.");
        check("She works in Washington, D.C. | Her office is small.");
        check("The firm, Reed Bros. Shipping Co. Ltd. of Leeds, lost money.");
    }

    #[test]
    fn clock_times_may_end_a_sentence_but_not_before_a_time_zone() {
        check("It began at 5 p.m. IST on Friday. | It ended at 9 a.m. | Rain fell all night.");
        check("P.M. Reed spoke at noon.");
        check("Doors open at 8 p.m. Friday and close late.");
    }

    #[test]
    fn numbers_keep_their_full_stops() {
        check("Rule No. 5 costs Rs. 500 or 3.5 per cent. | Fig. 2 shows more.");
        check("He said no. | Then he left.");
        check("1. The bridge stays shut.");
    }

    #[test]
    fn quotations_over_several_sentences_are_split() {
        check("“We will wait. | The boats are ready,” the captain said. | “It is windy.” | He went in.");
        check("“Is it over?” Norland’s foreign minister asked. | “No.”");
        check("\"Is it over?\" he asked. | \"Go home!\" Captain Reed shouted.");
        check("'It is late.' | The door shut.");
    }

    #[test]
    fn ellipses_links_and_tags_stay_with_their_sentence() {
        check("The captain has said that he… pic.example/abc");
        check("The boats are in. #harbour #storm https://t.co/abc");
        check("See www.example.org/a.b for more. | The office is at 5.30 Mill Road.");
        check("He waited... | Then he rang the bell.");
    }

    #[test]
    fn a_missing_space_still_ends_a_sentence() {
        check("The boats left the harbour.|Officials waved.");
        check("The site example.org and the word Node.js stay whole.");
    }

    #[test]
    fn reference_numbers_belong_to_the_sentence_before() {
        check("The bridge fell in 1901. [3] [12] | It was rebuilt.");
    }

    #[test]
    fn other_scripts_end_sentences_with_their_own_marks() {
        check("یہ ایک جملہ ہے۔ | یہ دوسرا ہے؟ | ہاں۔");
        check("यह एक वाक्य है। | यह दूसरा है।");
    }

    #[test]
    fn punctuation_without_words_is_not_a_sentence() {
        check("It is over. ***");
        assert!(sentences(" \n\t ").is_empty());
    }
}
