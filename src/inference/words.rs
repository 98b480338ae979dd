//! Groups tokens into words, for any tokenizer.

use std::ops::Range;

use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    Encoding, NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
};

/// A word and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Bytes of the word in the text.
    pub bytes: Range<usize>,
    /// Token positions in the encoding, including tokens of white space before the word.
    pub tokens: Range<usize>,
    /// The position of the word's first token; its tag is the word's tag.
    pub head: usize,
}

impl Word {
    /// The word with at most `room` tokens; further tokens are left out, the byte range stays.
    pub fn cut(mut self, room: usize) -> Self {
        if self.tokens.len() > room {
            self.tokens = self.head..self.tokens.end.min(self.head + room);
        }
        self
    }
}

/// The bytes that a token covers: on character boundaries, and without white space, which some
/// tokenizers include.
pub fn trimmed(text: &str, (start, end): (usize, usize)) -> Range<usize> {
    let start = text.floor_char_boundary(start);
    let piece = text.get(start..text.ceil_char_boundary(end)).unwrap_or("");
    let start = start + piece.len() - piece.trim_start().len();
    start..start + piece.trim().len()
}

/// The tokens between the special tokens around a text.
pub fn body(encoding: &Encoding) -> Range<usize> {
    let mask = encoding.get_special_tokens_mask();
    let start = mask.iter().take_while(|&&special| special == 1).count();
    let behind = mask.iter().skip(start).rev().take_while(|&&special| special == 1).count();
    start..mask.len() - behind
}

/// Groups tokens into the words of BERT's pre-tokenizer; a token that covers several words joins
/// them.
///
/// # Errors
/// The pre-tokenizer's message.
pub fn words(text: &str, encoding: &Encoding) -> Result<Vec<Word>, String> {
    let known = bert(text)?;
    // The index, from 1, of the last word that begins at or before a byte.
    let place = |byte: usize| known.partition_point(|word| word.start <= byte);
    let begins = |before: &Range<usize>, piece: &Range<usize>| {
        let at = place(piece.start);
        // BERT drops some characters, such as control characters: they are in none of its words.
        let dropped = at == 0 || known[at - 1].end <= piece.start;
        let gap = text.get(before.end..piece.start).unwrap_or("");
        at != place(before.end - 1) || dropped && gap.contains(char::is_whitespace)
    };
    let all = body(encoding);
    let mut words: Vec<Word> = Vec::new();
    let mut blank = all.start;
    for at in all.clone() {
        let bytes = trimmed(text, encoding.get_offsets()[at]);
        if bytes.is_empty() {
            continue;
        }
        match words.last_mut() {
            Some(word) if !begins(&word.bytes, &bytes) => {
                word.bytes.end = word.bytes.end.max(bytes.end);
                word.tokens.end = at + 1;
            }
            _ => words.push(Word { bytes, tokens: blank..at + 1, head: head(encoding, blank..at) }),
        }
        blank = at + 1;
    }
    if let Some(last) = words.last_mut() {
        last.tokens.end = all.end;
    }
    Ok(words)
}

/// The position of a word's first token: `blank.end`, or the position before it if a lone space is
/// there. In training, where words are passed one by one, the tokenizer puts that space before the
/// word, and the word's label is at the space.
fn head(encoding: &Encoding, blank: Range<usize>) -> usize {
    let (at, tokens) = (blank.end, encoding.get_tokens());
    match tokens[blank].last().map(String::as_str) {
        Some(space @ ("▁" | "Ġ")) if !tokens[at].starts_with(space) => at - 1,
        _ => at,
    }
}

/// Byte ranges of the words of BERT's pre-tokenizer: no white space, and each punctuation mark and
/// Chinese character by itself.
fn bert(text: &str) -> Result<Vec<Range<usize>>, String> {
    let mut normalized = NormalizedString::from(text);
    BertNormalizer::default().normalize(&mut normalized).map_err(|e| e.to_string())?;
    let mut split = PreTokenizedString::from(normalized);
    BertPreTokenizer.pre_tokenize(&mut split).map_err(|e| e.to_string())?;
    let splits = split.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(splits.into_iter().map(|(_, (start, end), _)| start..end).collect())
}

#[cfg(test)]
mod tests {
    use tokenizers::Tokenizer;

    use super::*;
    #[cfg(feature = "bundled-models")]
    use crate::inference::{Encoder, Runtime};
    use crate::kinds::{Around, Cut, KINDS, tokenizer};
    #[cfg(feature = "bundled-models")]
    use crate::models::{ModelTask, Registry};

    fn encode(cut: Cut, around: Around, text: &str) -> Encoding {
        let json = tokenizer(cut, around).0.to_string();
        let tokenizer = Tokenizer::from_bytes(json).expect("a tokenizer");
        tokenizer.encode(text, true).expect("tokens")
    }

