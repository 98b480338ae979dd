//! The page's data: a small index of all claims, and the articles.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use super::error::PageError;
use crate::actors::NARRATOR;
use crate::config::Configuration;
use crate::digest::sha256;
use crate::record::{ClaimRecord, Dataset, DocumentRecord, LabelledClaim, Review, SentenceRecord};
use crate::stance::Status;
use crate::text::{Field, Section};

/// Number of articles that the browser parses at a time.
pub const CHUNK: usize = 50;

/// The page's data.
pub struct PageData<'d> {
    pub index: PageIndex<'d>,
    pub articles: Vec<Vec<PageSentence<'d>>>,
}

/// The data for overview, filters and queue, which work without parsing the articles.
#[derive(Serialize)]
pub struct PageIndex<'d> {
    chunk: usize,
    topics: Vec<TopicEntry<'d>>,
    stances: Vec<StanceEntry<'d>>,
    actors: Vec<&'d str>,
    documents: Vec<DocumentEntry<'d>>,
    claims: ClaimColumns,
    /// Document, sentence and time of each review.
    reviewed: Vec<(usize, usize, Option<&'d str>)>,
}

#[derive(Serialize)]
struct TopicEntry<'d> {
    id: &'d str,
    title: &'d str,
}

#[derive(Serialize)]
struct StanceEntry<'d> {
    topic: usize,
    id: &'d str,
    hypothesis: &'d str,
    beside: bool,
}

/// Id, title, outlet, date as written, address, sentences, mark.
#[derive(Serialize)]
struct DocumentEntry<'d>(
    &'d str,
    Option<&'d str>,
    Option<&'d str>,
    Option<&'d str>,
    Option<&'d str>,
    usize,
    String,
);

/// All claims by column: a third of the size of a list of objects, and faster to parse.
#[derive(Default, Serialize)]
struct ClaimColumns {
    document: Vec<usize>,
    /// Index of the sentence among its document's records.
    sentence: Vec<usize>,
    stance: Vec<usize>,
    holder: Vec<usize>,
    /// -1 if the holder is the source.
    source: Vec<i64>,
    score: Vec<f64>,
    /// 0 auto, 1 uncertain, 2 from a review.
    status: Vec<u8>,
}

/// Id, section, text, start, white space, break before, entities, claims, review, field, whether
/// the document has the same sentence earlier.
#[derive(Serialize)]
pub struct PageSentence<'d>(
    &'d str,
    Value,
    &'d str,
    usize,
    Vec<(usize, String)>,
    u8,
    Vec<PageEntity<'d>>,
    &'d [ClaimRecord],
    Option<&'d Review>,
    Field,
    bool,
);

/// Text, label, start and end, actor.
#[derive(Serialize)]
struct PageEntity<'d>(&'d str, Value, usize, usize, Option<&'d str>);

/// What precedes a sentence: the same paragraph, a new one, or text without a record.
const SAME: u8 = 0;
const NEW: u8 = 1;
const LEFT_OUT: u8 = 2;

impl<'d> PageData<'d> {
    pub fn new(dataset: &'d Dataset, configuration: &'d Configuration) -> Result<Self, PageError> {
        if dataset.sentences.is_empty() {
            return Err(PageError::Empty);
        }
        let mut names = Numbering::new(configuration);
        let (mut claims, mut reviewed) = (ClaimColumns::default(), Vec::new());
        let (mut documents, mut articles) = (Vec::new(), Vec::new());
        for (at, (document, own)) in dataset.articles().enumerate() {
            for (place, sentence) in own.iter().enumerate() {
                if let Some(review) = &sentence.review {
                    reviewed.push((at, place, review.at.as_deref()));
                }
                claims.sentence(at, place, sentence, &mut names);
            }
            documents.push(DocumentEntry(
                &document.doc_id,
                document.title.as_deref().or_else(|| headline(own)),
                document.outlet.as_deref(),
                document.published.as_deref(),
                document.url.as_deref(),
                own.len(),
                mark(document),
            ));
            articles.push(article(document, own)?);
        }
        let Numbering { topics, stances, actors, .. } = names;
        let index = PageIndex { chunk: CHUNK, topics, stances, actors, documents, claims, reviewed };
        Ok(Self { index, articles })
    }
}

