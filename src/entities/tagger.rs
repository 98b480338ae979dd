//! Token classification: finds the named entities of sentences, and their relevance to topics.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use tokenizers::Encoding;

use super::bio::{self, Label, Tag};
use super::shape::shape;
use crate::inference::{
    BackendError, Encoder, EncodingError, Logits, Runner, TokenTypes, Tokens, body, words,
};
use crate::isolation::{Panicked, each, fail_point};
use crate::numeric::{rounded, sigmoid, softmax};
use crate::text::{SentenceBytes, Span};

/// A named entity in a sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    /// Its span in the sentence.
    pub span: Span<SentenceBytes>,
    /// Its type.
    pub label: Label,
    /// Mean probability of its words' tags.
    pub score: f32,
}

/// Topic ids that a model knows, with the probability that a sentence makes a claim on the topic.
pub type Relevance = BTreeMap<String, f64>;

/// The model's output for a sentence.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Tagged {
    /// Its named entities, from left to right.
    pub mentions: Vec<Mention>,
    /// For each topic that the model knows, the probability that the sentence makes a claim on it.
    pub relevance: Relevance,
}

/// The reason why a model can't be used as a tagger.
#[derive(Debug, thiserror::Error)]
pub enum TaggerError {
    /// Two columns have the same label.
    #[error("{model}: label {label:?} stands for more than one column of {labels:?}")]
    LabelTwice {
        /// The model.
        model: String,
        /// The label.
        label: String,
        /// All labels.
        labels: Vec<String>,
    },
    /// A label is neither a BIO tag nor a topic.
    #[error(
        "{model}: label {label:?} is no BIO tag over PER, ORG, LOC, MISC, nor {TOPIC} and a topic's id; \
         if it stands for one, name it in models.toml: labels = [..], in the order of the logits"
    )]
    UnknownLabel {
        /// The model.
        model: String,
        /// The label.
        label: String,
    },
    /// The tag `O` is missing.
    #[error("{model}: no label O among {labels:?}")]
    NoOutside {
        /// The model.
        model: String,
        /// All labels.
        labels: Vec<String>,
    },
}

/// The reason why a document can't be tagged.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// The tokenizer rejects a sentence.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A sentence can't be split into words.
    #[error("a sentence can't be split into words: {0}")]
    Words(String),
    /// The special tokens leave no room for a word.
    #[error("the model reads {most} tokens and {special} special ones leave no room")]
    NoRoom {
        /// At most this many tokens in a sequence.
        most: usize,
        /// Number of special tokens that the tokenizer adds.
        special: usize,
    },
    /// The backend can't run a sentence.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A stage panicked.
    #[error("internal error: {0}")]
    Panicked(String),
}

impl From<Panicked> for TagError {
    fn from(Panicked(message): Panicked) -> Self {
        Self::Panicked(message)
    }
}

/// A part of a sentence that fits into the model, cut between words.
#[derive(Debug, Clone)]
struct Window {
    /// The tokens.
    tokens: Tokens,
    /// Byte range of each word, and the position of its first token.
    words: Vec<(Range<usize>, usize)>,
}

/// Prefix of the labels of the relevance head; the topic's id follows.
const TOPIC: &str = "topic:";

/// Finds named entities with a token classification model.
///
/// Labels such as `topic:mediation` form a relevance head: their logit at the first token says
/// whether the sentence makes a claim on that topic.
#[derive(Debug)]
pub struct Tagger {
    encoder: Encoder,
    columns: Columns,
}

/// Columns of the tags and of the relevance head in the logits.
#[derive(Debug, Default)]
struct Columns {
    tags: Vec<Tag>,
    /// Column of each tag.
    of_tags: Vec<usize>,
    /// Columns and topics of the relevance head.
    topics: Vec<(usize, String)>,
}

impl Tagger {
    /// Reads the model's labels, in any order.
    ///
    /// # Errors
    /// [`TaggerError`] if a label is neither a BIO tag over PER, ORG, LOC and MISC nor a topic, or
    /// `O` is missing.
    pub fn new(encoder: Encoder) -> Result<Self, TaggerError> {
        let columns = Columns::find(&encoder.entry().name, encoder.labels())?;
        Ok(Self { encoder, columns })
    }

