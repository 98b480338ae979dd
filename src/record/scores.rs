//! Scores of all sentences of a document, also of those without a record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::schema::SCHEMA;
use crate::extraction::{Analysis, Extraction};
use crate::stance::{Judgement, Topics};
use crate::text::{CodePoints, Field, Span};

/// A line of `scores.jsonl`: what the stance model returned for each sentence of a document,
/// whether or not it became a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoresRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The document's id.
    pub doc_id: String,
    /// All sentences of the article, in order.
    pub sentences: Vec<SentenceScores>,
    /// [`Provenance::id`](super::Provenance::id) in the manifest.
    pub provenance: String,
}

/// The scores of a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentenceScores {
    /// The document's field that offsets refer to.
    pub field: Field,
    /// First code point in the field.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    /// The topics that it was screened or read for, by id.
    pub topics: BTreeMap<String, TopicScores>,
}

/// The scores of a sentence for a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TopicScores {
    /// The sieve's probability that the sentence takes one of the stances, if there is a sieve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sieve: Option<f64>,
    /// The skim's probability, if the sentence passed the sieve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skim: Option<f64>,
    /// The stances, by id; empty if the sentence was not read for the topic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stances: BTreeMap<String, StanceScores>,
}

/// The scores of a stance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StanceScores {
    /// The probability that someone takes it.
    pub entailment: f64,
    /// For each candidate, the probability that the stance is theirs.
    pub holders: BTreeMap<String, f64>,
}

impl ScoresRecord {
    /// The scores of an extraction; `place` gives a sentence's place in its field.
    pub(super) fn new(
        extraction: &Extraction,
        place: impl Fn(&Analysis) -> Span<CodePoints>,
        doc_id: &str,
        topics: &Topics,
        provenance: &str,
    ) -> Self {
        let sentence = |analysis: &Analysis| {
            let Span { start, end, .. } = place(analysis);
            let field = analysis.sentence.field;
            SentenceScores { field, start, end, topics: by_topic(analysis, topics) }
        };
        Self {
            schema: SCHEMA.into(),
            doc_id: doc_id.into(),
            sentences: extraction.sentences.iter().map(sentence).collect(),
            provenance: provenance.into(),
        }
    }
}

fn by_topic(analysis: &Analysis, topics: &Topics) -> BTreeMap<String, TopicScores> {
    let mut found: BTreeMap<String, TopicScores> = BTreeMap::new();
    for screened in &analysis.screened {
        let scores = found.entry(topics.topic(screened.topic).id.clone()).or_default();
        (scores.sieve, scores.skim) = (screened.sieve, screened.skim);
    }
    for Judgement { stance, probabilities, holders, .. } in &analysis.judgements {
        let scores = found.entry(topics.topic(stance.topic).id.clone()).or_default();
        let holders = holders.iter().map(|holder| (holder.actor.to_string(), holder.probability));
        let read = StanceScores { entailment: probabilities.entailment, holders: holders.collect() };
        scores.stances.insert(topics.stance(*stance).id.clone(), read);
    }
    found
}
