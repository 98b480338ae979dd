//! The text that a topic model reads for a sentence: the headline and the end of the sentences
//! before it, then the sentence.

use std::ops::Range;

use serde::Serialize;

use super::names::{Name, NamePlace};
use crate::actors::{ActorId, ActorMention, Actors};
use crate::text::{NormalizedBytes, Span};

/// Separates the parts of a passage.
pub(super) const BEFORE: &str = " » ";

/// At most this many words of the headline are read, its first ones.
const HEADLINE_WORDS: usize = 16;

/// At most this many words of the previous sentence are read, its last ones.
const PREVIOUS_WORDS: usize = 28;

/// At most this many words of the sentence before that one are read, its last ones.
const EARLIER_WORDS: usize = 12;

/// At most this many bytes of a sentence are read: far more than the model's longest sequence, far
/// less than a text without a full stop.
pub(super) const SENTENCE_BYTES: usize = 4096;

/// At most this many bytes of a previous sentence are examined.
const BYTES_BEFORE: usize = 400;

/// The text that a topic model reads for a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Passage {
    /// The headline and the end of the sentences before; empty if there are none.
    pub before: String,
    /// The sentence, with the actors of its names.
    pub sentence: Marked,
    /// The names in it that may be those of a holder or a source.
    pub names: Vec<PassageName>,
}

/// A name in a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassageName {
    /// Whether it stands in the sentence itself.
    pub in_sentence: bool,
    /// Its bytes in the sentence's marked text, or in the text before.
    pub bytes: Range<usize>,
    /// The actor that it belongs to, if the table of actors says so.
    pub actor: Option<ActorId>,
    /// Where it stands in the document.
    pub place: NamePlace,
}

/// A text in which each name that does not show its actor is followed by that actor, at its first
/// occurrence: "Misri (India)".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Marked {
    /// The text with the actors' names.
    pub text: String,
    /// What was inserted: the offset in the original text and the number of bytes, in order.
    pub inserted: Vec<(usize, usize)>,
}

impl Marked {
    /// Marks the names in a text.
    pub fn new(text: &str, mentions: &[ActorMention]) -> Self {
        let mut out = String::with_capacity(text.len() + 16);
        let mut inserted = Vec::new();
        let mut at = 0;
        let mut seen: Vec<&str> = Vec::new();
        for mention in mentions.iter().filter(|m| m.opaque) {
            // A mention beyond the end of a truncated text.
            let Some(name) = text.get(mention.span.range()) else { break };
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            out.push_str(&text[at..mention.span.end]);
            let actor = format!(" ({})", mention.actor);
            inserted.push((mention.span.end, actor.len()));
            out.push_str(&actor);
            at = mention.span.end;
        }
        out.push_str(&text[at..]);
        Self { text: out, inserted }
    }

    /// Where bytes of the original text stand in the marked one.
    pub(super) fn marked(&self, original: Range<usize>) -> Range<usize> {
        let before = |at: usize, inclusive: bool| -> usize {
            let earlier = self.inserted.iter().filter(|(place, _)| *place < at || inclusive && *place == at);
            earlier.map(|(_, len)| len).sum()
        };
        original.start + before(original.start, true)..original.end + before(original.end, false)
    }

    /// The whole words of the original text that bytes of the marked one are of.
    pub(super) fn words(&self, marked: Range<usize>) -> Span<NormalizedBytes> {
        let alphanumeric = char::is_alphanumeric;
        let within_word = |at: usize| {
            let parts = self.text.split_at_checked(at);
            parts.filter(|(before, after)| before.ends_with(alphanumeric) && after.starts_with(alphanumeric))
        };
        let start = within_word(marked.start).map(|(before, _)| before.trim_end_matches(alphanumeric).len());
        let end = within_word(marked.end)
            .map(|(_, after)| self.text.len() - after.trim_start_matches(alphanumeric).len());
        let (start, end) = (start.unwrap_or(marked.start), end.unwrap_or(marked.end));
        self.original(start..end)
    }