    /// The underlying encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Tags documents, each given as its sentences in order. The result for a document does not
    /// depend on the others.
    ///
    /// # Errors
    /// [`TagError`] for a single document; [`BackendError`] for the whole call if the model is
    /// broken.
    pub fn tag(
        &self,
        runner: &Runner,
        documents: &[Vec<&str>],
    ) -> Result<Vec<Result<Vec<Tagged>, TagError>>, BackendError> {
        let all = documents.iter().map(Ok).collect();
        let cut: Vec<Result<Vec<Vec<Window>>, TagError>> = each(all, |sentences: &Vec<&str>| {
            sentences.iter().map(|sentence| self.windows(sentence)).collect()
        });
        let tokens: Vec<Vec<&Tokens>> = cut
            .iter()
            .map(|document| match document {
                Ok(sentences) => sentences.iter().flatten().map(|window| &window.tokens).collect(),
                Err(_) => Vec::new(),
            })
            .collect();
        let computed = self.encoder.logits(runner, &tokens)?;
        let paired = cut.into_iter().zip(computed);
        let paired = paired.map(|(sentences, logits)| Ok::<_, TagError>((sentences?, logits?)));
        let paired = paired.zip(documents).map(|(tagged, own)| tagged.map(|t| (t, own)));
        Ok(each(paired.collect(), |((sentences, logits), own)| {
            own.iter().for_each(|sentence| fail_point("tags", || sentence));
            let mut logits = logits.into_iter();
            let tag = |windows: Vec<Window>| self.columns.tag(windows.into_iter().zip(&mut logits));
            sentences.into_iter().map(tag).collect()
        }))
    }

    /// Splits a sentence into windows; most sentences have one.
    fn windows(&self, sentence: &str) -> Result<Vec<Window>, TagError> {
        fail_point("entities", || sentence);
        let encoding = self.encoder.encode(sentence)?;
        cut(sentence, &encoding, self.encoder.max_tokens(), self.encoder.token_types())
    }
}

impl Columns {
    fn find(model: &str, labels: &[String]) -> Result<Self, TaggerError> {
        let model = model.to_owned();
        let mut columns = Self::default();
        for (column, label) in labels.iter().enumerate() {
            if labels[..column].contains(label) {
                let (label, labels) = (label.clone(), labels.to_vec());
                return Err(TaggerError::LabelTwice { model, label, labels });
            }
            if let Some(tag) = Tag::parse(label) {
                columns.tags.push(tag);
                columns.of_tags.push(column);
            } else if let Some(topic) = label.strip_prefix(TOPIC).filter(|topic| !topic.is_empty()) {
                columns.topics.push((column, topic.to_owned()));
            } else {
                return Err(TaggerError::UnknownLabel { model, label: label.clone() });
            }
        }
        if !columns.tags.contains(&Tag::Outside) {
            return Err(TaggerError::NoOutside { model, labels: labels.to_vec() });
        }
        Ok(columns)
    }

    /// Combines the windows of a sentence: all entities, and the highest relevance per topic.
    fn tag(&self, windows: impl Iterator<Item = (Window, Logits)>) -> Result<Tagged, TagError> {
        let mut tagged = Tagged::default();
        for (window, logits) in windows {
            tagged.mentions.extend(self.mentions(&window, &logits)?);
            for (topic, p) in self.relevance(&logits) {
                let known = tagged.relevance.entry(topic.to_owned()).or_default();
                *known = rounded(p).max(*known);
            }
        }
        Ok(tagged)
    }

    fn relevance(&self, logits: &Logits) -> impl Iterator<Item = (&str, f32)> {
        let first = logits.whole();
        self.topics.iter().map(|(column, topic)| (topic.as_str(), sigmoid(first[*column])))
    }

