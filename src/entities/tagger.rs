//! Token classification: windows of words in, mentions and the sentence's relevance out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use tokenizers::Encoding;

use super::bio::{self, Label, Tag};
use super::pieces;
use super::shape::shape;
use crate::engine::Tokens;
use crate::models::{Model, TokenTypes};
use crate::numeric::{sigmoid, softmax};

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

/// What the labels of a relevance head begin with; the topic's id follows.
const TOPIC: &str = "topic:";

/// Finds named entities with a token classification model.
///
/// Labels such as `topic:mediation` make a relevance head: at the first token they carry the logit
/// that the sentence makes a claim on that topic.
pub struct Tagger<'m> {
    model: &'m Model,
    columns: Columns<'m>,
}

/// Where the logits of the tags and of the relevance head stand.
#[derive(Default)]
struct Columns<'m> {
    tags: Vec<Tag>,
    /// Column of each tag.
    of_tags: Vec<usize>,
    /// Columns and topics of the relevance head.
    topics: Vec<(usize, &'m str)>,
}

impl<'m> Tagger<'m> {
    /// Reads the model's labels, in whatever order they are.
    ///
    /// # Errors
    /// The label that is neither a BIO tag over PER, ORG, LOC and MISC nor a topic's, or that `O` is missing.
    pub fn new(model: &'m Model) -> Result<Self, String> {
        let columns =
            Columns::find(&model.labels).map_err(|reason| format!("{}: {reason}", model.entry.name))?;
        Ok(Self { model, columns })
    }

    /// Topics of the relevance head, each with the probability that the window's sentence touches it.
    pub fn relevance(&self, logits: &[f32]) -> Vec<(&'m str, f32)> {
        self.columns.relevance(logits)
    }

    /// Cuts a text into windows for the engine; most sentences are one.
    ///
    /// # Errors
    /// The tokenizer's message, or that its special pieces leave no room.
    pub fn windows(&self, text: &str) -> Result<Vec<Window>, String> {
        let encoding = self.model.encode(text)?;
        cut(text, &encoding, self.model.max_length, self.model.token_types)
    }

    /// Mentions in one window from its logits, `tokens × labels`.
    pub fn mentions(&self, window: &Window, logits: &[f32]) -> Vec<Mention> {
        let width = self.model.labels.len();
        let rows: Vec<Vec<f32>> = window
            .words
            .iter()
            .map(|(_, piece)| {
                let row = logits.get(piece * width..(piece + 1) * width).unwrap_or(&[]);
                self.columns.tag_probabilities(row)
            })
            .collect();
        bio::decode(&rows, &self.columns.tags)
            .into_iter()
            .map(|run| Mention {
                range: window.words[run.words.start].0.start..window.words[run.words.end - 1].0.end,
                label: run.label,
                score: run.score,
            })
            .collect()
    }
}

impl<'m> Columns<'m> {
    fn find(labels: &'m [String]) -> Result<Self, String> {
        let mut columns = Self::default();
        for (column, label) in labels.iter().enumerate() {
            if labels[..column].contains(label) {
                return Err(format!("label {label:?} stands for more than one column of {labels:?}"));
            }
            if let Some(tag) = Tag::parse(label) {
                columns.tags.push(tag);
                columns.of_tags.push(column);
            } else if let Some(topic) = label.strip_prefix(TOPIC).filter(|topic| !topic.is_empty()) {
                columns.topics.push((column, topic));
            } else {
                return Err(format!(
                    "label {label:?} is no BIO tag over PER, ORG, LOC, MISC, nor {TOPIC} and a topic's id; if it stands for one, \
                     name it in models.toml: labels = [..], in the order of the logits"
                ));
            }
        }
        if !columns.tags.contains(&Tag::Outside) {
            return Err(format!("no label O among {labels:?}"));
        }
        Ok(columns)
    }

    fn relevance(&self, logits: &[f32]) -> Vec<(&'m str, f32)> {
        let at = |column: usize| logits.get(column).copied().unwrap_or(f32::INFINITY);
        self.topics.iter().map(|&(column, topic)| (topic, sigmoid(at(column)))).collect()
    }

    fn tag_probabilities(&self, row: &[f32]) -> Vec<f32> {
        let logits: Vec<f32> = self.of_tags.iter().filter_map(|&column| row.get(column).copied()).collect();
        softmax(&logits)
    }
}

