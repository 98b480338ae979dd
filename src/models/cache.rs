//! The cache of the Hugging Face Hub, which other programs share.

use std::path::PathBuf;

#[cfg(feature = "hub")]
use hf_hub::{Cache, Repo, RepoType};

/// Why the Hub's cache can't be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Neither the environment nor the user tells where it is.
    #[error("there is no home folder for the Hub's cache: set HF_HOME")]
    NoHome,
    /// The build does not know the Hub.
    #[error("this build reads no models of the Hugging Face Hub; build it with the feature hub")]
    NoHub,
}

/// Where the files of a commit are in the Hub's cache.
///
/// # Errors
/// [`CacheError`]: it is not known where the cache is.
#[cfg(feature = "hub")]
pub fn snapshot(repo: &str, revision: &str) -> Result<PathBuf, CacheError> {
    Ok(cache()?.repo(at(repo, revision)).pointer_path(revision))
}

/// A build without the Hub does not know where its cache is.
///
/// # Errors
/// [`CacheError::NoHub`].
#[cfg(not(feature = "hub"))]
pub fn snapshot(_: &str, _: &str) -> Result<PathBuf, CacheError> {
    Err(CacheError::NoHub)
}

/// The cache that `HF_HOME` names, or the one in the home folder.
///
/// # Errors
/// [`CacheError`]: it is not known where the cache is.
#[cfg(feature = "hub")]
pub fn cache() -> Result<Cache, CacheError> {
    if std::env::var_os("HF_HOME").is_none() && std::env::home_dir().is_none() {
        return Err(CacheError::NoHome);
    }
    Ok(Cache::from_env())
}

/// A repository at a revision, as `hf-hub` has it.
#[cfg(feature = "hub")]
pub fn at(repo: &str, revision: &str) -> Repo {
    Repo::with_revision(repo.to_owned(), RepoType::Model, revision.to_owned())
}
