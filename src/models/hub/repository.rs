//! A repository of the Hugging Face Hub: what it holds at a commit, and its files in the Hub's cache.
//!
//! The cache is the one that other programs share: `blobs/` holds files by the Hub's hash, `snapshots/COMMIT/` links
//! to them by name, and what has arrived of a file stands beside its blob, in `.part`.

use std::fs::{self, TryLockError};
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hf_hub::Cache;
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::Value;

use super::transfer::{About, Client, Failed, escaped};
use crate::digest::sha256_of;
use crate::models::cache::{at, cache};
use crate::models::error::ModelError;
use crate::models::names::{is_below, is_commit};
use crate::models::registry::lock::PinnedFile;
use crate::progress::tell;

/// How often a transfer is begun before it is given up.
const TRIES: u32 = 5;
/// The pause before the second one; each further pause is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// Set: nothing is asked of the Hub.
pub const OFFLINE: &str = "HF_HUB_OFFLINE";
const TOKEN: &str = "HF_TOKEN";
const ENDPOINT: &str = "HF_ENDPOINT";
const HUB: &str = "https://huggingface.co";

/// A repository on the Hub, or what the cache has of it.
pub struct Hub {
    repo: String,
    cache: Cache,
    /// None: nothing may be asked for.
    client: Option<Client>,
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
        let endpoint = set(ENDPOINT).unwrap_or_else(|| HUB.into());
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(wrong(format!("{ENDPOINT} must be an address that begins with https://")));
        }
        let client = (!offline).then(|| Client::new(endpoint.trim_end_matches('/').to_owned(), token));
        Ok(Self { repo: repo.to_owned(), cache, client, quiet })
    }

    /// Whether only the cache is looked at.
    pub fn is_offline(&self) -> bool {
        self.client.is_none()
    }

    /// What the repository holds at a revision: a branch, a tag or a commit.
    ///
    /// # Errors
    /// [`ModelError::Hub`]: there is no such revision, or no access to it.
    pub fn resolve(&self, revision: &str) -> Result<Snapshot, ModelError> {
        let wrong = |reason| ModelError::Hub { model: format!("{}@{revision}", self.repo), reason };
        let Some(client) = &self.client else { return self.cached(revision).map_err(wrong) };
        let path = format!("api/models/{}/revision/{}", self.repo, revision.replace('/', "%2F"));
        let text = self.insist(client, "the list of files", || client.text(&path)).map_err(wrong)?;
        let info: Info = serde_json::from_str(&text)
            .map_err(|e| wrong(format!("the Hub's answer is no description of a model: {e}")))?;
        if !is_commit(&info.sha) || (is_commit(revision) && info.sha != revision) {
            return Err(wrong(format!("the Hub names no commit that was asked for, but {:?}", info.sha)));
        }
        if let Some(file) = info.siblings.iter().find(|file| !is_below(&file.rfilename)) {
            return Err(wrong(stray(&file.rfilename)));
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
    pub fn file(
        &self,
        commit: &str,
        name: &str,
        pin: Option<&PinnedFile>,
    ) -> Result<(PathBuf, PinnedFile), ModelError> {
        let model = format!("{}@{commit}: {name}", self.repo);
        self.right(commit, name, pin).map_err(|reason| ModelError::Hub { model, reason })
    }

    fn right(
        &self,
        commit: &str,
        name: &str,
        pin: Option<&PinnedFile>,
    ) -> Result<(PathBuf, PinnedFile), String> {
        // Both become parts of paths.
        if !is_commit(commit) || !is_below(name) {
            return Err(stray(name));
        }
        let pointer = self.cache.repo(at(&self.repo, commit)).pointer_path(commit).join(name);
        if pointer.exists() {
            match (checked(&pointer, pin), &self.client) {
                (Ok(file), _) => return Ok((pointer, file)),
                (Err(reason), None) => return Err(format!("{reason}; {OFFLINE} is set: fetch it without")),
                (Err(_), Some(_)) => discard(&pointer)?,
            }
        } else if pointer.is_symlink() {
            discard(&pointer)?;
        }
        let Some(client) = &self.client else {
            return Err(format!(
                "not in the cache ({}), and {OFFLINE} is set; run the command once without {OFFLINE}",
                pointer.display()
            ));
        };
        let file = self.insist(client, name, || self.fetch(client, commit, name, &pointer))?;
        match pinned(&file, pin) {
            Ok(()) => Ok((pointer, file)),
            Err(reason) => {
                discard(&pointer)?;
                Err(format!("{reason}; what came was removed from the cache"))
            }
        }
    }

    /// Fetches what is still missing of a file.
    fn fetch(&self, client: &Client, commit: &str, name: &str, pointer: &Path) -> Result<PinnedFile, Failed> {
        let path = format!("{}/resolve/{commit}/{}", self.repo, escaped(name));
        let About { commit: found, tag, size } = client.about(&path)?;
        // The tag becomes part of a path.
        if found != commit || !is_tag(&tag) {
            return Err(Failed::Told(format!("the Hub gives commit {found:?} and ETag {tag:?}")));
        }
        let repo = at(&self.repo, commit);
        let blobs = self.cache.path().join(repo.folder_name()).join("blobs");
        fs::create_dir_all(&blobs).map_err(stands(&blobs))?;
        let blob = blobs.join(&tag);
        let _lock = self.locked(&blob, name).map_err(stands(&blob))?;
        let file = match hashed(&blob, &tag) {
            // Another commit has it too, or another program was faster.
            Ok(file) if file.size == size => file,
            _ => {
                let bar = if self.quiet || !io::stderr().is_terminal() {
                    ProgressBar::hidden()
                } else {
                    ProgressBar::new(size)
                };
                let part = blob.with_extension("part");
                client.complete(&path, &part, size, &bar)?;
                bar.finish_and_clear();
                let file = hashed(&part, &tag).map_err(|reason| {
                    let _ = fs::remove_file(&part);
                    Failed::Told(format!("{reason}; what came was removed, run the command again"))
                })?;
                fs::rename(&part, &blob).map_err(stands(&blob))?;
                file
            }
        };
        link(&blob, &tag, pointer, name).map_err(stands(pointer))?;
        // hf-hub finds a commit's files by such a reference.
        self.cache.repo(repo).create_ref(commit).map_err(stands(&blobs))?;
        Ok(file)
    }

    /// Keeps other programs from a blob and its part, while the file lives; hf-hub's lock is the same.
    fn locked(&self, blob: &Path, name: &str) -> io::Result<fs::File> {
        let file = fs::File::create(blob.with_extension("lock"))?;
        // Some network folders know no locks; a transfer there is as safe as its user is careful.
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            if !self.quiet {
                tell(format_args!("{name}: another program is fetching it; waiting for it"));
            }
            file.lock()?;
        }
        Ok(file)
    }

    /// Asks again where that may help.
    fn insist<T>(
        &self,
        client: &Client,
        what: &str,
        ask: impl Fn() -> Result<T, Failed>,
    ) -> Result<T, String> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match ask() {
                Err(failed) if failed.may_pass() => {
                    if !self.quiet {
                        tell(format_args!("{what}: {}; trying again", reason(client, &failed)));
                    }
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                other => return other.map_err(|failed| reason(client, &failed)),
            }
        }
        ask().map_err(|failed| match reason(client, &failed) {
            reason if failed.may_pass() => format!(
                "given up after {TRIES} tries: {reason}; run the command again, it goes on from what has come"
            ),
            reason => reason,
        })
    }
}

