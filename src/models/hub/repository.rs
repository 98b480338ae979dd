//! A repository of the Hugging Face Hub: its files at a commit, and their copies in the Hub's
//! cache.
//!
//! The cache is shared with other programs: `blobs/` has files by the Hub's hash,
//! `snapshots/COMMIT/` links to them by name, and a partly downloaded file is next to its blob, as
//! `.part`.

use std::fs::{self, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::Cache;
use serde::Deserialize;
use serde_json::Value;

use super::error::HubError;
use super::event::{TransferEvent, TransferObserver};
use super::transfer::{About, Client, Failed, escaped};
use crate::digest::sha256_of;
use crate::models::cache::{at, cache};
use crate::models::names::{is_below, is_commit};
use crate::models::registry::lock::PinnedFile;

/// How many times a transfer is tried.
const TRIES: u32 = 5;
/// The pause before the second attempt; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// If set, no requests are sent to the Hub.
const OFFLINE: &str = "HF_HUB_OFFLINE";
const TOKEN: &str = "HF_TOKEN";
const ENDPOINT: &str = "HF_ENDPOINT";
const HUB: &str = "https://huggingface.co";

/// A repository on the Hub, or its copy in the cache.
pub struct Hub<'o> {
    repo: String,
    cache: Cache,
    /// `None` in offline mode.
    client: Option<Client>,
    observer: TransferObserver<'o>,
}

/// A repository at a commit.
#[derive(Debug)]
pub struct Snapshot {
    /// The commit.
    pub commit: String,
    /// Names of all its files; in offline mode, of those in the cache.
    pub names: Vec<String>,
    /// The data of its model card.
    pub licence: Option<String>,
}

/// The Hub's description of a repository.
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

