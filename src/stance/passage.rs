//! The text that a topic model reads for a sentence: the headline and the end of the sentences
//! before it, then the sentence.

use serde::Serialize;

use crate::actors::{ActorId, ActorMention, Actors};
use crate::text::Span;

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
}

/// A sentence with the actors that it names.
pub(super) struct Named<'t> {
    pub text: &'t str,
    pub mentions: &'t [ActorMention],
}

impl Passage {
    /// A text by itself, without names marked.
    pub(super) fn of_text(text: &str) -> Self {
        Self { before: String::new(), sentence: Marked::new(text, &[]) }
    }

    /// The passage of the last of these sentences; the first one is the headline. `recent` are the
    /// actors named before, those of the latest sentence first.
    pub(super) fn of_last(sentences: &[Named<'_>], recent: &[ActorId], actors: &Actors) -> Self {
        let Some((last, earlier)) = sentences.split_last() else { return Self::default() };
        let (headline, body) = match earlier.split_first() {
            Some((headline, body)) => (Some(headline), body),
            None => (None, earlier),
        };
        let previous = body.last().map(|s| ending(s.text, s.mentions, PREVIOUS_WORDS));
        let before_that = body.iter().rev().nth(1).map(|s| ending(s.text, s.mentions, EARLIER_WORDS));
        let headline = headline.map(|s| beginning(s.text, s.mentions, HEADLINE_WORDS));
        let parts: Vec<_> = headline.into_iter().chain(before_that).chain(previous).collect();
        let marked = parts.iter().map(|(text, mentions)| Marked::new(text, mentions).text);
        let mut before = marked.collect::<Vec<_>>().join(BEFORE);
        let named: Vec<&ActorId> = parts
            .iter()
            .flat_map(|(_, mentions)| mentions)
            .chain(last.mentions)
            .map(|m| &m.actor)
            .filter(|actor| !actors.is_catch_all(actor))
            .collect();
        // Whoever spoke last may stand before everything that is read.
        let one_at_most = named.iter().all(|actor| *actor == named[0]);
        let speaker = recent.iter().find(|actor| one_at_most && !named.contains(actor));
        if let Some(speaker) = speaker.filter(|_| !body.is_empty()) {
            before = format!("{speaker}: {before}");
        }
        let sentence = &last.text[..last.text.floor_char_boundary(SENTENCE_BYTES)];
        Self { before, sentence: Marked::new(sentence, last.mentions) }
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
