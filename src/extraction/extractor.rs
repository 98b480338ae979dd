//! Runs the stages over documents.
//!
//! Text is processed on rayon's threads, one document at a time. In between, the models run on
//! batches of sentences of all documents of the call. A failure in one document, including a panic,
//! is that document's failure.

use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;

use super::types::{Analysis, Extraction};
use crate::config::Configuration;
use crate::document::{Document, Failure, Origin, Stage};
use crate::entities::{Tagged, Tagger};
use crate::inference::{BackendError, DEFAULT_MAX_BATCH_TOKENS, Encoder, Runner};
use crate::isolation::{fail_point, isolated};
use crate::observe::{Observer, step};
use crate::stance::{Codebook, Context, JudgeError, Judged, StanceModel, TaggedText, contexts, decide};
use crate::text::{Article, Normalized};

/// Runs all stages. It owns its models and threads; clones share them.
#[derive(Clone)]
pub struct Extractor(Arc<Parts>);

struct Parts {
    configuration: Configuration,
    tagger: Tagger,
    stance: Box<dyn StanceModel>,
    runner: Runner,
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models = self.encoders().map(|encoder| encoder.entry().name.as_str());
        let models: Vec<&str> = models.collect();
        f.debug_struct("Extractor").field("models", &models).field("runner", &self.0.runner).finish()
    }
}

/// How many documents to pass to an extractor at once: enough for full batches, few enough to limit
/// memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLimits {
    /// Number of documents.
    pub documents: usize,
    /// Their size in bytes.
    pub bytes: usize,
}

/// A document between two stages, or its failure.
type Attempt<T> = Result<T, StageFailure>;

/// The stage in which a document failed, and the reason.
struct StageFailure {
    stage: Stage,
    reason: String,
}

impl StageFailure {
    fn internal(stage: Stage, message: impl fmt::Display) -> Self {
        Self { stage, reason: format!("internal error: {message}") }
    }
}

impl From<Failure> for StageFailure {
    fn from(Failure { stage, reason, .. }: Failure) -> Self {
        Self { stage, reason }
    }
}

/// The parts of a document that its failure needs.
struct DocumentRef {
    origin: Origin,
    sha256: String,
}

impl DocumentRef {
    fn failure(self, StageFailure { stage, reason }: StageFailure) -> Box<Failure> {
        let Self { origin, sha256 } = self;
        Box::new(Failure { origin, stage, reason, input_sha256: Some(sha256) })
    }
}

impl Extractor {
    pub(super) fn new(
        configuration: Configuration,
        tagger: Tagger,
        stance: Box<dyn StanceModel>,
        runner: Runner,
    ) -> Self {
        Self(Arc::new(Parts { configuration, tagger, stance, runner }))
    }

    /// The configuration that it was built with.
    pub fn configuration(&self) -> &Configuration {
        &self.0.configuration
    }

    /// The model that finds entities.
    pub fn tagger(&self) -> &Tagger {
        &self.0.tagger
    }

    /// The model that judges stances.
    pub fn stance_model(&self) -> &dyn StanceModel {
        self.0.stance.as_ref()
    }

    /// The threads that the models run on.
    pub fn runner(&self) -> &Runner {
        &self.0.runner
    }

    /// All models, the entity model first.
    pub fn encoders(&self) -> impl Iterator<Item = &Encoder> {
        [self.0.tagger.encoder()].into_iter().chain(self.0.stance.encoders())
    }

    /// How many documents to pass at once; grows with the models' batches.
    pub fn chunk_limits(&self) -> ChunkLimits {
        let batches = self.encoders().map(|model| self.0.runner.max_batch_tokens(model.backend()));
        let largest = batches.max().unwrap_or(DEFAULT_MAX_BATCH_TOKENS);
        let times = largest.div_ceil(DEFAULT_MAX_BATCH_TOKENS).clamp(1, 64);
        ChunkLimits { documents: 16 * times, bytes: times * (256 << 10) }
    }

    /// Extracts all documents, in order. The result for a document does not depend on the others.
    ///
    /// # Errors
    /// [`BackendError`] if a model is broken. An error in one document is that document's
    /// [`Failure`].
    pub fn extract(
        &self,
        documents: Vec<Document>,
    ) -> Result<Vec<Result<Extraction, Box<Failure>>>, BackendError> {
        self.extract_observed(documents, &())
    }

