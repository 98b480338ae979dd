//! An entry of `models.toml`: a model, its task, its backends, and where its files
//! are.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lock::PinnedFile;
use crate::models::backend::BackendName;
use crate::models::calibration::Calibration;
use crate::models::names::{is_commit, is_repo};
use crate::models::task::ModelTask;

/// The place of a model's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// In the program, below `models/`.
    BuiltIn(String),
    /// In a folder, relative to that of `models.toml`, or absolute.
    Folder(String),
    /// In the cache of the Hugging Face Hub.
    Hub {
        /// `ORG/NAME`.
        repo: String,
        /// The commit, 40 hexadecimal digits.
        revision: String,
    },
}

/// A model of the registry.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "ModelToml")]
pub struct ModelEntry {
    /// Its name in outputs.
    pub name: String,
    /// Its task.
    pub task: ModelTask,
    /// The backends that can run it, preferred first.
    pub backends: Vec<BackendName>,
    /// Licence, as an SPDX expression.
    pub licence: String,
    /// The place of its files.
    pub source: ModelSource,
    /// Labels of its logits, if `config.json` has none.
    pub labels: Option<Vec<String>>,
    /// At most this many tokens in a sequence, instead of the limit of `config.json`.
    pub max_length: Option<usize>,
    /// The temperature, instead of that of `config.json`.
    pub temperature: Option<f32>,
    /// How claims' scores become probabilities, if that was fitted.
    pub calibration: Option<Calibration>,
    /// The files that `models.lock` pins, by name.
    pub files: BTreeMap<String, PinnedFile>,
}

/// An entry as written in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelToml {
    name: String,
    task: ModelTask,
    #[serde(alias = "engines")]
    backends: Vec<BackendName>,
    licence: String,
    folder: Option<String>,
    built_in: Option<String>,
    hub: Option<String>,
    revision: Option<String>,
    labels: Option<Vec<String>>,
    max_length: Option<usize>,
    temperature: Option<f32>,
    calibration: Option<Calibration>,
}

/// The licence of a model for which none is known.
pub const UNKNOWN_LICENCE: &str = "unknown";

impl ModelEntry {
    /// This entry with the values that a person may have written into the one that it replaces:
    /// licence, labels and limits.
    pub fn in_place_of(self, known: Option<&Self>) -> Self {
        let Some(known) = known else { return self };
        let licence = if known.licence == UNKNOWN_LICENCE { self.licence } else { known.licence.clone() };
        Self {
            licence,
            labels: known.labels.clone(),
            max_length: known.max_length,
            temperature: known.temperature,
            // It was fitted to these weights.
            calibration: if self.files == known.files { known.calibration } else { None },
            ..self
        }
    }

    /// Names of the pinned files that hold weights for a backend, sorted.
    pub fn weights(&self, backend: BackendName) -> Vec<&str> {
        let names = self.files.keys().map(String::as_str);
        names.filter(|name| BackendName::of_file(name) == Some(backend)).collect()
    }
}

impl TryFrom<ModelToml> for ModelEntry {
    type Error = String;