    fn spelled<'t>(text: &'t str, encoding: &Encoding) -> Vec<&'t str> {
        words(text, encoding).expect("words").into_iter().map(|word| &text[word.bytes]).collect()
    }

    #[test]
    fn every_tokenizer_has_the_words_of_bert() {
        let text = " “India's offer,” New  Delhi-Doha\u{a0}said… (Islamabad!) 🕊 नेपाल।\tIndia/Pakistan ";
        let known = [
            "“",
            "India",
            "'",
            "s",
            "offer",
            ",",
            "”",
            "New",
            "Delhi",
            "-",
            "Doha",
            "said",
            "…",
            "(",
            "Islamabad",
            "!",
            ")",
            "🕊",
            "नेपाल",
            "।",
            "India",
            "/",
            "Pakistan",
        ];
        for (name, cut, around) in KINDS {
            assert_eq!(spelled(text, &encode(cut, around, text)), known, "{name}");
        }
    }

    #[test]
    fn a_token_of_two_words_makes_them_one() {
        let text = "中国的India 中国";
        for (name, cut, around) in KINDS {
            let expected: &[&str] = match cut {
                Cut::WordPiece => &["中", "国", "的", "India", "中", "国"],
                _ => &["中国", "的", "India", "中国"],
            };
            assert_eq!(spelled(text, &encode(cut, around, text)), expected, "{name}");
        }
    }

    #[test]
    fn a_word_begins_at_its_first_token_or_at_the_space_that_the_tokenizer_puts_before_it() {
        let text = "offer  India,\n Doha 🕊 India\nDoha";
        for (name, cut, around) in KINDS {
            let encoding = encode(cut, around, text);
            let found = words(text, &encoding).expect("words");
            let body = body(&encoding);
            assert_eq!(
                spelled(text, &encoding),
                ["offer", "India", ",", "Doha", "🕊", "India", "Doha"],
                "{name}"
            );
            // No token is lost, and none is in two words.
            assert!(found[0].tokens.start == body.start && found[6].tokens.end == body.end, "{name}");
            assert!(found.windows(2).all(|pair| pair[0].tokens.end == pair[1].tokens.start), "{name}");
            let heads =
                found.iter().map(|word| encoding.get_tokens()[word.head].trim_start_matches(['▁', 'Ġ']));
            let expected = match cut {
                Cut::WordPiece => ["offer", "india", ",", "doha", "🕊", "india", "doha"],
                _ => ["offer", "India", ",", "Doha", "", "India", "Doha"],
            };
            assert_eq!(heads.collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn special_tokens_are_those_that_the_tokenizer_says() {
        for (name, cut, around) in KINDS {
            let encoding = encode(cut, around, "India </s> offer");
            let body = body(&encoding);
            let expected = if around == Around::Nothing { 0 } else { 1 };
            assert_eq!((body.start, encoding.len() - body.end), (expected, expected), "{name}");
            assert_eq!(encode(cut, around, "").len(), 2 * expected, "{name}");
            assert!(words("", &encode(cut, around, "")).expect("none").is_empty(), "{name}");
        }
    }

    #[test]
    fn ranges_of_tokens_end_between_characters() {
        let text = "a 🕊 é";
        assert_eq!(trimmed(text, (1, 4)), 2..6);
        assert_eq!(trimmed(text, (3, 5)), 2..6);
        for (start, end) in [(1, 2), (2, 1), (6, 7), (100, 200), (4, 4)] {
            assert!(text.get(trimmed(text, (start, end))).is_some_and(|piece| piece.trim() == piece));
        }
    }

    /// The words of BERT's own tokenizer, for comparison.
    #[cfg(feature = "bundled-models")]
    fn words_of_the_tokenizer(encoding: &Encoding) -> Vec<(Range<usize>, usize)> {
        let mut words: Vec<(Range<usize>, usize)> = Vec::new();
        let mut last = None;
        for (piece, word) in encoding.get_word_ids().iter().enumerate().filter(|(_, word)| word.is_some()) {
            let (start, end) = encoding.get_offsets()[piece];
            match words.last_mut() {
                Some((bytes, _)) if last == Some(word) => bytes.end = bytes.end.max(end),
                _ => words.push((start..end, piece)),
            }
            last = Some(word);
        }
        words
    }

    #[cfg(feature = "bundled-models")]
    #[test]
    fn the_built_in_tokenizer_has_the_words_that_it_reports_itself() {
        let model =
            Encoder::load(&Registry::open(None).expect("built in"), ModelTask::Ner, &Runtime::default())
                .expect("loads");
        let parts: Vec<&str> = "India|Shehbaz|İ|'s|’s|-|.|,|…|🕊️|👩‍👩‍👧|é|e\u{301}|नेपाल|किंतु|।|中国|ｱ|≠|≮|\u{1fef}|\u{200b}|\u{feff}|\u{fffd}|\u{0}|\u{c}|\u{85}|\u{a0}|\u{3000}|\u{2028}|\t|\n| |  |[SEP]|[UNK]|$|^|~|€|½|ﬁ|▁|Ġ|한국|กรุง|\u{301}"
            .split('|')
            .collect();
        // A small random number generator (Knuth's MMIX), so that every run uses the same texts.
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            parts[(state >> 33) as usize % parts.len()]
        };
        for _ in 0..3000 {
            let text: String = (0..9).map(|_| next()).collect();
            let encoding = model.encode(&text).expect("tokens");
            let found = words(&text, &encoding).expect("words");
            let found: Vec<_> = found.into_iter().map(|word| (word.bytes, word.head)).collect();
            assert_eq!(found, words_of_the_tokenizer(&encoding), "{text:?}");
        }
    }
}
