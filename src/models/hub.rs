//! Models from the Hugging Face Hub.

use std::path::PathBuf;

use hf_hub::{Cache, Repo, RepoType};

/// Where the files of a commit are in the Hub's cache.
///
/// # Errors
/// There is no home folder, and `HF_HOME` is not set.
pub(super) fn snapshot(repo: &str, revision: &str) -> Result<PathBuf, String> {
    Ok(cache()?
        .repo(Repo::with_revision(repo.to_owned(), RepoType::Model, revision.to_owned()))
        .pointer_path(revision))
}

/// The cache that `HF_HOME` names, or the one in the home folder.
fn cache() -> Result<Cache, String> {
    if std::env::var_os("HF_HOME").is_none() && std::env::home_dir().is_none() {
        return Err("there is no home folder for the Hub's cache: set HF_HOME".into());
    }
    Ok(Cache::from_env())
}