impl<'o> Hub<'o> {
    /// `repo` is `ORG/NAME`. Endpoint, token, cache and offline mode are read from the environment.
    ///
    /// # Errors
    /// [`HubError`] if there is no place for the cache, or the endpoint is not a URL.
    pub fn open(repo: &str, observer: TransferObserver<'o>) -> Result<Self, HubError> {
        let set = |name| std::env::var(name).ok().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let cache = cache()?;
        let token = set(TOKEN).or_else(|| cache.token());
        let offline = set(OFFLINE).is_some_and(|v| ["1", "true", "yes", "on"].contains(&&*v.to_lowercase()));
        let endpoint = set(ENDPOINT).unwrap_or_else(|| HUB.into());
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(HubError::Endpoint);
        }
        let client = (!offline).then(|| Client::new(endpoint.trim_end_matches('/').to_owned(), token));
        Ok(Self { repo: repo.to_owned(), cache, client, observer })
    }

    /// Whether only the cache is used.
    pub fn is_offline(&self) -> bool {
        self.client.is_none()
    }

    /// The contents of the repository at a revision: a branch, a tag or a commit.
    ///
    /// # Errors
    /// [`HubError`] if the revision does not exist, or access is denied.
    pub fn resolve(&self, revision: &str) -> Result<Snapshot, HubError> {
        let Some(client) = &self.client else { return self.cached(revision) };
        let path = format!("api/models/{}/revision/{}", self.repo, revision.replace('/', "%2F"));
        let text = self.insist(client, "the list of files", || client.text(&path))?;
        let info: Info = serde_json::from_str(&text)
            .map_err(|e| HubError::Answer(format!("the Hub's answer does not describe a model: {e}")))?;
        if !is_commit(&info.sha) || (is_commit(revision) && info.sha != revision) {
            let named = &info.sha;
            return Err(HubError::Answer(format!(
                "the Hub names no commit that was asked for, but {named:?}"
            )));
        }
        if let Some(file) = info.siblings.iter().find(|file| !is_below(&file.rfilename)) {
            return Err(HubError::Stray { name: file.rfilename.clone() });
        }
        let known = self.cache.repo(at(&self.repo, revision)).create_ref(&info.sha);
        known.map_err(unusable(self.cache.path()))?;
        let licence = match info.card.get("license") {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" AND "),
            one => one.and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        Ok(Snapshot {
            commit: info.sha,
            names: info.siblings.into_iter().map(|file| file.rfilename).collect(),
            licence: Some(licence).filter(|licence| !licence.is_empty()),
        })
    }

    /// The contents of a revision in the cache.
    fn cached(&self, revision: &str) -> Result<Snapshot, HubError> {
        let repo = at(&self.repo, revision);
        let refs = self.cache.path().join(repo.folder_name()).join("refs").join(revision);
        let commit = match fs::read_to_string(&refs) {
            _ if is_commit(revision) => revision.to_owned(),
            Ok(commit) if is_commit(commit.trim()) => commit.trim().to_owned(),
            _ => return Err(HubError::NotCached { path: refs.display().to_string() }),
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

    /// A file of a commit: from the cache, or downloaded. Its bytes match the hashes of the Hub and
    /// of the pin.
    ///
    /// # Errors
    /// [`HubError`] if it can't be downloaded, or its hash differs.
    pub fn file(
        &self,
        commit: &str,
        name: &str,
        pin: Option<&PinnedFile>,
    ) -> Result<(PathBuf, PinnedFile), HubError> {
        // Both become parts of paths.
        if !is_commit(commit) || !is_below(name) {
            return Err(HubError::Stray { name: name.to_owned() });
        }
        let pointer = self.cache.repo(at(&self.repo, commit)).pointer_path(commit).join(name);
        if pointer.exists() {
            match (checked(&pointer, pin), &self.client) {
                (Ok(file), _) => return Ok((pointer, file)),
                (Err(source), None) => return Err(HubError::BadOffline { source: source.into() }),
                (Err(_), Some(_)) => discard(&pointer)?,
            }
        } else if pointer.is_symlink() {
            discard(&pointer)?;
        }
        let Some(client) = &self.client else {
            return Err(HubError::NotCached { path: pointer.display().to_string() });
        };
        let file = self.insist(client, name, || self.fetch(client, commit, name, &pointer))?;
        match pinned(&file, pin) {
            Ok(()) => Ok((pointer, file)),
            Err(source) => {
                discard(&pointer)?;
                Err(HubError::Removed { source: source.into() })
            }
        }
    }

    /// Downloads the missing part of a file.
    fn fetch(&self, client: &Client, commit: &str, name: &str, pointer: &Path) -> Result<PinnedFile, Failed> {
        let path = format!("{}/resolve/{commit}/{}", self.repo, escaped(name));
        let About { commit: found, tag, size } = client.about(&path)?;
        // The ETag becomes part of a path.
        if found != commit || !is_tag(&tag) {
            let reason = format!("the Hub gives commit {found:?} and ETag {tag:?}");
            return Err(Failed::Final(HubError::Answer(reason)));
        }
        let repo = at(&self.repo, commit);
        let blobs = self.cache.path().join(repo.folder_name()).join("blobs");
        fs::create_dir_all(&blobs).map_err(unusable(&blobs)).map_err(Failed::Final)?;
        let blob = blobs.join(&tag);
        let _lock = self.locked(&blob, name).map_err(unusable(&blob)).map_err(Failed::Final)?;
        let file = match hashed(&blob, &tag) {
            // Another commit has the same file, or another program has downloaded it.
            Ok(file) if file.size == size => file,
            _ => {
                let part = blob.with_extension("part");
                let observer =
                    |done| (self.observer)(TransferEvent::Progress { file: name, done, total: size });
                client.complete(&path, &part, size, &observer)?;
                let file = hashed(&part, &tag).map_err(|source| {
                    let _ = fs::remove_file(&part);
                    Failed::Final(HubError::Removed { source: source.into() })
                })?;
                fs::rename(&part, &blob).map_err(unusable(&blob)).map_err(Failed::Final)?;
                file
            }
        };
        link(&blob, &tag, pointer, name).map_err(unusable(pointer)).map_err(Failed::Final)?;
        // hf-hub finds a commit's files by this reference.
        self.cache.repo(repo).create_ref(commit).map_err(unusable(&blobs)).map_err(Failed::Final)?;
        Ok(file)
    }

    /// Locks a blob and its part against other programs as long as the file is open; hf-hub uses
    /// the same lock.
    fn locked(&self, blob: &Path, name: &str) -> io::Result<fs::File> {
        let file = fs::File::create(blob.with_extension("lock"))?;
        // Some network file systems don't support locks; there, transfers are not protected from
        // each other.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            (self.observer)(TransferEvent::Waiting { file: name });
            file.lock()?;
        }
        Ok(file)
    }

    /// Repeats a request where that may help.
    fn insist<T>(
        &self,
        client: &Client,
        what: &str,
        ask: impl Fn() -> Result<T, Failed>,
    ) -> Result<T, HubError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match ask() {
                Err(failed) if failed.may_pass() => {
                    let reason = reason(client, failed).to_string();
                    (self.observer)(TransferEvent::Retrying { what, reason: &reason });
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                other => return other.map_err(|failed| reason(client, failed)),
            }
        }
        ask().map_err(|failed| match failed.may_pass() {
            true => HubError::GivenUp { tries: TRIES, source: reason(client, failed).into() },
            false => reason(client, failed),
        })
    }
}

