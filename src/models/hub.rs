//! A repository of the Hugging Face Hub: what it holds at a commit, and its files in the Hub's cache.
//!
//! The cache is the one that other programs share: `blobs/` holds files by the Hub's hash, `snapshots/COMMIT/` links
//! to them by name, and what has arrived of a file stands beside its blob, in `.part`.

use std::fs::{self, OpenOptions};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::api::sync::{Api, ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::Value;

use super::entry::is_commit;
use super::error::ModelError;
use super::lock::File;
use crate::digest::sha256_of;
use crate::progress::tell;

/// How often a transfer is begun before it is given up.
const TRIES: u32 = 5;
/// The pause before the second one; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// Set: nothing is asked of the Hub.
pub const OFFLINE: &str = "HF_HUB_OFFLINE";
const TOKEN: &str = "HF_TOKEN";
const ENDPOINT: &str = "HF_ENDPOINT";

/// Where the files of a commit are in the Hub's cache.
///
/// # Errors
/// There is no home folder, and `HF_HOME` is not set.
pub fn snapshot(repo: &str, revision: &str) -> Result<PathBuf, String> {
    Ok(cache()?.repo(at(repo, revision)).pointer_path(revision))
}

/// The cache that `HF_HOME` names, or the one in the home folder.
fn cache() -> Result<Cache, String> {
    if std::env::var_os("HF_HOME").is_none() && std::env::home_dir().is_none() {
        return Err("there is no home folder for the Hub's cache: set HF_HOME".into());
    }
    Ok(Cache::from_env())
}

fn at(repo: &str, revision: &str) -> Repo {
    Repo::with_revision(repo.to_owned(), RepoType::Model, revision.to_owned())
}

/// A repository on the Hub, or what the cache has of it.
pub struct Hub {
    repo: String,
    cache: Cache,
    token: Option<String>,
    /// None: nothing may be asked for.
    api: Option<Api>,
    quiet: bool,
}

/// A repository at a commit.
#[derive(Debug)]
pub struct Snapshot {
    /// The commit.
    pub commit: String,
    /// Names of all its files; offline, of those in the cache.
    pub names: Vec<String>,
    /// What its card says.
    pub licence: Option<String>,
}

/// What the Hub says of a repository.
#[derive(Deserialize)]
struct Info {
    sha: String,
    siblings: Vec<Sibling>,
    #[serde(default, rename = "cardData")]
    card: Value,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

/// Why a request came to nothing.
enum Failed {
    Api(ApiError),
    Told(String),
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl Hub {
    /// `repo`: `ORG/NAME`. Endpoint, token, cache and offline mode are those of the environment.
    ///
    /// # Errors
    /// [`ModelError::Hub`]: there is no place for the cache, or the endpoint is no address.
    pub fn open(repo: &str, quiet: bool) -> Result<Self, ModelError> {
        let wrong = |reason| ModelError::Hub { model: repo.to_owned(), reason };
        let set = |name| std::env::var(name).ok().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let cache = cache().map_err(wrong)?;
        let token = set(TOKEN).or_else(|| cache.token());
        let offline = set(OFFLINE).is_some_and(|v| ["1", "true", "yes", "on"].contains(&&*v.to_lowercase()));
        let mut builder = ApiBuilder::from_cache(cache.clone()).with_token(token.clone());
        if let Some(endpoint) = set(ENDPOINT) {
            if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
                return Err(wrong(format!("{ENDPOINT} must be an address that begins with https://")));
            }
            builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
        }
        let api = (!offline).then(|| builder.build()).transpose().map_err(|e| wrong(e.to_string()))?;
        Ok(Self { repo: repo.to_owned(), cache, token, api, quiet })
    }

    /// Whether only the cache is looked at.
    pub fn is_offline(&self) -> bool {
        self.api.is_none()
    }

    /// What the repository holds at a revision: a branch, a tag or a commit.
    ///
    /// # Errors
    /// [`ModelError::Hub`]: there is no such revision, or no access to it.
    pub fn resolve(&self, revision: &str) -> Result<Snapshot, ModelError> {
        let wrong = |reason| ModelError::Hub { model: format!("{}@{revision}", self.repo), reason };
        let Some(api) = &self.api else { return self.cached(revision).map_err(wrong) };
        let repo = api.repo(at(&self.repo, revision));
        let asked = || {
            let sent = repo.info_request().call().and_then(|mut r| r.body_mut().read_to_string());
            sent.map_err(|e| Failed::Api(Box::new(e).into()))
        };
        let text = self.insist("the list of files", asked).map_err(wrong)?;
        let info: Info = serde_json::from_str(&text)
            .map_err(|e| wrong(format!("the Hub's answer is no description of a model: {e}")))?;
        if !is_commit(&info.sha) {
            return Err(wrong(format!("the Hub names no commit, but {:?}", info.sha)));
        }
        let known = self.cache.repo(at(&self.repo, revision)).create_ref(&info.sha);
        known.map_err(|e| wrong(format!("{}: {e}", self.cache.path().display())))?;
        let licence = match &info.card["license"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" AND "),
            one => one.as_str().unwrap_or_default().to_owned(),
        };
        Ok(Snapshot {
            commit: info.sha,
            names: info.siblings.into_iter().map(|file| file.rfilename).collect(),
            licence: Some(licence).filter(|licence| !licence.is_empty()),
        })
    }

    /// What the cache has of a revision.
    fn cached(&self, revision: &str) -> Result<Snapshot, String> {
        let repo = at(&self.repo, revision);
        let refs = self.cache.path().join(repo.folder_name()).join("refs").join(revision);
        let commit = match fs::read_to_string(&refs) {
            _ if is_commit(revision) => revision.to_owned(),
            Ok(commit) if is_commit(commit.trim()) => commit.trim().to_owned(),
            _ => {
                return Err(format!(
                    "{OFFLINE} is set, and the cache does not know this revision ({}); run the command once without {OFFLINE}",
                    refs.display()
                ));
            }
        };
        let root = self.cache.repo(repo).pointer_path(&commit);
        let files = walkdir::WalkDir::new(&root).into_iter().flatten().filter(|e| e.path().is_file());
        let name = |path: &Path| {
            let parts = path.strip_prefix(&root).ok()?.iter().map(|part| part.to_str());
            Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
        };
        let mut names: Vec<String> = files.filter_map(|e| name(e.path())).collect();
        names.sort();
        Ok(Snapshot { commit, names, licence: None })
    }

    /// A file of a commit: from the cache, or fetched. Its bytes are those that the Hub and the pin tell of.
    ///
    /// # Errors
    /// [`ModelError::Hub`]: it can't be fetched, or its bytes are others.
    pub fn file(&self, commit: &str, name: &str, pin: Option<&File>) -> Result<(PathBuf, File), ModelError> {
        let model = format!("{}@{commit}: {name}", self.repo);
        self.right(commit, name, pin).map_err(|reason| ModelError::Hub { model, reason })
    }

    fn right(&self, commit: &str, name: &str, pin: Option<&File>) -> Result<(PathBuf, File), String> {
        let pointer = self.cache.repo(at(&self.repo, commit)).pointer_path(commit).join(name);
        if pointer.exists() {
            match (checked(&pointer, None, pin), &self.api) {
                (Ok(file), _) => return Ok((pointer, file)),
                (Err(reason), None) => return Err(format!("{reason}; {OFFLINE} is set: fetch it without")),
                (Err(_), Some(_)) => discard(&pointer)?,
            }
        } else if pointer.is_symlink() {
            discard(&pointer)?;
        }
        let Some(api) = &self.api else {
            return Err(format!(
                "not in the cache ({}), and {OFFLINE} is set; run the command once without {OFFLINE}",
                pointer.display()
            ));
        };
        let tag = self.insist(name, || self.fetch(api, commit, name))?;
        match checked(&pointer, Some(&tag), pin) {
            Ok(file) => Ok((pointer, file)),
            Err(reason) => {
                discard(&pointer)?;
                Err(format!("{reason}; what came was removed from the cache"))
            }
        }
    }

    /// Fetches what is still missing of a file. Gives its ETag.
    fn fetch(&self, api: &Api, commit: &str, name: &str) -> Result<String, Failed> {
        let repo = api.repo(at(&self.repo, commit));
        let metadata = api.metadata(&repo.url(name))?;
        // Both become parts of paths in the cache.
        if metadata.commit_hash() != commit || !is_tag(metadata.etag()) {
            let (found, tag) = (metadata.commit_hash(), metadata.etag());
            return Err(Failed::Told(format!("the Hub gives commit {found:?} and ETag {tag:?}")));
        }
        let size = metadata.size() as u64;
        let blob = self.cache.repo(at(&self.repo, commit)).blob_path(metadata.etag());
        resumable(&blob.with_extension("part"), size)
            .map_err(|e| Failed::Told(format!("{}: {e}", blob.display())))?;
        let fetched = if self.quiet || !std::io::stderr().is_terminal() {
            repo.download_with_progress(name, ())?
        } else {
            repo.download_with_progress(name, ProgressBar::new(size))?
        };
        let arrived = fs::metadata(&fetched).map_or(0, |m| m.len());
        if arrived != size {
            discard(&fetched).map_err(Failed::Told)?;
            return Err(Failed::Told(format!("{arrived} bytes came of {size}; they were removed")));
        }
        Ok(metadata.etag().to_owned())
    }

    /// Asks again where that may help.
    fn insist<T>(&self, what: &str, ask: impl Fn() -> Result<T, Failed>) -> Result<T, String> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match ask() {
                Err(Failed::Api(error)) if may_pass(&error) => {
                    if !self.quiet {
                        tell(format_args!("{what}: {}; trying again", self.told(&error)));
                    }
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                other => return other.map_err(|failed| self.reason(failed)),
            }
        }
        ask().map_err(|failed| match failed {
            Failed::Api(error) if may_pass(&error) => format!(
                "given up after {TRIES} tries: {}; run the command again, it goes on from what has come",
                self.told(&error)
            ),
            other => self.reason(other),
        })
    }

    fn reason(&self, failed: Failed) -> String {
        match failed {
            Failed::Told(reason) => reason,
            Failed::Api(error) => match (status(&error), &self.token) {
                (Some(401 | 403), None) => format!(
                    "the Hub gives no access: the model is gated or private, or there is none of this name; accept its licence on its page and set {TOKEN} to a token of yours"
                ),
                (Some(401 | 403), Some(_)) => format!(
                    "the Hub gives this token no access: the model is gated or private; accept its licence on its page, and check {TOKEN} (or the token file in HF_HOME)"
                ),
                (Some(404), _) => "the Hub has no such model, revision or file; check the name".into(),
                _ => self.told(&error),
            },
        }
    }

    /// What an error says, without the token.
    fn told(&self, error: &ApiError) -> String {
        let text = match error {
            ApiError::LockAcquisition(path) => {
                format!("another program is fetching it (lock {})", path.display())
            }
            other => other.to_string(),
        };
        match &self.token {
            Some(token) => text.replace(token.as_str(), "…"),
            None => text,
        }
    }
}

