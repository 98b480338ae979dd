//! What the models make of labelled data. All that this folder asks of models stands here; what it
//! measures with are plain data.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use serde_json::{Value, json};

use super::entities::EntitySpan;
use super::labels::{Coverage, LabelledArticle, Passage, Stated};
use super::rows::nli::NliRow;
use super::rows::passages::LabelledText;
use super::rows::topics::{FurtherStance, FurtherTopic};
use crate::config::{Configuration, Topics};
use crate::document::{self, Document, Failure, Kind, Options, Origin, Raw};
use crate::engine::{DEFAULT_BUDGET, EngineError, Tokens, Workers};
use crate::entities::Tagger;
use crate::extract::{Extraction, Extractor, Models};
use crate::record::Offsets;
use crate::stance::{Judge, Pair, Probabilities};
use crate::text;

/// How many texts are extracted at once.
const CHUNK: usize = 64;

/// Score from which a claim on a further topic counts, and from which it is kept.
const THRESHOLD: f64 = 0.5;
const FLOOR: f64 = 0.35;

/// Why the models predict nothing.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// A model, a topic or a row does not fit the others.
    #[error("{0}")]
    Unfit(String),
    /// The model could not be run.
    #[error(transparent)]
    Run(#[from] EngineError),
}

/// What came of texts.
#[derive(Debug, Clone, Default)]
pub struct PredictedTexts {
    /// Claims of those that could be read, under the ids of their labels.
    pub articles: Vec<LabelledArticle>,
    /// The others, which count as without a prediction.
    pub failures: Vec<Failure>,
}

/// Loaded models, to be held against labels.
pub struct Predictor<'m> {
    models: &'m Models,
    workers: Workers,
}

impl<'m> Predictor<'m> {
    /// Runs the models on so many threads.
    pub fn new(models: &'m Models, threads: NonZeroUsize) -> Self {
        Self { models, workers: Workers::new(threads, DEFAULT_BUDGET) }
    }

    /// What the NLI model says of each pair.
    ///
    /// # Errors
    /// [`PredictError`] if the model does not fit, a pair is too long for it, or it cannot be run.
    pub fn nli(&self, rows: &[NliRow]) -> Result<Vec<Probabilities>, PredictError> {
        let judge = Judge::new(&self.models.nli).map_err(unfit)?;
        let pairs = rows.iter().map(|row| judge.pair(&row.premise, &row.hypothesis, &[]));
        let pairs: Vec<Pair> = pairs.collect::<Result<_, _>>().map_err(unfit)?;
        let tokens: Vec<&Tokens> = pairs.iter().map(|pair| &pair.tokens).collect();
        let logits = self.workers.run(self.models.nli.engine.as_ref(), &tokens)?;
        Ok(pairs.iter().zip(&logits).map(|(pair, row)| judge.answer(pair, row).probabilities).collect())
    }

    /// The entities of each text, in code points.
    ///
    /// # Errors
    /// [`PredictError`] if the model does not fit or cannot be run.
    pub fn entities(&self, texts: &[&str]) -> Result<Vec<HashSet<EntitySpan>>, PredictError> {
        let tagger = Tagger::new(&self.models.ner).map_err(unfit)?;
        let windows = texts.iter().map(|text| tagger.windows(text));
        let windows = windows.collect::<Result<Vec<_>, _>>().map_err(unfit)?;
        let tokens: Vec<&Tokens> = windows.iter().flatten().map(|window| &window.tokens).collect();
        let mut logits = self.workers.run(self.models.ner.engine.as_ref(), &tokens)?.into_iter();
        let spans = texts.iter().zip(&windows).map(|(text, windows)| {
            let offsets = Offsets::new(text);
            let tagged = windows.iter().zip(logits.by_ref());
            let mentions = tagged.flat_map(|(window, row)| tagger.mentions(window, &row));
            mentions
                .map(|m| EntitySpan {
                    start: offsets.code_points(m.range.start),
                    end: offsets.code_points(m.range.end),
                    label: m.label,
                })
                .collect()
        });
        Ok(spans.collect())
    }

    /// The claims of each text, read like an article in any language.
    ///
    /// # Errors
    /// [`PredictError`] if the models do not fit the topics or cannot be run.
    pub fn claims(
        &self,
        texts: &[LabelledText],
        configuration: &Configuration,
    ) -> Result<PredictedTexts, PredictError> {
        let extractor = Extractor::new(self.models, configuration, self.workers).map_err(unfit)?;
        let mut predicted = PredictedTexts::default();
        for chunk in texts.chunks(CHUNK) {
            let (mut labelled, mut documents) = (Vec::new(), Vec::new());
            for text in chunk {
                match document(text) {
                    Ok(document) => {
                        labelled.push(text);
                        documents.push(document);
                    }
                    Err(failure) => predicted.failures.push(failure),
                }
            }
            for (text, extraction) in labelled.into_iter().zip(extractor.extract(documents)?) {
                match extraction {
                    Ok(extraction) => predicted.articles.push(article(text, &extraction)),
                    Err(failure) => predicted.failures.push(*failure),
                }
            }
        }
        Ok(predicted)
    }
}

/// The configuration with other topics: all asked of each sentence, by their first wording.
///
/// # Errors
/// [`PredictError::Unfit`] naming the topic and what is wrong with it.
pub fn with_topics(
    configuration: Configuration,
    topics: &[FurtherTopic],
) -> Result<Configuration, PredictError> {
    let stance = |stance: &FurtherStance| {
        let hypothesis = stance.hypotheses.first();
        json!({ "id": stance.id, "hypothesis": hypothesis, "threshold": THRESHOLD, "floor": FLOOR })
    };
    let topic = |topic: &FurtherTopic| {
        let stances: Vec<Value> = topic.stances.iter().map(stance).collect();
        json!({ "id": topic.id, "title": topic.title, "stance": stances })
    };
    let listing = json!({ "topic": topics.iter().map(topic).collect::<Vec<_>>() });
    let text = toml::to_string(&listing).map_err(unfit)?;
    let topics = Topics::from_toml(&text).map_err(unfit)?;
    Ok(Configuration { topics, ..configuration })
}

/// The sentences of a text, in code points.
pub fn split(text: &str) -> HashSet<[usize; 2]> {
    let offsets = Offsets::new(text);
    text::split(text).into_iter().map(|r| [r.start, r.end].map(|at| offsets.code_points(at))).collect()
}

fn unfit(reason: impl ToString) -> PredictError {
    PredictError::Unfit(reason.to_string())
}

fn document(text: &LabelledText) -> Result<Document, Failure> {
    let raw = Raw {
        origin: Origin { path: text.gold.id.clone(), line: None },
        stem: text.gold.id.clone(),
        kind: Kind::Text,
        bytes: text.text.clone().into_bytes(),
    };
    document::parse(raw, &Options { any_language: true })
}

/// Claims alone: such texts have no labelled entities.
fn article(text: &LabelledText, extraction: &Extraction) -> LabelledArticle {
    let passages = extraction.sentences.iter().map(|analysis| {
        let range = extraction.code_points(&analysis.sentence);
        Passage {
            field: analysis.sentence.field,
            start: range.start,
            end: range.end,
            text: analysis.text.clone(),
            boilerplate: false,
            entities: Vec::new(),
            claims: analysis.claims.iter().map(Stated::from).collect(),
            ambiguous: Vec::new(),
        }
    });
    let LabelledArticle { id, text_sha256, .. } = text.gold.clone();
    LabelledArticle { id, text_sha256, coverage: Coverage::Whole, passages: passages.collect() }
}