/// What went wrong and what helps, without the token.
fn reason(client: &Client, failed: &Failed) -> String {
    let text = match failed {
        Failed::Status(401 | 403) if client.token().is_none() => format!(
            "the Hub gives no access: the model is gated or private, or there is none of this name; accept its licence on its page and set {TOKEN} to a token of yours"
        ),
        Failed::Status(401 | 403) => format!(
            "the Hub gives this token no access: the model is gated or private; accept its licence on its page, and check {TOKEN} (or the token file in HF_HOME)"
        ),
        Failed::Status(404) => "the Hub has no such model, revision or file; check the name".into(),
        Failed::Status(status) => format!("the Hub answers with status {status}"),
        Failed::Request(error) => error.to_string(),
        Failed::Io(error) => error.to_string(),
        Failed::Told(reason) => reason.clone(),
    };
    match client.token() {
        Some(token) => text.replace(token, "…"),
        None => text,
    }
}

/// Why a name is not made a path of.
fn stray(name: &str) -> String {
    format!("{name:?} is no name of a file below the model's folder; take another revision")
}

/// An error with the file that it is about.
fn stands(path: &Path) -> impl Fn(io::Error) -> Failed {
    move |e| Failed::Told(format!("{}: {e}", path.display()))
}

/// An ETag that is a hash, or names a file otherwise.
fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Makes a blob the file of a commit: by a link that stays right when the cache is moved, or where there are none by
/// a copy.
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
    // Written beside, so that a kill leaves no half of it.
    let copy = pointer.with_added_extension("part");
    fs::copy(blob, &copy)?;
    fs::rename(copy, pointer)
}