/// The headline in the text, for an article without a separate title.
fn headline(sentences: &[SentenceRecord]) -> Option<&str> {
    sentences.iter().find(|s| s.section == Section::Headline).map(|s| s.text.as_str())
}

/// The key under which the browser stores the decisions on an article. All pages opened on a
/// computer may share that storage, so the key covers the id, the title, the text and the
/// provenance: a page sees only decisions on just these. It covers nothing else of the dataset, so
/// decisions are kept when articles are added.
fn mark(document: &DocumentRecord) -> String {
    let DocumentRecord { doc_id, title, text_sha256, provenance, .. } = document;
    // As JSON, so that the parts stay apart whatever characters they hold.
    let all = serde_json::json!([doc_id, title, text_sha256, provenance]).to_string();
    sha256(all.as_bytes())[..16].into()
}

/// Numbers for topics, stances and actors: first those of the configuration, then others in the
/// order in which they occur.
struct Numbering<'d> {
    topics: Vec<TopicEntry<'d>>,
    stances: Vec<StanceEntry<'d>>,
    actors: Vec<&'d str>,
    of_topics: HashMap<&'d str, usize>,
    of_stances: HashMap<(usize, &'d str), usize>,
    of_actors: HashMap<&'d str, usize>,
}

impl<'d> Numbering<'d> {
    fn new(configuration: &'d Configuration) -> Self {
        let mut names = Self {
            topics: Vec::new(),
            stances: Vec::new(),
            actors: Vec::new(),
            of_topics: HashMap::new(),
            of_stances: HashMap::new(),
            of_actors: HashMap::new(),
        };
        for topic in configuration.codebook().topics.iter() {
            let number = names.topic(&topic.id, &topic.title);
            for stance in &topic.stances {
                names.stance(number, &stance.id, &stance.hypothesis, stance.beside);
            }
        }
        for actor in configuration.codebook().actors.iter() {
            names.actor(actor.id.as_str());
        }
        names.actor(NARRATOR);
        names
    }

    fn topic(&mut self, id: &'d str, title: &'d str) -> usize {
        let topics = &mut self.topics;
        *self.of_topics.entry(id).or_insert_with(|| {
            topics.push(TopicEntry { id, title });
            topics.len() - 1
        })
    }

    fn stance(&mut self, topic: usize, id: &'d str, hypothesis: &'d str, beside: bool) -> usize {
        let stances = &mut self.stances;
        *self.of_stances.entry((topic, id)).or_insert_with(|| {
            stances.push(StanceEntry { topic, id, hypothesis, beside });
            stances.len() - 1
        })
    }

    fn actor(&mut self, name: &'d str) -> usize {
        let actors = &mut self.actors;
        *self.of_actors.entry(name).or_insert_with(|| {
            actors.push(name);
            actors.len() - 1
        })
    }
}

