//! Why a model can't be found or read.

use std::io;

use super::backend::BackendName;
use super::cache::CacheError;
use super::task::ModelTask;

/// Why a model can't be found or read, or its entry can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file is missing or can't be read.
    #[error("{path}: {source}{}; restore the model files", pinned(.sha256.as_deref()))]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
        /// Hash in `models.lock`, if that pins the file.
        sha256: Option<String>,
    },
    /// A file is not among those that are built into the program.
    #[error("{path}: not in this build; build it with the feature bundled-models")]
    NotBuiltIn {
        /// The file.
        path: String,
    },
    /// The list of models or their pins can't be written.
    #[error("{path}: {source}")]
    Unwritable {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file's bytes are not the pinned ones.
    #[error(
        "{path}: sha256 is {found}, but models.lock pins {pinned}; \
         the file was altered or cut off: restore it"
    )]
    Altered {
        /// The file.
        path: String,
        /// Hash of the bytes there are.
        found: String,
        /// Hash in `models.lock`.
        pinned: String,
    },
    /// `models.lock` does not pin a file.
    #[error("{path}: models.lock pins no such file of the model {model}; pin its files with `{command}`")]
    NotPinned {
        /// The file.
        path: String,
        /// The model's name.
        model: String,
        /// What pins them.
        command: String,
    },
    /// `models.lock` pins files of another revision than `models.toml` tells of.
    #[error(
        "{path}: {model} is {wanted}, but models.lock pins files of {pinned}; pin them with \
         `demarche models pull {wanted}`"
    )]
    OtherRevision {
        /// The list of models.
        path: String,
        /// The model's name.
        model: String,
        /// `ORG/NAME@REV` as in `models.toml`.
        wanted: String,
        /// Commit in `models.lock`.
        pinned: String,
    },
    /// A file of a model from the Hub is not in the cache.
    #[error("{path}: {source}{}; fetch it with `demarche models pull {model}`", pinned(Some(sha256)))]
    NotPulled {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
        /// Hash in `models.lock`.
        sha256: String,
        /// `ORG/NAME@REV`.
        model: String,
    },
    /// The Hub's cache can't be looked at.
    #[error("{model}: {source}")]
    Cache {
        /// `ORG/NAME@REV`.
        model: String,
        /// Why not.
        source: CacheError,
    },
    /// `models.toml` or `models.lock` is no such list.
    #[error("{path}: {source}")]
    Listing {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: ListingError,
    },
    /// The registry lists no model for a task on a backend.
    #[error("{path}: no model does {task}{}; there is {}", on(*.backend), by_name(.known))]
    NoModel {
        /// The list of models.
        path: String,
        /// The task asked for.
        task: ModelTask,
        /// The backend asked for.
        backend: Option<BackendName>,
        /// Models with this task, each with its backends.
        known: Vec<(String, Vec<BackendName>)>,
    },
}

/// What is wrong with the text of a `models.toml` or a `models.lock`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListingError {
    /// The text is no TOML, or has other keys or values than it may have; with line and column.
    #[error(transparent)]
    Toml(Box<toml::de::Error>),
    /// The text is no TOML that can be edited.
    #[error(transparent)]
    Edit(Box<toml_edit::TomlError>),
    /// The bytes are no text.
    #[error("not UTF-8")]
    NotUtf8,
    /// Two models have one name.
    #[error("two models are named {0:?}; rename one")]
    SameName(String),
    /// A model has no table of its own that could be edited.
    #[error("no table [[model]] is named {0:?}; write each model as such a table")]
    NoTable(String),
    /// A model has pins twice.
    #[error("pins {0:?} twice; remove one of them")]
    PinnedTwice(String),
    /// A pinned file would be outside the model's folder.
    #[error("{model}: {file:?} is no name of a file below the model's folder")]
    Outside {
        /// The model.
        model: String,
        /// The file's name.
        file: String,
    },
    /// The pins are in a form of a later version.
    #[error("version is {found}, this program reads {known}: use a newer one")]
    Version {
        /// Version in the file.
        found: u32,
        /// Version that this program reads.
        known: u32,
    },
}

impl From<toml::de::Error> for ListingError {
    fn from(error: toml::de::Error) -> Self {
        Self::Toml(Box::new(error))
    }
}

impl From<toml_edit::TomlError> for ListingError {
    fn from(error: toml_edit::TomlError) -> Self {
        Self::Edit(Box::new(error))
    }
}

fn pinned(sha256: Option<&str>) -> String {
    sha256.map(|sha256| format!(" (models.lock pins sha256 {sha256})")).unwrap_or_default()
}

fn on(backend: Option<BackendName>) -> String {
    backend.map(|backend| format!(" on the backend {backend}")).unwrap_or_default()
}

fn by_name(models: &[(String, Vec<BackendName>)]) -> String {
    let told = |(name, backends): &(String, Vec<BackendName>)| {
        let backends: Vec<String> = backends.iter().map(BackendName::to_string).collect();
        format!("{name} on {}", backends.join(" and "))
    };
    let all: Vec<String> = models.iter().map(told).collect();
    if all.is_empty() { "none".into() } else { all.join(", ") }
}