    fn mentions(&self, window: &Window, logits: &Logits) -> Result<Vec<Mention>, BackendError> {
        let missing = || BackendError::Shape("no logits of a word's token".into());
        let row = |token: usize| logits.row(token).map(|row| self.tag_probabilities(row));
        let rows = window.words.iter().map(|(_, token)| row(*token).ok_or_else(missing));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let mention = |run: bio::Run| Mention {
            span: Span::new(window.words[run.words.start].0.start..window.words[run.words.end - 1].0.end),
            label: run.label,
            score: run.score,
        };
        Ok(bio::decode(&rows, &self.tags).into_iter().map(mention).collect())
    }

    fn tag_probabilities(&self, row: &[f32]) -> Vec<f32> {
        let logits: Vec<f32> = self.of_tags.iter().map(|&column| row[column]).collect();
        softmax(&logits)
    }
}

/// Windows of at most `most` tokens, each with the special tokens of the whole text around it.
fn cut(text: &str, encoding: &Encoding, most: usize, types: TokenTypes) -> Result<Vec<Window>, TagError> {
    let body = body(encoding);
    let special = encoding.len() - body.len();
    let room = most.saturating_sub(special);
    if room == 0 {
        return Err(TagError::NoRoom { most, special });
    }
    let add = |tokens: &mut Tokens, added: Range<usize>, shape: i32| {
        for at in added {
            tokens.ids.push(encoding.get_ids()[at] as i32);
            tokens.token_type_ids.push(match types {
                TokenTypes::WordShape => shape,
                TokenTypes::Segment => encoding.get_type_ids()[at] as i32,
            });
        }
    };
    let mut windows: Vec<Window> = Vec::new();
    for word in words(text, encoding).map_err(TagError::Words)? {
        let mut word = word.cut(room);
        // The tokenizer strips combining marks, and so cuts off the end of a decomposed letter.
        word.bytes.end += marks(text.get(word.bytes.end..).unwrap_or(""));
        let fits = |w: &Window| w.tokens.len() + word.tokens.len() <= body.start + room;
        if !windows.last().is_some_and(fits) {
            let mut tokens = Tokens::default();
            add(&mut tokens, 0..body.start, 0);
            windows.push(Window { tokens, words: Vec::new() });
        }
        let Some(window) = windows.last_mut() else { continue };
        let kind = shape(text.get(word.bytes.clone()).unwrap_or(""));
        window.words.push((word.bytes, window.tokens.len() + word.head - word.tokens.start));
        add(&mut window.tokens, word.tokens, kind);
    }
    for window in &mut windows {
        add(&mut window.tokens, body.end..encoding.len(), 0);
    }
    Ok(windows)
}

/// Bytes of the combining marks at the start of a text.
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
    use crate::inference::Tensor;
    use crate::kinds::{Around, KINDS, tokenizer};

    fn owned(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|l| (*l).to_owned()).collect()
    }

    #[test]
    fn tags_and_topics_are_distinguished_in_any_order() {
        let labels = owned(&["topic:visas", "B-PER", "O", "topic:trade", "I-PER"]);
        let columns = Columns::find("m", &labels).expect("valid");
        let row = [9.0, 2.0, 1.0, -9.0, 0.0];
        let tensor = Tensor::new(vec![5], row.to_vec()).expect("fits");
        let logits = Logits::new(tensor, 3, 5).expect("fits");
        let relevance: Vec<_> = columns.relevance(&logits).collect();
        assert_eq!(relevance.iter().map(|r| r.0).collect::<Vec<_>>(), ["visas", "trade"]);
        assert!(relevance[0].1 > 0.99 && relevance[1].1 < 0.01, "{relevance:?}");
        let tags = columns.tag_probabilities(&row);
        assert!(tags[0] > tags[1] && tags[1] > tags[2] && (tags.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn unknown_labels_are_refused_by_name() {
        for (labels, told) in [
            (owned(&["O", "LABEL_1"]), "LABEL_1"),
            (owned(&["O", "topic:"]), "topic:"),
            (owned(&["B-LOC"]), "no label O"),
            (owned(&["O", "O", "B-PER"]), "\"O\" stands for more than one"),
            (owned(&["O", "B-PER", "I-PER", "B-PER"]), "\"B-PER\" stands for more than one"),
            (owned(&["O", "topic:visas", "topic:visas"]), "\"topic:visas\" stands for more than one"),
        ] {
            let error = Columns::find("m", &labels).expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
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