fn status(error: &ApiError) -> Option<u16> {
    match error {
        ApiError::RequestError(error) => match **error {
            ureq::Error::StatusCode(status) => Some(status),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the same request may succeed a little later.
fn may_pass(error: &ApiError) -> bool {
    match (error, status(error)) {
        (_, Some(status)) => matches!(status, 408 | 416 | 429 | 500..),
        (ApiError::RequestError(error), None) => {
            !matches!(**error, ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl)
        }
        (ApiError::IoError(error), None) => !matches!(
            error.kind(),
            std::io::ErrorKind::StorageFull
                | std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::ReadOnlyFilesystem
        ),
        _ => false,
    }
}

/// An ETag that is a hash, or names a file otherwise.
fn is_tag(tag: &str) -> bool {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Makes what has come of a file such that the rest can be asked for.
fn resumable(part: &Path, size: u64) -> std::io::Result<()> {
    match fs::metadata(part).map(|m| m.len()) {
        // Not of this file.
        Ok(len) if len > size => fs::remove_file(part),
        // All came, but a kill stood before the rename. A server refuses the empty rest.
        Ok(len) if len == size && size > 0 => OpenOptions::new().write(true).open(part)?.set_len(size - 1),
        _ => Ok(()),
    }
}

/// Size and hash of a file in the cache, if they are right. `tag`: what the Hub has just told of it.
fn checked(pointer: &Path, tag: Option<&str>, pin: Option<&File>) -> Result<File, String> {
    let unreadable = |e: std::io::Error| format!("{}: {e}", pointer.display());
    let (size, sha256) = sha256_of(pointer).map_err(unreadable)?;
    let blob = pointer.canonicalize().map_err(unreadable)?;
    // The tag, which is also the blob's name, is the sha256 of a large file; that of a small one is git's own hash,
    // which is shorter.
    let tag = tag.or_else(|| blob.file_name()?.to_str());
    if let Some(hub) = tag.filter(|tag| is_sha256(tag) && *tag != sha256) {
        return Err(format!("sha256 is {sha256}, but the Hub says {hub}"));
    }
    let file = File { size, sha256 };
    match pin {
        Some(pin) if *pin != file => Err(format!(
            "pinned in models.lock as {} ({} bytes), the Hub gives {} ({size} bytes)",
            pin.sha256, pin.size, file.sha256
        )),
        _ => Ok(file),
    }
}

fn is_sha256(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Removes a file from the cache: the link and what it leads to.
fn discard(pointer: &Path) -> Result<(), String> {
    if let Ok(blob) = pointer.canonicalize()
        && blob != pointer
    {
        fs::remove_file(&blob).map_err(|e| format!("{}: {e}", blob.display()))?;
    }
    match fs::remove_file(pointer) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {e}", pointer.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_that_lacks_something_is_gone_on_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("x.part");
        for (has, left) in [(3, Some(3)), (4, Some(3)), (5, None)] {
            fs::write(&part, vec![0; has]).expect("written");
            resumable(&part, 4).expect("done");
            assert_eq!(fs::metadata(&part).ok().map(|m| m.len()), left, "{has}");
        }
        resumable(&part, 4).expect("no part is fine");
    }

    #[test]
    fn a_tag_leads_nowhere_else() {
        assert!(is_tag("a1-b2") && is_tag("W/a1"));
        assert!(!is_tag("") && !is_tag("../a") && !is_tag("a/b") && !is_tag("W/../a"));
    }
}