    fn try_from(written: ModelToml) -> Result<Self, String> {
        let name = written.name;
        let wrong = |what: &str| Err(format!("model {name:?}: {what}"));
        if name.is_empty() {
            return Err("a model's name is empty".into());
        }
        if written.backends.is_empty() {
            return wrong("backends is empty; write [\"onnx\"], [\"libtorch\"] or both, the preferred first");
        }
        if written.backends.iter().enumerate().any(|(i, backend)| written.backends[..i].contains(backend)) {
            return wrong("backends names one twice");
        }
        if written.built_in.is_some() && (written.folder.is_some() || written.hub.is_some()) {
            return wrong("has built_in and another place of its files; keep one of them");
        }
        let source = match (written.folder, written.hub, written.revision) {
            (None, None, None) if written.built_in.as_ref().is_some_and(|folder| !folder.is_empty()) => {
                ModelSource::BuiltIn(written.built_in.unwrap_or_default())
            }
            (Some(folder), None, None) if !folder.is_empty() => ModelSource::Folder(folder),
            (Some(_), None, None) => return wrong("folder is empty"),
            (None, Some(repo), Some(revision)) if is_repo(&repo) && is_commit(&revision) => {
                ModelSource::Hub { repo, revision }
            }
            (None, Some(repo), _) if !is_repo(&repo) => return wrong("hub must be ORG/NAME"),
            (None, Some(repo), _) => {
                return wrong(&format!(
                    "hub needs a revision, the 40 hexadecimal digits of a commit; \
                     `demarche models pull {repo}` writes it"
                ));
            }
            (Some(_), None, Some(_)) => return wrong("a folder has no revision; that goes with hub"),
            (Some(_), Some(_), _) => return wrong("has both folder and hub; keep one of them"),
            (None, None, _) => return wrong("has neither folder nor hub nor built_in; write one of them"),
        };
        if written.labels.as_ref().is_some_and(Vec::is_empty) {
            return wrong("labels is empty; name each logit, or leave it out");
        }
        if written.max_length == Some(0) {
            return wrong("max_length must be above 0");
        }
        if written.temperature.is_some_and(|t| !t.is_finite() || t <= 0.0) {
            return wrong("temperature must be above 0");
        }
        if written.calibration.is_some_and(|calibration| !calibration.is_valid()) {
            return wrong(
                "calibration needs a slope above 0, an intercept, and a threshold within 0 to 1 if it has one",
            );
        }
        Ok(Self {
            name,
            task: written.task,
            backends: written.backends,
            licence: written.licence,
            source,
            labels: written.labels,
            max_length: written.max_length,
            temperature: written.temperature,
            calibration: written.calibration,
            files: BTreeMap::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Result<ModelEntry, String> {
        let backends = if lines.contains("engines") || lines.contains("backends") {
            ""
        } else {
            "backends = [\"libtorch\"]\n"
        };
        let text = format!("name = \"m\"\ntask = \"ner\"\nlicence = \"MIT\"\n{backends}{lines}");
        toml::from_str(&text).map_err(|e| e.to_string())
    }

    #[test]
    fn files_are_in_a_folder_or_on_the_hub_at_a_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(read("folder = \"a\"").map(|e| e.source), Ok(ModelSource::Folder("a".into())));
        assert_eq!(read("built_in = \"a\"").map(|e| e.source), Ok(ModelSource::BuiltIn("a".into())));
        let hub = read(&format!("hub = \"o/n\"\nrevision = \"{commit}\"")).map(|e| e.source);
        assert_eq!(hub, Ok(ModelSource::Hub { repo: "o/n".into(), revision: commit.into() }));
        for (lines, told) in [
            ("".to_owned(), "neither folder nor hub"),
            ("folder = \"a\"\nbuilt_in = \"ner\"".into(), "built_in"),
            (format!("folder = \"a\"\nhub = \"o/n\"\nrevision = \"{commit}\""), "both folder and hub"),
            ("hub = \"o/n\"".into(), "models pull o/n"),
            ("hub = \"o/n\"\nrevision = \"main\"".into(), "40 hexadecimal digits"),
            (format!("hub = \"o/../n\"\nrevision = \"{commit}\""), "ORG/NAME"),
            (format!("hub = \"../n\"\nrevision = \"{commit}\""), "ORG/NAME"),
            (format!("folder = \"a\"\nrevision = \"{commit}\""), "no revision"),
        ] {
            let error = read(&lines).expect_err(&lines);
            assert!(error.contains(told), "{lines}: {error}");
        }
    }

    #[test]
    fn the_names_of_earlier_versions_are_read() {
        let entry = read("folder = \"a\"\nengines = [\"rust-bert\", \"embedded\"]").expect("read");
        assert_eq!(entry.backends, [BackendName::Libtorch, BackendName::Onnx]);
    }

    #[test]
    fn invalid_values_are_refused_by_name() {
        for (lines, told) in [
            ("folder = \"a\"\nbackends = []", "backends is empty"),
            ("folder = \"a\"\nbackends = [\"onnx\", \"embedded\"]", "twice"),
            ("folder = \"a\"\nbackends = [\"rten\"]", "libtorch"),
            ("folder = \"a\"\nbackends = [\"onnx\"]\nengines = [\"onnx\"]", "duplicate"),
            ("folder = \"a\"\ntemperature = 0.0", "temperature"),
            ("folder = \"a\"\ncalibration = { slope = 0.0, intercept = 0.0 }", "slope"),
            ("folder = \"a\"\ncalibration = { slope = 1.0, intercept = 0.0, threshold = 2.0 }", "threshold"),
            ("folder = \"a\"\nmax_length = 0", "max_length"),
            ("folder = \"a\"\nlabels = []", "labels"),
            ("folder = \"a\"\nfiles = {}", "unknown field `files`"),
        ] {
            let error = read(lines).expect_err(lines);
            assert!(error.contains(told), "{lines}: {error}");
        }
    }
}