/// The error and what helps, without the token.
fn reason(client: &Client, failed: Failed) -> HubError {
    let plain = |text: String| match client.token() {
        Some(token) => text.replace(token, "…"),
        None => text,
    };
    match failed {
        Failed::Status(401 | 403) if client.token().is_none() => HubError::NoAccess,
        Failed::Status(401 | 403) => HubError::TokenRefused,
        Failed::Status(404) => HubError::NotFound,
        Failed::Status(status) => HubError::Status(status),
        Failed::Request(error) => HubError::Connection(plain(error.to_string())),
        Failed::Io(error) => HubError::Connection(plain(error.to_string())),
        // Values from the Hub, such as the target of a redirect, may contain the token.
        Failed::Final(HubError::Answer(text)) => HubError::Answer(plain(text)),
        Failed::Final(error) => error,
    }
}

/// Adds the file to an error.
fn unusable(path: &Path) -> impl Fn(io::Error) -> HubError {
    move |source| HubError::Io { path: path.display().to_string(), source }
}

/// Whether an ETag can be the name of a file: a hash or similar.
fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Makes a blob available as the file of a commit: by a relative link, which stays valid when the
/// cache is moved, or by a copy where links are not supported.
fn link(blob: &Path, tag: &str, pointer: &Path, name: &str) -> io::Result<()> {
    if let Some(folder) = pointer.parent() {
        fs::create_dir_all(folder)?;
    }
    #[cfg(unix)]
    {
        let up = "../".repeat(2 + name.matches('/').count());
        match std::os::unix::fs::symlink(format!("{up}blobs/{tag}"), pointer) {
            Err(e) if !matches!(e.kind(), ErrorKind::AlreadyExists) => {}
            _ => return Ok(()),
        }
    }
    #[cfg(not(unix))]
    let _ = (tag, name);
    // Written under another name first, so that a kill leaves no incomplete file.
    let copy = pointer.with_added_extension("part");
    fs::copy(blob, &copy)?;
    fs::rename(copy, pointer)
}

/// Size and hash of a file in the cache, if they are right.
fn checked(pointer: &Path, pin: Option<&PinnedFile>) -> Result<PinnedFile, HubError> {
    let blob = pointer.canonicalize().map_err(unusable(pointer))?;
    let file = hashed(&blob, blob.file_name().and_then(|name| name.to_str()).unwrap_or_default())?;
    pinned(&file, pin)?;
    Ok(file)
}

/// Size and hash of a file that has this ETag.
fn hashed(path: &Path, tag: &str) -> Result<PinnedFile, HubError> {
    let (size, sha256) = sha256_of(path).map_err(unusable(path))?;
    // The ETag, which is also the blob's name, is the sha256 of a large file; that of a small file
    // is git's own hash, which is shorter.
    if is_sha256(tag) && tag != sha256 {
        return Err(HubError::OtherHash { found: sha256, told: tag.to_owned() });
    }
    Ok(PinnedFile { size, sha256 })
}

fn pinned(found: &PinnedFile, pin: Option<&PinnedFile>) -> Result<(), HubError> {
    match pin {
        Some(pinned) if pinned != found => {
            Err(HubError::OtherPin { pinned: pinned.clone(), found: found.clone() })
        }
        _ => Ok(()),
    }
}

fn is_sha256(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Removes a file from the cache: the link, and the blob that it points to.
fn discard(pointer: &Path) -> Result<(), HubError> {
    if let Ok(blob) = pointer.canonicalize()
        && blob != pointer
        // Links to other places were made by a person, and their targets are kept.
        && blob.parent().is_some_and(|folder| folder.ends_with("blobs"))
    {
        fs::remove_file(&blob).map_err(unusable(&blob))?;
    }
    match fs::remove_file(pointer) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(unusable(pointer)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_can_not_lead_outside_the_cache() {
        assert!(is_tag("a1-b2"));
        for tag in ["", "../a", "a/b", "a\\b", "C:a", "W/a", "a.lock", &"a".repeat(200)] {
            assert!(!is_tag(tag), "{tag}");
        }
    }

    #[test]
    fn a_name_that_leads_outside_the_cache_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_path_buf());
        let hub = Hub { repo: "o/n".into(), cache, client: None, observer: &|_| {} };
        let commit = "a".repeat(40);
        for (commit, name) in [(&*commit, "../../x"), (&*commit, "/x"), (&*commit, "a\\b"), ("../..", "x")] {
            let error = hub.file(commit, name, None).expect_err("refused").to_string();
            assert!(error.contains("below"), "{commit} {name}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_target_of_a_persons_link_is_not_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (own, link) = (folder.path().join("own"), folder.path().join("link"));
        fs::write(&own, "mine").expect("written");
        std::os::unix::fs::symlink(&own, &link).expect("linked");
        discard(&link).expect("removed");
        assert!(own.exists() && !link.is_symlink());
    }
}