    /// Where bytes of the marked text stand in the original one; an inserted name is the place
    /// where it was inserted.
    fn original(&self, marked: Range<usize>) -> Span<NormalizedBytes> {
        let moved = |at: usize| {
            let mut shift = 0;
            for &(place, len) in &self.inserted {
                if at <= place + shift {
                    break;
                }
                if at < place + shift + len {
                    return place;
                }
                shift += len;
            }
            at - shift
        };
        Span::new(moved(marked.start)..moved(marked.end))
    }
}

/// A sentence with the actors and other names in it.
#[derive(Clone, Copy)]
pub(super) struct Named<'t> {
    /// Its index in the document.
    pub sentence: usize,
    pub text: &'t str,
    pub mentions: &'t [ActorMention],
    pub names: &'t [Name],
}

/// The part of an earlier sentence that a passage has.
struct Part<'t> {
    of: Named<'t>,
    /// The bytes of the sentence that it has.
    kept: Range<usize>,
    /// The mentions that lie completely within them.
    mentions: Vec<ActorMention>,
}

impl<'t> Part<'t> {
    fn new(of: Named<'t>, (text, mentions): (&'t str, Vec<ActorMention>), from: usize) -> Self {
        Self { of, kept: from..from + text.len(), mentions }
    }

    fn beginning(of: Named<'t>, words: usize) -> Self {
        Self::new(of, beginning(of.text, of.mentions, words), 0)
    }

    fn ending(of: Named<'t>, words: usize) -> Self {
        let (text, mentions) = ending(of.text, of.mentions, words);
        Self::new(of, (text, mentions), of.text.len() - text.len())
    }

    /// The names that lie completely within it, if it begins at byte `at` of the text before.
    fn names(&self, at: usize, marked: &Marked) -> Vec<PassageName> {
        let within = self
            .of
            .names
            .iter()
            .filter(|name| name.span.start >= self.kept.start && name.span.end <= self.kept.end);
        let named = |name: &Name| {
            let moved = name.span.start - self.kept.start..name.span.end - self.kept.start;
            let Range { start, end } = marked.marked(moved);
            PassageName {
                in_sentence: false,
                bytes: at + start..at + end,
                actor: name.actor.clone(),
                place: NamePlace { sentence: self.of.sentence, span: name.span },
            }
        };
        within.map(named).collect()
    }
}

impl Passage {
    /// A text by itself, without names marked.
    pub(super) fn of_text(text: &str) -> Self {
        Self { before: String::new(), sentence: Marked::new(text, &[]), names: Vec::new() }
    }

    /// The passage of the last of these sentences; the first one is the headline. `recent` are the
    /// actors named before, those of the latest sentence first.
    pub(super) fn of_last(sentences: &[Named<'_>], recent: &[ActorId], actors: &Actors) -> Self {
        let Some((last, earlier)) = sentences.split_last() else { return Self::default() };
        let (headline, body) = match earlier.split_first() {
            Some((headline, body)) => (Some(headline), body),
            None => (None, earlier),
        };
        let previous = body.last().map(|s| Part::ending(*s, PREVIOUS_WORDS));
        let before_that = body.iter().rev().nth(1).map(|s| Part::ending(*s, EARLIER_WORDS));
        let headline = headline.map(|s| Part::beginning(*s, HEADLINE_WORDS));
        let parts: Vec<Part<'_>> = headline.into_iter().chain(before_that).chain(previous).collect();
        let named: Vec<&ActorId> = parts
            .iter()
            .flat_map(|part| &part.mentions)
            .chain(last.mentions)
            .map(|m| &m.actor)
            .filter(|actor| !actors.is_catch_all(actor))
            .collect();
        // Whoever spoke last may stand before everything that is read.
        let one_at_most = named.iter().all(|actor| *actor == named[0]);
        let speaker = recent.iter().find(|actor| one_at_most && !named.contains(actor));
        let speaker = speaker.filter(|_| !body.is_empty());
        let mut before = speaker.map(|speaker| format!("{speaker}: ")).unwrap_or_default();
        let mut names = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                before.push_str(BEFORE);
            }
            let marked = Marked::new(&part.of.text[part.kept.clone()], &part.mentions);
            names.extend(part.names(before.len(), &marked));
            before.push_str(&marked.text);
        }
        let kept = last.text.floor_char_boundary(SENTENCE_BYTES);
        let sentence = Marked::new(&last.text[..kept], last.mentions);
        let own = last.names.iter().filter(|name| name.span.end <= kept).map(|name| PassageName {
            in_sentence: true,
            bytes: sentence.marked(name.span.range()),
            actor: name.actor.clone(),
            place: NamePlace { sentence: last.sentence, span: name.span },
        });
        names.extend(own);
        Self { before, sentence, names }
    }
}

