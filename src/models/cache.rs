//! The cache of the Hugging Face Hub, which is shared with other programs.

use std::path::PathBuf;

#[cfg(feature = "hub")]
use hf_hub::{Cache, Repo, RepoType};

/// The reason why the Hub's cache can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Neither the environment nor the home folder shows where it is.
    #[error("there is no home folder for the Hub's cache: set HF_HOME")]
    NoHome,
    /// This build does not support the Hub.
    #[error("this build can't read models of the Hugging Face Hub; build it with the feature hub")]
    NoHub,
}

/// The path of the files of a commit in the Hub's cache.
///
/// # Errors
/// [`CacheError`] if the place of the cache is unknown.
#[cfg(feature = "hub")]
pub fn snapshot(repo: &str, revision: &str) -> Result<PathBuf, CacheError> {
    Ok(cache()?.repo(at(repo, revision)).pointer_path(revision))
}

/// A build without the Hub has no cache.
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
/// [`CacheError`] if the place of the cache is unknown.
#[cfg(feature = "hub")]
pub fn cache() -> Result<Cache, CacheError> {
    if std::env::var_os("HF_HOME").is_none() && std::env::home_dir().is_none() {
        return Err(CacheError::NoHome);
    }
    Ok(Cache::from_env())
}

/// A repository at a revision, in the form of `hf-hub`.
#[cfg(feature = "hub")]
pub fn at(repo: &str, revision: &str) -> Repo {
    Repo::with_revision(repo.to_owned(), RepoType::Model, revision.to_owned())
}
