//! Converts between a sentence as it is in its field and its normalized text.

use super::span::{NormalizedBytes, SentenceBytes, Span};

/// The words of a sentence, with their places in the field and in the normalized text, in which
/// each run of white space is one space.
pub struct Normalized {
    words: Vec<Word>,
}

struct Word {
    raw: usize,
    normalized: usize,
    len: usize,
}

impl Normalized {
    /// Finds the words of a sentence, given as it is in its field.
    pub fn new(raw: &str) -> Self {
        let mut next = 0;
        let words = raw.split_whitespace().map(|word| {
            let normalized = next;
            next += word.len() + 1;
            // `word` is a part of `raw`.
            Word { raw: word.as_ptr() as usize - raw.as_ptr() as usize, normalized, len: word.len() }
        });
        Self { words: words.collect() }
    }

    /// The same span in the normalized text. Ends within white space move to a word's end.
    pub fn of_raw(&self, span: Span<SentenceBytes>) -> Span<NormalizedBytes> {
        let moved = |at| self.moved(at, |word| word.raw, |word| word.normalized);
        Span::new(moved(span.start)..moved(span.end))
    }

    /// The same span in the sentence as it is in its field.
    pub fn to_raw(&self, span: Span<NormalizedBytes>) -> Span<SentenceBytes> {
        let moved = |at| self.moved(at, |word| word.normalized, |word| word.raw);
        Span::new(moved(span.start)..moved(span.end))
    }

    fn moved(&self, at: usize, from: impl Fn(&Word) -> usize, to: impl Fn(&Word) -> usize) -> usize {
        let next = self.words.partition_point(|word| from(word) <= at);
        match next.checked_sub(1).and_then(|last| self.words.get(last)) {
            Some(word) => to(word) + (at - from(word)).min(word.len),
            None => self.words.first().map_or(0, to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_the_same_words_on_both_sides() {
        let raw = "  नि\u{a0} 🇮🇳\n\n talks  failed ";
        let text = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = Normalized::new(raw);
        for word in ["नि", "🇮🇳", "talks", "failed", "alk"] {
            let at = |text: &str| text.find(word).map(|at| at..at + word.len()).expect("there");
            assert_eq!(words.of_raw(Span::new(at(raw))).range(), at(&text));
            assert_eq!(words.to_raw(Span::new(at(&text))).range(), at(raw));
        }
        let whole = words.to_raw(Span::new(0..text.len()));
        assert_eq!(&raw[whole.range()], raw.trim());
        assert_eq!(Normalized::new(" ").to_raw(Span::new(0..3)).range(), 0..0);
    }
}
