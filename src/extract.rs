//! The stages in a row: documents in, their sentences with entities and claims out.
//!
//! Work on text runs on rayon's threads, document by document; the models run between, on
//! batches formed across all documents of the call.

use std::ops::Range;

use rayon::prelude::*;

use crate::config::Configuration;
use crate::document::{Document, Failure, Stage};
use crate::engine::{Engine, EngineError, Tokens, Workers};
use crate::entities::{Mention, Tagger, Window};
use crate::models::{Catalogue, Model, ModelError, Runtime, Task};
use crate::numeric::rounded;
use crate::stance::{self, Answer, Claim, Judge, Pair, Question, Reading, Relevance, Verdict};
use crate::text::{self, Field, Offsets, Sentence, Span};

/// The loaded models.
pub struct Models {
    /// Token classification.
    pub ner: Model,
    /// Natural language inference.
    pub nli: Model,
}

impl Models {
    /// Loads the catalogue's model of each task.
    ///
    /// # Errors
    /// [`ModelError`] naming the file that is missing, altered or unfit.
    pub fn load(catalogue: &Catalogue, runtime: &Runtime) -> Result<Self, ModelError> {
        let (ner, nli) = rayon::join(
            || Model::load(catalogue, Task::Ner, runtime),
            || Model::load(catalogue, Task::Nli, runtime),
        );
        Ok(Self { ner: ner?, nli: nli? })
    }
}

/// A sentence and all that was found out about it.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Where it stands.
    pub sentence: Sentence,
    /// Its text, white space made single.
    pub text: String,
    /// Its entities, in bytes of the untouched sentence.
    pub mentions: Vec<Mention>,
    /// Topics that the entity model knows, with the probability that the sentence touches them.
    pub relevance: Relevance,
    /// Who is named here and before, which topics pass the gate.
    pub reading: Reading,
    /// What was asked of the NLI model.
    pub questions: Vec<Question>,
    /// What it said to each question.
    pub answers: Vec<Answer>,
    /// The claims that came of it.
    pub claims: Vec<Claim>,
}

/// A document and its sentences.
#[derive(Debug, Clone)]
pub struct Extraction {
    /// The document.
    pub document: Document,
    /// Bytes of its text that are no article text.
    pub boilerplate: Vec<Range<usize>>,
    /// Its sentences in order.
    pub sentences: Vec<Analysis>,
}

impl Extraction {
    /// The code points of its field that a sentence spans.
    pub fn code_points(&self, sentence: &Sentence) -> Range<usize> {
        let offsets = Offsets::new(self.field(sentence.field));
        offsets.code_points(Span::new(sentence.range.clone())).range()
    }

    /// The text that a sentence's range counts in.
    pub fn field(&self, field: Field) -> &str {
        field_of(&self.document, field)
    }
}

fn field_of(document: &Document, field: Field) -> &str {
    match field {
        Field::Title => document.title.as_deref().unwrap_or(""),
        Field::Text => &document.text,
    }
}

/// Runs the stages.
pub struct Extractor<'m> {
    configuration: &'m Configuration,
    tagger: Tagger<'m>,
    judge: Judge<'m>,
    models: &'m Models,
    workers: Workers,
}

