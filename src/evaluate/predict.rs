//! Runs the models on labelled data. Only this file of the folder uses models; all others work on
//! plain data.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::entities::EntitySpan;
use super::labels::{Coverage, LabelledArticle, Passage, Side};
use super::rows::nli::NliRow;
use super::rows::passages::LabelledText;
use super::rows::topics::{FurtherStance, FurtherTopic};
use crate::config::{ConfigError, Configuration};
use crate::document::{self, Document, Failure, Kind, Options, Origin, Raw};
use crate::entities::{Mention, TagError, Tagger, TaggerError};
use crate::extraction::{BuildError, Builder, Extraction, Extractor};
use crate::inference::{
    BackendError, DEFAULT_MAX_BATCH_TOKENS, Encoder, Layered, LoadError, Runner, RunnerError, Runtime, Tokens,
};
use crate::models::{ModelError, ModelTask, Registry};
use crate::record::{Filter, RecordError, Records};
use crate::stance::{Codebook, JudgeError, Nli, Probabilities, StanceModelError, TopicModel};
use crate::text::{self, FieldBytes, Offsets, Span};

/// Number of texts that are extracted at once.
const CHUNK: usize = 64;

/// The reason why the models can't predict.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The registry of models can't be read.
    #[error(transparent)]
    Models(#[from] ModelError),
    /// A model can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The inference threads can't be started.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// A model can't be used for inference.
    #[error(transparent)]
    Stance(#[from] StanceModelError),
    /// A model can't be used for tagging.
    #[error(transparent)]
    Tagger(#[from] TaggerError),
    /// Models and topics do not fit together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Topics of the labelled data are invalid.
    #[error(transparent)]
    Topics(#[from] ConfigError),
    /// Topics of the labelled data can't be written as a file of topics.
    #[error("further topics: {0}")]
    Listing(#[from] toml::ser::Error),
    /// The records of a text can't be made.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The tokenizer rejects a pair.
    #[error(transparent)]
    Pair(#[from] JudgeError),
    /// A text can't be tagged.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// A model could not be run.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// The predictions for texts.
#[derive(Debug, Clone, Default)]
pub struct PredictedTexts {
    /// Claims of the texts that could be processed, under the ids of their labels.
    pub articles: Vec<LabelledArticle>,
    /// Failures of the other texts, which count as without a prediction.
    pub failures: Vec<Failure>,
}

/// Models that are evaluated on labelled data.
#[derive(Debug)]
pub struct Predictor {
    models: Option<PathBuf>,
    runtime: Runtime,
    runner: Runner,
}

impl Predictor {
    /// Uses the models of this folder, or the built-in ones, with this many threads.
    ///
    /// # Errors
    /// [`PredictError::Runner`].
    pub fn new(
        models: Option<PathBuf>,
        runtime: Runtime,
        threads: NonZeroUsize,
    ) -> Result<Self, PredictError> {
        Ok(Self { models, runtime, runner: Runner::new(threads, DEFAULT_MAX_BATCH_TOKENS)? })
    }

    fn encoder(&self, task: ModelTask) -> Result<Encoder, PredictError> {
        let registry = Registry::open(self.models.as_deref())?;
        Ok(Encoder::load(&registry, task, &self.runtime)?)
    }

    /// The NLI model's answer for each pair.
    ///
    /// # Errors
    /// [`PredictError`] if the model does not fit the task, a pair is too long for it, or it cannot
    /// be run.
    pub fn nli(&self, rows: &[NliRow]) -> Result<Vec<Probabilities>, PredictError> {
        let registry = Registry::open(self.models.as_deref())?;
        if let Some(layered) = Layered::load(&registry, ModelTask::Nli, &self.runtime)? {
            let model = TopicModel::new(layered)?;
            let pairs = rows.iter().map(|row| (row.premise.as_str(), row.hypothesis.as_str()));
            return Ok(model.infer(&self.runner, &pairs.collect::<Vec<_>>())?);
        }
        let nli = Nli::new(self.encoder(ModelTask::Nli)?)?;
        let pairs = rows.iter().map(|row| nli.pair(&row.premise, &row.hypothesis));
        let pairs = pairs.map(|pair| pair.map(|(tokens, _)| tokens));
        let pairs: Vec<Tokens> = pairs.collect::<Result<_, _>>()?;
        let computed = nli.encoder().logits(&self.runner, &[pairs.iter().collect()])?;
        let logits = computed.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        Ok(logits.iter().map(|logits| nli.probabilities(logits)).collect())
    }

    /// The entities of each text, in code points.
    ///
    /// # Errors
    /// [`PredictError`] if the model does not fit the task or cannot be run.
    pub fn entities(&self, texts: &[&str]) -> Result<Vec<HashSet<EntitySpan>>, PredictError> {
        let tagger = Tagger::new(self.encoder(ModelTask::Ner)?)?;
        let tagged = tagger.tag(&self.runner, &[texts.to_vec()])?;
        let tagged = tagged.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        let spans = texts.iter().zip(&tagged).map(|(text, tagged)| {
            let offsets = Offsets::new(text);
            let span = |span: Span<FieldBytes>| offsets.code_points(span);
            let entity = |m: &Mention| {
                let Span { start, end, .. } = span(Span::new(m.span.range()));
                EntitySpan { start, end, label: m.label }
            };
            tagged.mentions.iter().map(entity).collect()
        });
        Ok(spans.collect())
    }

    /// The claims of each text, which is processed like an article in any language.
    ///
    /// # Errors
    /// [`PredictError`] if the models do not fit the topics or cannot be run.
    pub fn claims(
        &self,
        texts: &[LabelledText],
        configuration: Configuration,
    ) -> Result<PredictedTexts, PredictError> {
        let threads = NonZeroUsize::new(self.runner.threads()).unwrap_or(NonZeroUsize::MIN);
        let builder = Extractor::builder().runtime(self.runtime).threads(threads);
        let builder = self.models.iter().fold(builder, Builder::models);
        claims_of(&builder.configuration(configuration).build()?, texts)
    }
}

/// The claims that an extractor finds in each text, which is processed like an article in any
/// language.
///
/// # Errors
/// [`PredictError`] if the models cannot be run.
pub fn claims_of(extractor: &Extractor, texts: &[LabelledText]) -> Result<PredictedTexts, PredictError> {
    let codebook = extractor.configuration().codebook();
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
                Ok(extraction) => predicted.articles.push(article(text, &extraction, codebook)?),
                Err(failure) => predicted.failures.push(*failure),
            }
        }
    }
    Ok(predicted)
}

/// The configuration with other topics: all are asked about each sentence, with their first
/// wording.
///
/// # Errors
/// [`PredictError::Topics`], which names the topic and the error in it.
pub fn with_topics(
    configuration: Configuration,
    topics: &[FurtherTopic],
) -> Result<Configuration, PredictError> {
    let stance = |stance: &FurtherStance| {
        let hypothesis = stance.hypotheses.first();
        json!({ "id": stance.id, "hypothesis": hypothesis })
    };
    let topic = |topic: &FurtherTopic| {
        let stances: Vec<Value> = topic.stances.iter().map(stance).collect();
        json!({ "id": topic.id, "title": topic.title, "stance": stances })
    };
    let listing = json!({ "topic": topics.iter().map(topic).collect::<Vec<_>>() });
    Ok(configuration.with_topics(&toml::to_string(&listing)?)?)
}

/// The sentences of a text, in code points.
pub fn split(text: &str) -> HashSet<[usize; 2]> {
    let offsets = Offsets::new(text);
    let points = |range| {
        let Span { start, end, .. } = offsets.code_points(Span::new(range));
        [start, end]
    };
    text::split(text).into_iter().map(points).collect()
}

fn document(text: &LabelledText) -> Result<Document, Failure> {
    let raw = Raw {
        origin: Origin { path: text.gold.id.clone(), line: None },
        stem: text.gold.id.clone(),
        kind: Kind::Text,
        bytes: text.text.clone().into_bytes(),
    };
    document::parse(raw, &Options { any_language: true, ..Options::default() })
}

/// Only claims: such texts have no labelled entities.
fn article(
    text: &LabelledText,
    extraction: &Extraction,
    codebook: &Codebook,
) -> Result<LabelledArticle, RecordError> {
    let LabelledArticle { id, text_sha256, .. } = text.gold.clone();
    let records = Records::new(extraction, &id, codebook, Filter::default(), "")?;
    let passages = records.sentences.iter().filter_map(|record| Passage::of_record(record, Side::Model));
    let passages = passages.map(|passage| Passage { entities: Vec::new(), ..passage }).collect();
    Ok(LabelledArticle { id, text_sha256, coverage: Coverage::Whole, passages })
}