/// The first words of a text, and the mentions that lie completely within them.
fn beginning<'t>(text: &'t str, mentions: &[ActorMention], words: usize) -> (&'t str, Vec<ActorMention>) {
    let within = text.floor_char_boundary(BYTES_BEFORE);
    let end = text[..within].match_indices(' ').nth(words - 1).map_or(within, |(at, _)| at);
    (&text[..end], mentions.iter().filter(|m| m.span.end <= end).cloned().collect())
}

/// The last words of a text, and the mentions that lie completely within them.
pub(super) fn ending<'t>(
    text: &'t str,
    mentions: &[ActorMention],
    words: usize,
) -> (&'t str, Vec<ActorMention>) {
    let from = text.ceil_char_boundary(text.len().saturating_sub(BYTES_BEFORE));
    let mut spaces = text[from..].rmatch_indices(' ').map(|(at, _)| from + at);
    let from = spaces.nth(words - 1).map_or(from, |at| at + 1);
    let moved = |m: &ActorMention| {
        let span = Span::new(m.span.start - from..m.span.end - from);
        ActorMention { span, ..m.clone() }
    };
    (&text[from..], mentions.iter().filter(|m| m.span.start >= from).map(moved).collect())
}

#[cfg(test)]
mod tests {
    use super::super::codebook::Codebook;
    use super::super::names::names;
    use super::*;

    #[test]
    fn words_of_the_marked_text_are_those_of_the_original_one() {
        let text = "Dar told Misri that talks failed.";
        let mentions = Codebook::built_in().expect("valid").actors.find(text);
        let marked = Marked::new(text, &mentions);
        assert_eq!(marked.text, "Dar (Pakistan) told Misri (India) that talks failed.");
        let found = |part: &str| {
            let at = marked.text.find(part).expect("there");
            &text[marked.words(at..at + part.len()).range()]
        };
        assert_eq!(found("Misri (India) that"), "Misri that");
        assert_eq!(found("(India)"), "");
        // Parts of words are whole words.
        assert_eq!(found("isri (India) that tal"), "Misri that talks");
        for name in ["Dar", "Misri", "talks"] {
            let at = text.find(name).expect("there");
            assert_eq!(&marked.text[marked.marked(at..at + name.len())], name);
        }
    }

    #[test]
    fn names_stand_where_the_passage_has_them() {
        let actors = Codebook::built_in().expect("valid").actors;
        let texts = ["Dar in Doha", "One two.", "Misri met Rubio.", "He refused, Sharif said."];
        let found = texts.map(|text| actors.find(text));
        let own = found.each_ref().map(|mentions| names(&[], mentions));
        let all: Vec<Named<'_>> = (0..texts.len())
            .map(|sentence| Named {
                sentence,
                text: texts[sentence],
                mentions: &found[sentence],
                names: &own[sentence],
            })
            .collect();
        let passage = Passage::of_last(&all, &[], &actors);
        assert_eq!(
            passage.before,
            "Dar (Pakistan) in Doha » One two. » Misri (India) met Rubio (United States)."
        );
        for name in &passage.names {
            let text = if name.in_sentence { &passage.sentence.text } else { &passage.before };
            let original = &texts[name.place.sentence][name.place.span.range()];
            assert_eq!(&text[name.bytes.clone()], original);
        }
        let names: Vec<usize> = passage.names.iter().map(|name| name.place.sentence).collect();
        assert!(names.contains(&0) && names.contains(&2) && names.contains(&3), "{names:?}");
    }
}