/// What to ask next of a sentence, from what was answered.
type Round = fn(&Reading, &[Verdict<'_>], &Configuration) -> Vec<Question>;

/// A document between two stages; its failure, once it has one.
struct Draft {
    extraction: Extraction,
    windows: Vec<Vec<Window>>,
    failure: Option<Box<Failure>>,
}

impl Draft {
    /// Notes the first failure; nothing more is asked of the document.
    fn fail(&mut self, stage: Stage, reason: String) {
        self.extraction.sentences.clear();
        let document = &self.extraction.document;
        self.failure.get_or_insert_with(|| {
            Box::new(Failure {
                origin: document.origin.clone(),
                stage,
                reason,
                input_sha256: Some(document.sha256.clone()),
            })
        });
    }
}

impl<'m> Extractor<'m> {
    /// Binds models and configuration.
    ///
    /// # Errors
    /// A model whose labels do not fit its task, or a hypothesis that does not fit the model.
    pub fn new(
        models: &'m Models,
        configuration: &'m Configuration,
        workers: Workers,
    ) -> Result<Self, String> {
        let tagger = Tagger::new(&models.ner)?;
        let judge = Judge::new(&models.nli)?;
        for hypothesis in stance::longest(configuration) {
            judge.check(&hypothesis)?;
        }
        for actor in &configuration.actors.all {
            judge.pair("", "", std::slice::from_ref(&actor.name))?;
        }
        Ok(Self { configuration, tagger, judge, models, workers })
    }

    /// Extracts all documents, in their order.
    ///
    /// # Errors
    /// [`EngineError`] if an engine fails; what is wrong with one document is that document's
    /// [`Failure`] and leaves the others alone.
    pub fn extract(
        &self,
        documents: Vec<Document>,
    ) -> Result<Vec<Result<Extraction, Box<Failure>>>, EngineError> {
        let mut drafts: Vec<Draft> = documents.into_par_iter().map(|d| self.segment(d)).collect();
        self.tag(&mut drafts)?;
        drafts.par_iter_mut().for_each(|draft| self.read(draft));
        for round in [stance::stances, stance::holders, stance::sources] {
            self.ask(&mut drafts, round)?;
        }
        drafts.par_iter_mut().for_each(|draft| self.decide(draft));
        Ok(drafts
            .into_iter()
            .map(|draft| match draft.failure {
                Some(failure) => Err(failure),
                None => Ok(draft.extraction),
            })
            .collect())
    }

    fn segment(&self, document: Document) -> Draft {
        let found = text::segment(document.title.as_deref(), &document.text, &self.configuration.boilerplate);
        let sentences: Vec<Analysis> = found
            .sentences
            .into_iter()
            .map(|sentence| {
                let text = single_spaced(slice(&document, &sentence));
                let reading = Reading::default();
                Analysis {
                    sentence,
                    text,
                    mentions: vec![],
                    relevance: Relevance::default(),
                    reading,
                    questions: vec![],
                    answers: vec![],
                    claims: vec![],
                }
            })
            .collect();
        let windows: Result<Vec<_>, _> =
            sentences.iter().map(|a| self.tagger.windows(slice(&document, &a.sentence))).collect();
        let empty = sentences.is_empty();
        let extraction = Extraction { document, boilerplate: found.boilerplate, sentences };
        let mut draft = Draft { extraction, windows: Vec::new(), failure: None };
        match windows {
            _ if empty => draft.fail(Stage::Text, "no sentence is left once boilerplate is dropped".into()),
            Ok(windows) => draft.windows = windows,
            Err(reason) => draft.fail(Stage::Entities, reason),
        }
        draft
    }

    fn tag(&self, drafts: &mut [Draft]) -> Result<(), EngineError> {
        let tokens: Vec<Vec<&Tokens>> =
            drafts.iter().map(|d| d.windows.iter().flatten().map(|w| &w.tokens).collect()).collect();
        let simple = || self.tagger.windows("a").unwrap_or_default().pop().map(|w| w.tokens);
        let computed = compute(&self.workers, self.models.ner.engine.as_ref(), &tokens, simple)?;
        for (draft, logits) in drafts.iter_mut().zip(computed) {
            match logits {
                Ok(logits) => self.name(draft, logits),
                Err(error) => draft.fail(Stage::Entities, error.to_string()),
            }
        }
        Ok(())
    }

    /// Notes the mentions and topics of a document's windows.
    fn name(&self, draft: &mut Draft, logits: Vec<Vec<f32>>) {
        let mut logits = logits.into_iter();
        for (analysis, windows) in draft.extraction.sentences.iter_mut().zip(&draft.windows) {
            for window in windows {
                let row = logits.next().unwrap_or_default();
                analysis.mentions.extend(self.tagger.mentions(window, &row));
                for (topic, p) in self.tagger.relevance(&row) {
                    let known = analysis.relevance.entry(topic.to_owned()).or_default();
                    *known = rounded(p).max(*known);
                }
            }
        }
    }

    fn read(&self, draft: &mut Draft) {
        let analyses = &mut draft.extraction.sentences;
        let read: Vec<(&str, &Relevance)> =
            analyses.iter().map(|a| (a.text.as_str(), &a.relevance)).collect();
        let readings = stance::read(&read, self.configuration);
        for (analysis, reading) in analyses.iter_mut().zip(readings) {
            analysis.reading = reading;
        }
    }

    /// One round of questions over all sentences.
    fn ask(&self, drafts: &mut [Draft], round: Round) -> Result<(), EngineError> {
        let asked: Vec<Result<Vec<Pair>, String>> =
            drafts.par_iter_mut().map(|draft| self.questions(draft, round)).collect();
        let noted = drafts.iter_mut().zip(asked).map(|(draft, pairs)| {
            pairs.unwrap_or_else(|reason| {
                draft.fail(Stage::Stance, reason);
                Vec::new()
            })
        });
        let asked: Vec<Vec<Pair>> = noted.collect();
        let tokens: Vec<Vec<&Tokens>> =
            asked.iter().map(|pairs| pairs.iter().map(|pair| &pair.tokens).collect()).collect();
        let simple = || self.judge.pair("a", "b", &[]).ok().map(|pair| pair.tokens);
        let computed = compute(&self.workers, self.models.nli.engine.as_ref(), &tokens, simple)?;
        for ((draft, pairs), logits) in drafts.iter_mut().zip(&asked).zip(computed) {
            match logits {
                Ok(logits) => self.answer(draft, pairs, logits),
                Err(error) => draft.fail(Stage::Stance, error.to_string()),
            }
        }
        Ok(())
    }

    /// Notes the answers to a document's questions that have none yet.
    fn answer(&self, draft: &mut Draft, pairs: &[Pair], logits: Vec<Vec<f32>>) {
        let mut answered = pairs.iter().zip(logits);
        for analysis in &mut draft.extraction.sentences {
            let open = analysis.questions.len() - analysis.answers.len();
            let rows = answered.by_ref().take(open);
            analysis.answers.extend(rows.map(|(pair, row)| self.judge.answer(pair, &row)));
        }
    }

    /// Writes a round's questions down; their pairs, in the order of the sentences.
    fn questions(&self, draft: &mut Draft, round: Round) -> Result<Vec<Pair>, String> {
        let mut pairs = Vec::new();
        for analysis in &mut draft.extraction.sentences {
            let verdicts = stance::verdicts(&analysis.questions, &analysis.answers);
            let questions = round(&analysis.reading, &verdicts, self.configuration);
            let Reading { premise, candidates, .. } = &analysis.reading;
            for question in &questions {
                pairs.push(self.judge.pair(premise, &question.hypothesis, candidates)?);
            }
            analysis.questions.extend(questions);
        }
        Ok(pairs)
    }

    fn decide(&self, draft: &mut Draft) {
        for analysis in &mut draft.extraction.sentences {
            let verdicts = stance::verdicts(&analysis.questions, &analysis.answers);
            analysis.claims = stance::claims(&analysis.reading, &verdicts, self.configuration);
        }
    }
}

/// Logits of a document's sequences, or what the engine says of them.
type Computed = Result<Vec<Vec<f32>>, EngineError>;

/// Runs all documents' sequences, and where that fails each document's own.
///
/// # Errors
/// [`EngineError`] if the engine fails on a `simple` sequence too: then it is broken, and not a document.
fn compute(
    workers: &Workers,
    engine: &dyn Engine,
    documents: &[Vec<&Tokens>],
    simple: impl FnOnce() -> Option<Tokens>,
) -> Result<Vec<Computed>, EngineError> {
    match workers.run(engine, &documents.concat()) {
        Ok(logits) => {
            let mut logits = logits.into_iter();
            Ok(documents.iter().map(|own| Ok(logits.by_ref().take(own.len()).collect())).collect())
        }
        Err(error) => {
            let alone = documents.iter().map(|own| workers.run(engine, own)).collect();
            match simple().map(|tokens| engine.run(&[&tokens])) {
                Some(Ok(_)) => Ok(alone),
                _ => Err(error),
            }
        }
    }
}

fn slice<'d>(document: &'d Document, sentence: &Sentence) -> &'d str {
    field_of(document, sentence.field).get(sentence.range.clone()).unwrap_or("")
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::config::ConfigFiles;
    use crate::document::{self, Kind, Options, Origin, Raw};
    use crate::engine::DEFAULT_BUDGET;

    /// An engine that fails on a longer sequence than this.
    struct Fragile(Box<dyn Engine>, usize);

    impl Engine for Fragile {
        fn run(&self, batch: &[&Tokens]) -> Result<Vec<Vec<f32>>, EngineError> {
            match batch.iter().any(|tokens| tokens.len() > self.1) {
                true => Err(EngineError::Run("too long".into())),
                false => self.0.run(batch),
            }
        }
    }

    fn document(text: &str) -> Document {
        let origin = Origin { path: "note".into(), line: None };
        let raw = Raw { origin, stem: "note".into(), kind: Kind::Text, bytes: text.into() };
        document::parse(raw, &Options::default()).expect("a document")
    }

    /// Stages of the failures of a short and a long document.
    fn failures(ner: usize, nli: usize) -> Result<Vec<Option<Stage>>, EngineError> {
        let configuration = Configuration::load(&ConfigFiles::default()).expect("built in");
        let catalogue = Catalogue::open(None).expect("built in");
        let Models { ner: mut tagger, nli: mut judge } =
            Models::load(&catalogue, &Runtime::default()).expect("built in");
        tagger.engine = Box::new(Fragile(tagger.engine, ner));
        judge.engine = Box::new(Fragile(judge.engine, nli));
        let models = Models { ner: tagger, nli: judge };
        let workers = Workers::new(NonZeroUsize::MIN, DEFAULT_BUDGET);
        let extractor = Extractor::new(&models, &configuration, workers).expect("fits");
        let short = "Islamabad said that Delhi had rejected any mediation.";
        let long =
            format!("Islamabad said{} that Delhi had rejected any mediation.", " on Sunday".repeat(20));
        let found = extractor.extract(vec![document(&long), document(short)])?;
        Ok(found.into_iter().map(|one| one.err().map(|failure| failure.stage)).collect())
    }

    #[test]
    fn a_sequence_that_the_engine_fails_on_is_its_documents_failure() {
        assert_eq!(failures(40, 500).ok(), Some(vec![Some(Stage::Entities), None]));
        assert_eq!(failures(500, 60).ok(), Some(vec![Some(Stage::Stance), None]));
    }

    #[test]
    fn an_engine_that_fails_on_anything_is_an_error() {
        assert!(failures(0, 500).is_err() && failures(500, 0).is_err());
    }
}
