//! Why a model of the Hub can't be had.

use std::io;

use crate::models::cache::CacheError;
use crate::models::error::ModelError;
use crate::models::registry::lock::PinnedFile;
use crate::models::weights::{TaskError, WeightsError};

/// Why a model can't be pulled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// The list of models or their pins can't be read or written.
    #[error(transparent)]
    Registry(#[from] ModelError),
    /// Another model has the name that this one would have.
    #[error("{model}: {path} has another model of the name {name:?}; rename that one")]
    NameTaken {
        /// `ORG/NAME@REV`.
        model: String,
        /// The list of models.
        path: String,
        /// The name.
        name: String,
    },
    /// The Hub, or its cache, does not give what is asked for.
    #[error("{model}: {source}")]
    Hub {
        /// `ORG/NAME@REV`, and the file if it is about one.
        model: String,
        /// Why not.
        source: HubError,
    },
    /// What the model does is not told.
    #[error("{model}: {source}")]
    Task {
        /// `ORG/NAME@REV`.
        model: String,
        /// Why not.
        source: TaskError,
    },
    /// The weights can't be taken.
    #[error("{model}{}: {source}", if *.offline { OFFLINE_ONLY } else { "" })]
    Weights {
        /// `ORG/NAME@REV`.
        model: String,
        /// Whether only the cache was looked at.
        offline: bool,
        /// Why not.
        source: WeightsError,
    },
    /// The model has no tokenizer that this program reads.
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

/// Why the Hub, or its cache, does not give what is asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The cache can't be looked at.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The endpoint is no address.
    #[error("HF_ENDPOINT must be an address that begins with https://")]
    Endpoint,
    /// The Hub gives no access without a token.
    #[error(
        "the Hub gives no access: the model is gated or private, or there is none of this name; accept \
         its licence on its page and set HF_TOKEN to a token of yours"
    )]
    NoAccess,
    /// The Hub gives this token no access.
    #[error(
        "the Hub gives this token no access: the model is gated or private; accept its licence on its \
         page, and check HF_TOKEN (or the token file in HF_HOME)"
    )]
    TokenRefused,
    /// There is no such model, revision or file.
    #[error("the Hub has no such model, revision or file; check the name")]
    NotFound,
    /// The Hub answers with another status.
    #[error("the Hub answers with status {0}")]
    Status(u16),
    /// No answer came, or it broke off. The text is the transport's, without the token.
    #[error("{0}")]
    Connection(String),
    /// An answer is none that a Hub gives.
    #[error("{0}")]
    Answer(String),
    /// Trying again was given up.
    #[error("given up after {tries} tries: {source}; run the command again, it goes on from what has come")]
    GivenUp {
        /// How often it was tried.
        tries: u32,
        /// Why the last try came to nothing.
        source: Box<HubError>,
    },
    /// A name leads to a file elsewhere.
    #[error("{name:?} is no name of a file below the model's folder; take another revision")]
    Stray {
        /// The name.
        name: String,
    },
    /// Bytes have another hash than the Hub tells of.
    #[error("sha256 is {found}, but the Hub says {told}; run the command again")]
    OtherHash {
        /// Hash of the bytes.
        found: String,
        /// Hash that the Hub tells of.
        told: String,
    },
    /// A file is another one than the pinned one.
    #[error(
        "pinned in models.lock as {} ({} bytes), the Hub gives {} ({} bytes)",
        .pinned.sha256, .pinned.size, .found.sha256, .found.size
    )]
    OtherPin {
        /// What is pinned.
        pinned: PinnedFile,
        /// What there is.
        found: PinnedFile,
    },
    /// What came was not right and was removed from the cache.
    #[error("{source}; what came was removed from the cache")]
    Removed {
        /// What was wrong with it.
        source: Box<HubError>,
    },
    /// A file of the cache is not right, and no other can be fetched.
    #[error("{source}; HF_HUB_OFFLINE is set: fetch it without")]
    BadOffline {
        /// What is wrong with it.
        source: Box<HubError>,
    },
    /// A file or revision is not in the cache, and nothing can be fetched.
    #[error(
        "not in the cache ({path}), and HF_HUB_OFFLINE is set; run the command once without HF_HUB_OFFLINE"
    )]
    NotCached {
        /// Where it would be.
        path: String,
    },
    /// A file of the cache can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}
