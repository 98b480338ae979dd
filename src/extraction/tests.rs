//! A failure in one document does not affect the others.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::Extractor;
use crate::document::{self, Document, Kind, Options, Origin, Raw, Stage};
use crate::entities::Tagger;
use crate::inference::{Backend, BackendError, Encoder, Layered, Outputs, Runtime, Sequence};
use crate::models::{ModelTask, Registry};
use crate::stance::TopicModel;

/// A backend that fails or panics on sequences longer than this.
struct Fragile<I> {
    inner: Arc<dyn Backend<I>>,
    longest: usize,
    panics: bool,
}

impl<I: Sequence> Backend<I> for Fragile<I> {
    fn run(&self, batch: &[&I]) -> Result<Vec<Outputs>, BackendError> {
        let fails = batch.iter().any(|sequence| sequence.tokens() > self.longest);
        assert!(!(fails && self.panics), "planted panic");
        if fails {
            return Err(BackendError::Run("too long".into()));
        }
        self.inner.run(batch)
    }
}

fn document(text: &str) -> Document {
    let origin = Origin { path: "note".into(), line: None };
    let raw = Raw { origin, stem: "note".into(), kind: Kind::Text, bytes: text.into() };
    document::parse(raw, &Options { any_language: true, ..Options::default() }).expect("a document")
}

/// An extractor whose entity model, and whose lower and upper layers of the stance model, fail on
/// sequences longer than these.
fn extractor([ner, lower, upper]: [usize; 3], panics: bool) -> Extractor {
    let registry = Registry::open(None).expect("built in");
    let tagger = Encoder::load(&registry, ModelTask::Ner, &Runtime::default()).expect("loads");
    let tagger = tagger.with_backend("own", |inner| Arc::new(Fragile { inner, longest: ner, panics }));
    let layered = Layered::load(&registry, ModelTask::Nli, &Runtime::default());
    let layered = layered.expect("loads").expect("two graphs");
    let layered = layered.with_backends(
        "own",
        |inner| Arc::new(Fragile { inner, longest: lower, panics }),
        |inner| Arc::new(Fragile { inner, longest: upper, panics }),
    );
    Extractor::builder()
        .tagger(Tagger::new(tagger).expect("tags"))
        .stance_model(Box::new(TopicModel::new(layered).expect("judges")))
        .threads(NonZeroUsize::MIN)
        .build()
        .expect("builds")
}

const SHORT: &str = "Islamabad said that Delhi had rejected any mediation.";

/// Stage and reason of each document's failure, `None` for documents without one.
fn failures(extractor: &Extractor, texts: &[&str]) -> Result<Vec<Option<(Stage, String)>>, BackendError> {
    let documents = texts.iter().map(|text| document(text)).collect();
    let found = extractor.extract(documents)?.into_iter();
    Ok(found.map(|one| one.err().map(|failure| (failure.stage, failure.reason))).collect())
}

#[test]
fn a_sequence_that_a_backend_fails_on_is_its_documents_failure() {
    let long = format!("Islamabad said{} that Delhi had rejected any mediation.", " on Sunday".repeat(20));
    for panics in [false, true] {
        for (longest, stage) in [
            ([40, 500, 500], Stage::Entities),
            ([500, 40, 500], Stage::Stance),
            ([500, 500, 95], Stage::Stance),
        ] {
            let found = failures(&extractor(longest, panics), &[&long, SHORT]).expect("not broken");
            let (found_stage, reason) = found[0].as_ref().expect("fails");
            let told = if panics { "planted panic" } else { "too long" };
            assert!(*found_stage == stage && reason.contains(told), "{found:?}");
            assert_eq!(found[1], None);
        }
    }
}

#[test]
fn a_backend_that_fails_on_anything_is_an_error() {
    for panics in [false, true] {
        for longest in [[0, 500, 500], [500, 0, 500], [500, 500, 0]] {
            assert!(failures(&extractor(longest, panics), &[SHORT]).is_err());
        }
    }
}

#[test]
fn a_panic_in_any_step_is_its_documents_failure_with_the_step_and_the_message() {
    let extractor = extractor([500; 3], false);
    for (step, stage) in [
        ("text", Stage::Text),
        ("entities", Stage::Entities),
        ("tags", Stage::Entities),
        ("stance", Stage::Stance),
        ("question", Stage::Stance),
        ("judgement", Stage::Stance),
        ("decision", Stage::Stance),
    ] {
        let planted = format!("{SHORT} Delhi saw a panic in {step} and rejected mediation.");
        let found = failures(&extractor, &[SHORT, &planted, SHORT]).expect("not broken");
        assert_eq!((&found[0], &found[2]), (&None, &None), "{step}");
        let (found_stage, reason) = found[1].as_ref().expect(step);
        assert_eq!(*found_stage, stage, "{step}");
        assert!(reason.contains(&format!("planted in {step}")), "{reason}");
    }
}
