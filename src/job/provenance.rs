//! The provenance of a job's records.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::Options;
use crate::extraction::Extractor;
use crate::inference::Encoder;
use crate::record::{Filter, ModelRecord, Provenance};

/// The provenance of an extractor's records: its models, its configuration and these options. It is
/// computed, so that it always matches.
pub fn provenance(extractor: &Extractor, options: &Options, filter: &Filter) -> Provenance {
    let options = BTreeMap::from([
        ("any_language".to_owned(), Value::from(options.any_language)),
        ("claims_only".to_owned(), Value::from(filter.claims_only)),
        ("min_score".to_owned(), Value::from(filter.min_score)),
        ("stance_model".to_owned(), Value::from(extractor.stance_model().name())),
    ]);
    let models = extractor.encoders().map(record).collect();
    Provenance::new(models, &extractor.configuration().sha256(), options)
}

fn record(model: &Encoder) -> ModelRecord {
    let entry = model.entry();
    let hash = |(name, file): (&String, &crate::models::PinnedFile)| (name.clone(), file.sha256.clone());
    ModelRecord {
        name: entry.name.clone(),
        task: entry.task,
        backend: model.runs_on().to_owned(),
        labels: model.labels().to_vec(),
        max_length: model.max_tokens(),
        temperature: model.temperature(),
        calibration: entry.calibration,
        files: entry.files.iter().map(hash).collect(),
    }
}