/// Windows of at most `most` pieces, each between the special pieces of the whole text.
fn cut(text: &str, encoding: &Encoding, most: usize, types: TokenTypes) -> Result<Vec<Window>, String> {
    let body = pieces::body(encoding);
    let special = encoding.len() - body.len();
    let room = most.saturating_sub(special);
    if room == 0 {
        return Err(format!("the model reads {most} word pieces and {special} special ones take it all"));
    }
    let add = |tokens: &mut Tokens, pieces: Range<usize>, shape: i32| {
        for piece in pieces {
            tokens.ids.push(encoding.get_ids()[piece] as i32);
            tokens.types.push(match types {
                TokenTypes::WordShape => shape,
                TokenTypes::Segment => encoding.get_type_ids()[piece] as i32,
            });
        }
    };
    let mut windows: Vec<Window> = Vec::new();
    for word in pieces::words(text, encoding)? {
        let mut word = word.cut(room);
        // The tokenizer strips combining marks, and with them the end of a decomposed letter.
        word.bytes.end += marks(text.get(word.bytes.end..).unwrap_or(""));
        let fits = |w: &Window| w.tokens.len() + word.pieces.len() <= body.start + room;
        if !windows.last().is_some_and(fits) {
            let mut tokens = Tokens::default();
            add(&mut tokens, 0..body.start, 0);
            windows.push(Window { tokens, words: Vec::new() });
        }
        let Some(window) = windows.last_mut() else { continue };
        let kind = shape(text.get(word.bytes.clone()).unwrap_or(""));
        window.words.push((word.bytes, window.tokens.len() + word.head - word.pieces.start));
        add(&mut window.tokens, word.pieces, kind);
    }
    for window in &mut windows {
        add(&mut window.tokens, body.end..encoding.len(), 0);
    }
    Ok(windows)
}

/// Bytes of the combining marks that a text begins with.
fn marks(text: &str) -> usize {
    static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A\p{M}+").ok());
    if text.as_bytes().first().is_none_or(u8::is_ascii) {
        return 0;
    }
    MARKS.as_ref().and_then(|marks| marks.find(text)).map_or(0, |found| found.len())
}

#[cfg(test)]
mod tests {
    use tokenizers::Tokenizer;

    use super::*;
    use crate::kinds::{Around, KINDS, tokenizer};

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn tags_and_topics_are_told_apart_in_any_order() {
        let labels = owned(&["topic:visas", "B-PER", "O", "topic:trade", "I-PER"]);
        let columns = Columns::find(&labels).expect("valid");
        let row = [9.0, 2.0, 1.0, -9.0, 0.0];
        let relevance = columns.relevance(&row);
        assert_eq!(relevance.iter().map(|r| r.0).collect::<Vec<_>>(), ["visas", "trade"]);
        assert!(relevance[0].1 > 0.99 && relevance[1].1 < 0.01, "{relevance:?}");
        let tags = columns.tag_probabilities(&row);
        assert!(tags[0] > tags[1] && tags[1] > tags[2] && (tags.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn labels_that_say_nothing_are_refused_by_name() {
        for (labels, told) in [
            (owned(&["O", "LABEL_1"]), "LABEL_1"),
            (owned(&["O", "topic:"]), "topic:"),
            (owned(&["B-LOC"]), "no label O"),
            (owned(&["O", "O", "B-PER"]), "\"O\" stands for more than one"),
            (owned(&["O", "B-PER", "I-PER", "B-PER"]), "\"B-PER\" stands for more than one"),
            (owned(&["O", "topic:visas", "topic:visas"]), "\"topic:visas\" stands for more than one"),
        ] {
            assert!(Columns::find(&labels).is_err_and(|e| e.contains(told)), "{told}");
        }
    }

    #[test]
    fn no_window_is_longer_than_the_model_reads() {
        let address = format!("https://example.org/{}", "a".repeat(300));
        let chinese = "北京".repeat(60);
        let text = format!("India {} {address} Doha {chinese}", ",".repeat(80));
        for (name, kind, around) in KINDS {
            let tokenizer =
                Tokenizer::from_bytes(tokenizer(kind, around).0.to_string()).expect("a tokenizer");
            let encoding = tokenizer.encode(text.as_str(), true).expect("pieces");
            for most in [3, 4, 20, 64] {
                let windows = cut(&text, &encoding, most, TokenTypes::Segment).expect("windows");
                assert!(windows.iter().all(|w| w.tokens.len() <= most), "{name}, {most}");
                let words: Vec<&str> =
                    windows.iter().flat_map(|w| &w.words).map(|(bytes, _)| &text[bytes.clone()]).collect();
                assert!(words[0] == "India" && words[1..81].iter().all(|w| *w == ","), "{name}, {most}");
                assert!(
                    words.contains(&"Doha") && words.contains(&"a".repeat(300).as_str()),
                    "{name}, {most}"
                );
                for window in &windows {
                    assert!(window.words.iter().all(|(_, piece)| *piece < window.tokens.len()), "{name}");
                }
            }
            let room = cut(&text, &encoding, 2, TokenTypes::Segment);
            assert_eq!(room.is_err(), around != Around::Nothing, "{name}");
            assert!(cut(&text, &encoding, 0, TokenTypes::Segment).is_err(), "{name}");
        }
    }

    #[test]
    fn a_window_is_what_the_tokenizer_gives() {
        for (name, kind, around) in KINDS {
            let tokenizer =
                Tokenizer::from_bytes(tokenizer(kind, around).0.to_string()).expect("a tokenizer");
            let encoding = tokenizer.encode("India's offer, 🕊  Doha ", true).expect("pieces");
            let windows =
                cut("India's offer, 🕊  Doha ", &encoding, 64, TokenTypes::Segment).expect("windows");
            assert_eq!(windows.len(), 1, "{name}");
            assert_eq!(windows[0].tokens, Tokens::from(&encoding), "{name}");
        }
    }
}
