//! Token classification: windows of words in, mentions out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::bio::{self, Label, Tag};
use super::shape::shape;
use crate::engine::Tokens;
use crate::models::{Model, TokenTypes};
use crate::numeric::softmax;

/// A named entity in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Its type.
    pub label: Label,
    /// Mean probability of its words' tags.
    pub score: f32,
}

/// A piece of a text that fits the model, cut between words.
#[derive(Debug, Clone)]
pub struct Window {
    /// What the engine gets.
    pub tokens: Tokens,
    /// Bytes of each word, and the position of its first piece in `tokens`.
    words: Vec<(Range<usize>, usize)>,
}

/// Finds named entities with a token classification model.
pub struct Tagger<'m> {
    model: &'m Model,
    tags: Vec<Tag>,
}

impl<'m> Tagger<'m> {
    /// Reads the model's labels, in whatever order they are.
    ///
    /// # Errors
    /// The label that is no BIO tag over PER, ORG, LOC and MISC.
    pub fn new(model: &'m Model) -> Result<Self, String> {
        let tags = model.labels.iter().map(|label| {
            Tag::parse(label).ok_or_else(|| {
                format!("{}: label {label:?} is no BIO tag over PER, ORG, LOC, MISC", model.entry.name)
            })
        });
        Ok(Self { model, tags: tags.collect::<Result<_, _>>()? })
    }

    /// Cuts a text into windows for the engine; most sentences are one.
    ///
    /// # Errors
    /// The tokenizer's message.
    pub fn windows(&self, text: &str) -> Result<Vec<Window>, String> {
        let encoding = self.model.encode(text)?;
        let (ids, offsets) = (encoding.get_ids(), encoding.get_offsets());
        let mut words: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        let mut last = None;
        for (piece, word) in encoding.get_word_ids().iter().enumerate() {
            let Some(word) = *word else { continue };
            match words.last_mut() {
                Some((bytes, pieces)) if last == Some(word) => {
                    bytes.end = bytes.end.max(offsets[piece].1);
                    pieces.end = piece + 1;
                }
                _ => words.push((offsets[piece].0..offsets[piece].1, piece..piece + 1)),
            }
            last = Some(word);
        }
        // The tokenizer strips combining marks, and with them the end of a decomposed letter.
        for (bytes, _) in &mut words {
            bytes.end += marks(text.get(bytes.end..).unwrap_or(""));
        }
        // The two special pieces around every window.
        let (Some(&first), Some(&end)) = (ids.first(), ids.last()) else { return Ok(Vec::new()) };
        let room = self.model.max_length.saturating_sub(2).max(1);
        let mut windows: Vec<Window> = Vec::new();
        for (bytes, pieces) in words {
            let fits = |w: &Window| w.tokens.len() + pieces.len() <= room + 1;
            if !windows.last().is_some_and(fits) {
                let tokens = Tokens { ids: vec![first as i32], types: vec![0] };
                windows.push(Window { tokens, words: Vec::new() });
            }
            let Some(window) = windows.last_mut() else { continue };
            let kind = match self.model.token_types {
                TokenTypes::WordShape => shape(text.get(bytes.clone()).unwrap_or("")),
                TokenTypes::Segment => 0,
            };
            window.words.push((bytes, window.tokens.len()));
            window.tokens.ids.extend(ids[pieces.clone()].iter().map(|&id| id as i32));
            window.tokens.types.extend(pieces.map(|_| kind));
        }
        for window in &mut windows {
            window.tokens.ids.push(end as i32);
            window.tokens.types.push(0);
        }
        Ok(windows)
    }

    /// Mentions in one window from its logits, `tokens × labels`.
    pub fn mentions(&self, window: &Window, logits: &[f32]) -> Vec<Mention> {
        let width = self.tags.len();
        let rows: Vec<Vec<f32>> = window
            .words
            .iter()
            .map(|(_, piece)| softmax(logits.get(piece * width..(piece + 1) * width).unwrap_or(&[])))
            .collect();
        bio::decode(&rows, &self.tags)
            .into_iter()
            .map(|run| Mention {
                range: window.words[run.words.start].0.start..window.words[run.words.end - 1].0.end,
                label: run.label,
                score: run.score,
            })
            .collect()
    }
}

/// Bytes of the combining marks that a text begins with.
fn marks(text: &str) -> usize {
    static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A\p{M}+").ok());
    if text.as_bytes().first().is_none_or(u8::is_ascii) {
        return 0;
    }
    MARKS.as_ref().and_then(|marks| marks.find(text)).map_or(0, |found| found.len())
}
