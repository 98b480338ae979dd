//! The cache of the Hugging Face Hub, which other programs share.

use std::path::PathBuf;

use hf_hub::{Cache, Repo, RepoType};

/// Where the files of a commit are in the Hub's cache.
///
/// # Errors
/// There is no home folder, and `HF_HOME` is not set.
pub fn snapshot(repo: &str, revision: &str) -> Result<PathBuf, String> {
    Ok(cache()?.repo(at(repo, revision)).pointer_path(revision))
}

/// The cache that `HF_HOME` names, or the one in the home folder.
///
/// # Errors
/// There is no home folder, and `HF_HOME` is not set.
pub fn cache() -> Result<Cache, String> {
    if std::env::var_os("HF_HOME").is_none() && std::env::home_dir().is_none() {
        return Err("there is no home folder for the Hub's cache: set HF_HOME".into());
    }
    Ok(Cache::from_env())
}

/// A repository at a revision, as `hf-hub` has it.
pub fn at(repo: &str, revision: &str) -> Repo {
    Repo::with_revision(repo.to_owned(), RepoType::Model, revision.to_owned())
}