impl ClaimColumns {
    /// The model's claims of a sentence, and the reviewer's.
    fn sentence<'d>(
        &mut self,
        at: usize,
        place: usize,
        sentence: &'d SentenceRecord,
        names: &mut Numbering<'d>,
    ) {
        for claim in &sentence.claims {
            let status = match claim.status {
                Status::Auto => 0,
                Status::Uncertain => 1,
            };
            let ClaimRecord { topic, stance, holder, source, hypothesis, score, .. } = claim;
            self.row(
                (at, place),
                names,
                [topic, stance, hypothesis, holder],
                source.as_deref(),
                *score,
                status,
            );
        }
        for claim in sentence.review.iter().flat_map(|review| &review.claims) {
            let LabelledClaim { topic, stance, holder, source, .. } = claim;
            self.row((at, place), names, [topic, stance, "", holder], source.as_deref(), 1.0, 2);
        }
    }

    fn row<'d>(
        &mut self,
        (at, place): (usize, usize),
        names: &mut Numbering<'d>,
        [topic, stance, hypothesis, holder]: [&'d str; 4],
        source: Option<&'d str>,
        score: f64,
        status: u8,
    ) {
        let topic = names.topic(topic, topic);
        self.document.push(at);
        self.sentence.push(place);
        self.stance.push(names.stance(topic, stance, hypothesis, false));
        self.holder.push(names.actor(holder));
        self.source.push(source.map_or(-1, |source| names.actor(source) as i64));
        self.score.push(score);
        self.status.push(status);
    }
}

/// A document's sentences, with the data that the page needs to show paragraphs and convert
/// offsets.
fn article<'d>(
    document: &'d DocumentRecord,
    sentences: &'d [SentenceRecord],
) -> Result<Vec<PageSentence<'d>>, PageError> {
    let text: Vec<char> = document.text.chars().collect();
    let title: Vec<char> = document.title.iter().flat_map(|title| title.chars()).collect();
    let mut end = (Field::Title, 0);
    let mut out = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        let field = match sentence.field {
            Field::Title => &title,
            Field::Text => &text,
        };
        // Offsets edited by hand may be anywhere; outside the text there is nothing to show.
        let slice = |from: usize, to: usize| field.get(from..to).unwrap_or_default();
        let before = match end {
            (field, end) if field == sentence.field => slice(end, sentence.start),
            _ => slice(0, sentence.start),
        };
        let spaces = white_space(&sentence.text, slice(sentence.start, sentence.end));
        let apart = if before.iter().any(|c| !c.is_whitespace()) {
            LEFT_OUT
        } else if before.contains(&'\n') || end.0 != sentence.field {
            NEW
        } else {
            SAME
        };
        end = (sentence.field, sentence.end);
        let entities = sentence.entities.iter().map(|e| {
            Ok(PageEntity(&e.text, serde_json::to_value(e.label)?, e.start, e.end, e.actor.as_deref()))
        });
        out.push(PageSentence(
            &sentence.sentence_id,
            serde_json::to_value(sentence.section)?,
            &sentence.text,
            sentence.start,
            spaces,
            apart,
            entities.collect::<Result<_, PageError>>()?,
            &sentence.claims,
            sentence.review.as_ref(),
            sentence.field,
            sentence.duplicate_of.is_some(),
        ));
    }
    Ok(out)
}

/// The spaces of a sentence's text for which the field has other white space: the space's code
/// point, and the field's white space. Empty if the texts differ otherwise too.
fn white_space(text: &str, field: &[char]) -> Vec<(usize, String)> {
    let (mut out, mut at) = (Vec::new(), 0);
    for (place, c) in text.chars().enumerate() {
        if c.is_whitespace() {
            let run: String = field[at..].iter().take_while(|c| c.is_whitespace()).collect();
            if run.is_empty() {
                return Vec::new();
            }
            at += run.chars().count();
            if run != " " {
                out.push((place, run));
            }
        } else if field.get(at) == Some(&c) {
            at += 1;
        } else {
            return Vec::new();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_of_the_field_is_stored_by_code_points() {
        let field = |text: &str| Vec::from_iter(text.chars());
        let told = |text, raw| white_space(text, &field(raw));
        let runs = [(2, " \n ".to_owned()), (5, "  ".to_owned()), (7, "\u{a0}".to_owned())];
        assert_eq!(told("नि 🇮🇳 b c", "नि \n 🇮🇳  b\u{a0}c"), runs);
        assert!(told("a b", "a b").is_empty());
        assert!(told("a b", "").is_empty());
        assert!(told("a b", "ab  ").is_empty());
    }
}