/// Size and hash of a file in the cache, if they are right.
fn checked(pointer: &Path, pin: Option<&PinnedFile>) -> Result<PinnedFile, String> {
    let blob = pointer.canonicalize().map_err(|e| format!("{}: {e}", pointer.display()))?;
    let file = hashed(&blob, blob.file_name().and_then(|name| name.to_str()).unwrap_or_default())?;
    pinned(&file, pin)?;
    Ok(file)
}

/// Size and hash of a file that has this ETag.
fn hashed(path: &Path, tag: &str) -> Result<PinnedFile, String> {
    let (size, sha256) = sha256_of(path).map_err(|e| format!("{}: {e}", path.display()))?;
    // The tag, which is also the blob's name, is the sha256 of a large file; that of a small one is git's own hash,
    // which is shorter.
    if is_sha256(tag) && tag != sha256 {
        return Err(format!("sha256 is {sha256}, but the Hub says {tag}"));
    }
    Ok(PinnedFile { size, sha256 })
}

fn pinned(file: &PinnedFile, pin: Option<&PinnedFile>) -> Result<(), String> {
    match pin {
        Some(pin) if pin != file => Err(format!(
            "pinned in models.lock as {} ({} bytes), the Hub gives {} ({} bytes)",
            pin.sha256, pin.size, file.sha256, file.size
        )),
        _ => Ok(()),
    }
}

fn is_sha256(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Removes a file from the cache: the link, and the blob that it leads to.
fn discard(pointer: &Path) -> Result<(), String> {
    if let Ok(blob) = pointer.canonicalize()
        && blob != pointer
        // What a person has linked to from elsewhere is theirs.
        && blob.parent().is_some_and(|folder| folder.ends_with("blobs"))
    {
        fs::remove_file(&blob).map_err(|e| format!("{}: {e}", blob.display()))?;
    }
    match fs::remove_file(pointer) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(format!("{}: {e}", pointer.display())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_nowhere_else() {
        assert!(is_tag("a1-b2"));
        for tag in ["", "../a", "a/b", "a\\b", "C:a", "W/a", "a.lock", &"a".repeat(200)] {
            assert!(!is_tag(tag), "{tag}");
        }
    }

    #[test]
    fn no_path_is_made_of_a_name_that_leads_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_path_buf());
        let hub = Hub { repo: "o/n".into(), cache, client: None, quiet: true };
        let commit = "a".repeat(40);
        for (commit, name) in [(&*commit, "../../x"), (&*commit, "/x"), (&*commit, "a\\b"), ("../..", "x")] {
            let error = hub.file(commit, name, None).expect_err("refused").to_string();
            assert!(error.contains("below"), "{commit} {name}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn of_a_link_that_a_person_made_only_the_link_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (own, link) = (folder.path().join("own"), folder.path().join("link"));
        fs::write(&own, "mine").expect("written");
        std::os::unix::fs::symlink(&own, &link).expect("linked");
        discard(&link).expect("removed");
        assert!(own.exists() && !link.is_symlink());
    }
}
