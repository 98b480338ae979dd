//! An entry of `models.toml`: which model does which task, on which engines, and where its files are.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::lock::File;
use super::weights::engine_of;

/// What a model does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Token classification: who and what is named.
    Ner,
    /// Natural language inference on a pair of texts.
    Nli,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ner, Self::Nli];
}

impl Display for Task {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ner => "ner",
            Self::Nli => "nli",
        })
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        named(&Self::ALL, name)
    }
}

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineName {
    /// Part of the program: ONNX graphs on the processor.
    Embedded,
    /// libtorch: safetensors too, and on a GPU.
    RustBert,
}

impl EngineName {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Embedded, Self::RustBert];
}

impl Display for EngineName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Embedded => "embedded",
            Self::RustBert => "rust-bert",
        })
    }
}

impl FromStr for EngineName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        named(&Self::ALL, name)
    }
}

fn named<T: Copy + Display>(all: &[T], name: &str) -> Result<T, String> {
    let names: Vec<String> = all.iter().map(T::to_string).collect();
    let found = names.iter().position(|known| known == name);
    found.map(|at| all[at]).ok_or_else(|| format!("not one of {}", names.join(", ")))
}

/// Where a model's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the program, below its `models/`.
    BuiltIn(String),
    /// A folder below that of `models.toml`, or an absolute one.
    Folder(String),
    /// The cache of the Hugging Face Hub.
    Hub {
        /// `ORG/NAME`.
        repo: String,
        /// The commit, 40 hexadecimal digits.
        revision: String,
    },
}

/// One model of the catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Entry {
    /// Name that outputs carry.
    pub name: String,
    /// What it does.
    pub task: Task,
    /// Which engines can run it, the preferred one first.
    pub engines: Vec<EngineName>,
    /// Licence, as an SPDX expression.
    pub licence: String,
    /// Where its files are.
    pub source: Source,
    /// Names for its logits, where `config.json` has none.
    pub labels: Option<Vec<String>>,
    /// Most word pieces in a sequence, instead of `config.json`'s.
    pub max_length: Option<usize>,
    /// What the logits are divided by, instead of `config.json`'s.
    pub temperature: Option<f32>,
    /// The files that `models.lock` pins, by name.
    pub files: BTreeMap<String, File>,
}

/// An entry as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    task: Task,
    engines: Vec<EngineName>,
    licence: String,
    folder: Option<String>,
    hub: Option<String>,
    revision: Option<String>,
    labels: Option<Vec<String>>,
    max_length: Option<usize>,
    temperature: Option<f32>,
}

impl Entry {
    /// Names of the pinned files that hold weights for an engine, sorted.
    pub fn weights(&self, engine: EngineName) -> Vec<&str> {
        let names = self.files.keys().map(String::as_str);
        names.filter(|name| engine_of(name) == Some(engine)).collect()
    }
}

impl TryFrom<Written> for Entry {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let name = written.name;
        let wrong = |what: &str| Err(format!("model {name:?}: {what}"));
        if name.is_empty() {
            return Err("a model's name is empty".into());
        }
        if written.engines.is_empty() {
            return wrong(
                "engines is empty; write [\"embedded\"], [\"rust-bert\"] or both, the preferred first",
            );
        }
        if written.engines.iter().enumerate().any(|(i, engine)| written.engines[..i].contains(engine)) {
            return wrong("engines names one twice");
        }
        let source = match (written.folder, written.hub, written.revision) {
            (Some(folder), None, None) if !folder.is_empty() => Source::Folder(folder),
            (Some(_), None, None) => return wrong("folder is empty"),
            (None, Some(repo), Some(revision)) if is_repo(&repo) && is_commit(&revision) => {
                Source::Hub { repo, revision }
            }
            (None, Some(repo), _) if !is_repo(&repo) => return wrong("hub must be ORG/NAME"),
            (None, Some(repo), _) => {
                return wrong(&format!(
                    "hub needs a revision, the 40 hexadecimal digits of a commit; `demarche models pull {repo}` writes it"
                ));
            }
            (Some(_), None, Some(_)) => return wrong("a folder has no revision; that goes with hub"),
            (Some(_), Some(_), _) => return wrong("has both folder and hub; keep one of them"),
            (None, None, _) => return wrong("has neither folder nor hub; write one of them"),
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
        Ok(Self {
            name,
            task: written.task,
            engines: written.engines,
            licence: written.licence,
            source,
            labels: written.labels,
            max_length: written.max_length,
            temperature: written.temperature,
            files: BTreeMap::new(),
        })
    }
}

/// Whether this is the name of a repository on the Hub: `ORG/NAME`, or `NAME` for a few old ones.
pub fn is_repo(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    name.split('/').count() <= 2 && name.split('/').all(is_part)
}

/// Whether this is a whole commit, and so says which bytes are meant.
pub fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Result<Entry, String> {
        let engines = if lines.contains("engines") { "" } else { "engines = [\"rust-bert\"]\n" };
        let text = format!("name = \"m\"\ntask = \"ner\"\nlicence = \"MIT\"\n{engines}{lines}");
        toml::from_str(&text).map_err(|e| e.to_string())
    }

    #[test]
    fn files_are_in_a_folder_or_on_the_hub_at_a_commit() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(read("folder = \"a\"").map(|e| e.source), Ok(Source::Folder("a".into())));
        let hub = read(&format!("hub = \"o/n\"\nrevision = \"{commit}\"")).map(|e| e.source);
        assert_eq!(hub, Ok(Source::Hub { repo: "o/n".into(), revision: commit.into() }));
        for (lines, told) in [
            ("".to_owned(), "neither folder nor hub"),
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
    fn what_no_model_can_have_is_refused_by_name() {
        for (lines, told) in [
            ("folder = \"a\"\nengines = []", "engines is empty"),
            ("folder = \"a\"\nengines = [\"embedded\", \"embedded\"]", "twice"),
            ("folder = \"a\"\nengines = [\"onnx\"]", "rust-bert"),
            ("folder = \"a\"\ntemperature = 0.0", "temperature"),
            ("folder = \"a\"\nmax_length = 0", "max_length"),
            ("folder = \"a\"\nlabels = []", "labels"),
            ("folder = \"a\"\nfiles = {}", "unknown field `files`"),
        ] {
            let error = read(lines).expect_err(lines);
            assert!(error.contains(told), "{lines}: {error}");
        }
    }
}