    /// Like [`Extractor::extract`]; also reports the time of each stage to `observer`.
    ///
    /// # Errors
    /// Like [`Extractor::extract`].
    pub fn extract_observed(
        &self,
        documents: Vec<Document>,
        observer: &dyn Observer,
    ) -> Result<Vec<Result<Extraction, Box<Failure>>>, BackendError> {
        let Parts { configuration, tagger, runner, .. } = &*self.0;
        let codebook = configuration.codebook();
        let source = |d: &Document| DocumentRef { origin: d.origin.clone(), sha256: d.sha256.clone() };
        let sources: Vec<DocumentRef> = documents.iter().map(source).collect();

        let articles = step(observer, Stage::Text, || {
            let documents = documents.into_iter().map(Ok).collect();
            each(Stage::Text, documents, |document| Ok(Article::of(document, configuration.boilerplate())?))
        });
        let tagged = step(observer, Stage::Entities, || {
            let sentences: Vec<Vec<&str>> = articles
                .iter()
                .map(|article| match article {
                    Ok(article) => article.sentences.iter().map(|s| article.raw(s)).collect(),
                    Err(_) => Vec::new(),
                })
                .collect();
            tagger.tag(runner, &sentences)
        })?;
        let tagged = joined(Stage::Entities, articles, tagged);
        let judged = step(observer, Stage::Stance, || {
            let read = each(Stage::Stance, tagged, |(article, tagged): (Article, Vec<Tagged>)| {
                fail_point("stance", || &article.document.text);
                let contexts = contexts_of(&article, &tagged, codebook);
                Ok((article, tagged, contexts))
            });
            let contexts: Vec<&[Context]> = read
                .iter()
                .map(|document| match document {
                    Ok((_, _, contexts)) => contexts.as_slice(),
                    Err(_) => &[],
                })
                .collect();
            let judged = self.judge(&contexts)?;
            let judged = joined(Stage::Stance, read, judged);
            Ok::<_, BackendError>(each(Stage::Stance, judged, |((article, tagged, contexts), judged)| {
                self.decide(article, tagged, contexts, judged)
            }))
        })?;
        let finish = |(source, done): (DocumentRef, Attempt<Extraction>)| {
            done.map_err(|broken| source.failure(broken))
        };
        Ok(sources.into_iter().zip(judged).map(finish).collect())
    }

    /// Judges all documents. If that panics, judges each by itself, so that only those that panic
    /// fail.
    fn judge(&self, documents: &[&[Context]]) -> Result<Vec<Result<Judged, JudgeError>>, BackendError> {
        let Parts { configuration, stance, runner, .. } = &*self.0;
        let judge =
            |documents: &[&[Context]]| isolated(|| stance.judge(runner, configuration.codebook(), documents));
        if let Ok(judged) = judge(documents) {
            return judged;
        }
        let alone = |document: &&[Context]| match judge(&[document]) {
            Ok(judged) => {
                Ok(judged?.pop().unwrap_or_else(|| Err(JudgeError::Panicked("no judgement".into()))))
            }
            Err(message) => Ok(Err(JudgeError::Panicked(message))),
        };
        documents.iter().map(alone).collect()
    }

    fn decide(
        &self,
        article: Article,
        tagged: Vec<Tagged>,
        contexts: Vec<Context>,
        judged: Judged,
    ) -> Result<Extraction, StageFailure> {
        fail_point("decision", || &article.document.text);
        let Article { document, boilerplate, sentences } = article;
        let Judged { sentences: judgements, screened, truncated, pairs } = judged;
        let lengths = [tagged.len(), contexts.len(), judgements.len(), screened.len(), truncated.len()];
        if lengths.iter().any(|length| *length != sentences.len()) {
            let expected = sentences.len();
            let message = format!("stages returned {lengths:?} results for {expected} sentences");
            return Err(StageFailure::internal(Stage::Stance, message));
        }
        let codebook = &self.0.configuration.codebook();
        let judged = judgements.into_iter().zip(screened).zip(truncated);
        let all = sentences.into_iter().zip(tagged).zip(contexts).zip(judged);
        let sentences = all.map(|(((sentence, tagged), context), ((judgements, screened), truncated))| {
            let claims = decide(&context, &judgements, codebook);
            let truncated = truncated || context.is_cut();
            Analysis { sentence, tagged, context, screened, truncated, judgements, claims }
        });
        Ok(Extraction { document, boilerplate, sentences: sentences.collect(), pairs })
    }
}

/// The contexts of an article's sentences.
fn contexts_of(article: &Article, tagged: &[Tagged], codebook: &Codebook) -> Vec<Context> {
    let entities: Vec<Vec<_>> = article
        .sentences
        .iter()
        .zip(tagged)
        .map(|(sentence, tagged)| {
            let words = Normalized::new(article.raw(sentence));
            tagged.mentions.iter().map(|mention| (words.of_raw(mention.span), mention.label)).collect()
        })
        .collect();
    let all = article.sentences.iter().zip(tagged).zip(&entities);
    let texts = all.map(|((sentence, tagged), entities)| TaggedText {
        text: &sentence.text,
        entities,
        relevance: &tagged.relevance,
    });
    contexts(&texts.collect::<Vec<_>>(), codebook)
}

/// Runs `work` for each document that has not failed yet. A panic is the failure of its document.
fn each<T: Send, U: Send>(
    stage: Stage,
    documents: Vec<Attempt<T>>,
    work: impl Fn(T) -> Result<U, StageFailure> + Sync,
) -> Vec<Attempt<U>> {
    let one = |document: Attempt<T>| {
        let document = document?;
        isolated(|| work(document)).unwrap_or_else(|message| Err(StageFailure::internal(stage, message)))
    };
    documents.into_par_iter().map(one).collect()
}

/// Pairs each document with the result of a stage.
fn joined<T, U, E: fmt::Display>(
    stage: Stage,
    documents: Vec<Attempt<T>>,
    found: Vec<Result<U, E>>,
) -> Vec<Attempt<(T, U)>> {
    let mut found = found.into_iter();
    let both = documents.into_iter().map(|document| {
        let found = found.next();
        let document = document?;
        match found {
            Some(Ok(found)) => Ok((document, found)),
            Some(Err(error)) => Err(StageFailure { stage, reason: error.to_string() }),
            None => Err(StageFailure::internal(stage, "the stage gives nothing for the document")),
        }
    });
    both.collect()
}
