//! Errors of pulling a model from the Hub.

use std::io;

use crate::models::cache::CacheError;
use crate::models::error::ModelError;
use crate::models::registry::lock::PinnedFile;
use crate::models::weights::{TaskError, WeightsError};

/// The reason why a model can't be pulled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// `models.toml` or `models.lock` can't be read or written.
    #[error(transparent)]
    Registry(#[from] ModelError),
    /// Another model already has this model's name.
    #[error("{model}: {path} has another model of the name {name:?}; rename that one")]
    NameTaken {
        /// `ORG/NAME@REV`.
        model: String,
        /// The path of `models.toml`.
        path: String,
        /// The name.
        name: String,
    },
    /// The Hub, or its cache, does not provide what is needed.
    #[error("{model}: {source}")]
    Hub {
        /// `ORG/NAME@REV`, and the file if the error is about one.
        model: String,
        /// The reason.
        source: HubError,
    },
    /// The model's task is unknown.
    #[error("{model}: {source}")]
    Task {
        /// `ORG/NAME@REV`.
        model: String,
        /// The reason.
        source: TaskError,
    },
    /// The weights can't be used.
    #[error("{model}{}: {source}", if *.offline { OFFLINE_ONLY } else { "" })]
    Weights {
        /// `ORG/NAME@REV`.
        model: String,
        /// Whether only the cache was used.
        offline: bool,
        /// The reason.
        source: WeightsError,
    },
    /// The model has no tokenizer that this program can read.
    #[error(
        "{model}: has no tokenizer.json, the form of a tokenizer that this program reads; write one \
         with `{command}` and enter the folder with `demarche models add`"
    )]
    NoTokenizer {
        /// `ORG/NAME@REV`.
        model: String,
        /// A command that writes one.
        command: String,
    },
}

const OFFLINE_ONLY: &str = " (HF_HUB_OFFLINE is set, so only the cache was looked at)";

/// The reason why the Hub, or its cache, does not provide what is needed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The cache can't be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The endpoint is not a URL.
    #[error("HF_ENDPOINT must be an address that begins with https://")]
    Endpoint,
    /// The Hub denies access without a token.
    #[error(
        "the Hub gives no access: the model is gated or private, or there is none of this name; accept \
         its licence on its page and set HF_TOKEN to a token of yours"
    )]
    NoAccess,
    /// The Hub denies access with this token.
    #[error(
        "the Hub gives this token no access: the model is gated or private; accept its licence on its \
         page, and check HF_TOKEN (or the token file in HF_HOME)"
    )]
    TokenRefused,
    /// The model, revision or file does not exist.
    #[error("the Hub has no such model, revision or file; check the name")]
    NotFound,
    /// The Hub answered with another status.
    #[error("the Hub answers with status {0}")]
    Status(u16),
    /// There was no answer, or it broke off. The text is the HTTP client's message, without the
    /// token.
    #[error("{0}")]
    Connection(String),
    /// The answer is not that of a Hub.
    #[error("{0}")]
    Answer(String),
    /// All attempts failed.
    #[error("gave up after {tries} tries: {source}; run the command again to resume")]
    GivenUp {
        /// Number of attempts.
        tries: u32,
        /// Error of the last attempt.
        source: Box<HubError>,
    },
    /// A file's name leads outside the model's folder.
    #[error("{name:?} is not the name of a file below the model's folder; take another revision")]
    Stray {
        /// The name.
        name: String,
    },
    /// The bytes do not have the hash that the Hub reported.
    #[error("sha256 is {found}, but the Hub reports {told}; run the command again")]
    OtherHash {
        /// Hash of the bytes.
        found: String,
        /// The hash that the Hub reported.
        told: String,
    },
    /// A file is not the pinned one.
    #[error(
        "pinned in models.lock as {} ({} bytes), the Hub gives {} ({} bytes)",
        .pinned.sha256, .pinned.size, .found.sha256, .found.size
    )]
    OtherPin {
        /// The pin.
        pinned: PinnedFile,
        /// Size and hash of the file.
        found: PinnedFile,
    },
    /// The downloaded file was wrong and was removed from the cache.
    #[error("{source}; the downloaded file was removed from the cache")]
    Removed {
        /// What was wrong with it.
        source: Box<HubError>,
    },
    /// A file in the cache is wrong, and it can't be downloaded in offline mode.
    #[error("{source}; HF_HUB_OFFLINE is set: fetch it without")]
    BadOffline {
        /// What is wrong with it.
        source: Box<HubError>,
    },
    /// A file or revision is not in the cache, and it can't be downloaded in offline mode.
    #[error(
        "not in the cache ({path}), and HF_HUB_OFFLINE is set; run the command once without HF_HUB_OFFLINE"
    )]
    NotCached {
        /// Its path in the cache.
        path: String,
    },
    /// A file in the cache can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// The I/O error.
        source: io::Error,
    },
}
