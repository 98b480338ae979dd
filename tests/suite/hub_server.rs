//! A Hub on the loopback interface, with the part of its file API that clients use.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::json;

use crate::harness::sha256;

pub const REPO: &str = "org/name";

/// The contents of the Hub, and its behaviour.
#[derive(Default)]
pub struct State {
    pub commit: String,
    pub licence: Option<&'static str>,
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files for which the Hub reports a wrong sha256.
    pub told: BTreeMap<String, String>,
    /// The token that is required.
    pub token: Option<&'static str>,
    /// Where large files are said to be, instead of on the second server; empty for nowhere.
    pub leads: Option<String>,
    /// Names of files that it lists but does not have.
    pub listed: Vec<String>,
    /// ETags that are sent instead of the hash of a file.
    pub tag: Option<&'static str>,
    /// The faults of the next transfers of large files, in order.
    pub trouble: VecDeque<Trouble>,
    /// The requests so far.
    pub asked: Vec<Asked>,
}

#[derive(Clone, Copy)]
pub enum Trouble {
    /// The connection ends after this many bytes.
    Breaks(usize),
    /// Only this status, without bytes.
    Status(u16),
    /// The range is ignored.
    Whole,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Whether it was sent to the second server, which has the large files.
    pub elsewhere: bool,
    pub path: String,
    /// The token sent with it.
    pub token: Option<String>,
    /// First and last byte; `None` for an open end.
    pub range: Option<(usize, Option<usize>)>,
}

pub struct Server {
    pub address: SocketAddr,
    /// The second server, which counts as another host.
    pub elsewhere: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// A Hub with one repository, [`REPO`], with these files.
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let bound = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("bound");
            (listener, address)
        };
        let ((hub, address), (cdn, elsewhere)) = (bound(), bound());
        let files = files.iter().map(|(name, bytes)| (name.to_string(), bytes.to_vec())).collect();
        let state = State { commit: "1".repeat(40), licence: Some("mit"), files, ..State::default() };
        let state = Arc::new(Mutex::new(state));
        for (listener, is_cdn) in [(hub, false), (cdn, true)] {
            let shared = Arc::clone(&state);
            // Ends with the process.
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // The server ignores clients that have disconnected.
                    let mut state = shared.lock().expect("no test panics inside");
                    let _ = answer(&stream, &mut state, is_cdn, elsewhere);
                }
            });
        }
        Self { address, elsewhere, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics inside")
    }

    /// The requests since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.state().asked)
    }
}

/// Answers one request. Small files are behind a relative redirect, large ones behind a redirect to
/// the second server.
fn answer(stream: &TcpStream, state: &mut State, is_cdn: bool, elsewhere: SocketAddr) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut token) = (None, None);
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "range" => {
                let (from, to) = value["bytes=".len()..].split_once('-').expect("a range");
                range = Some((from.parse().expect("a number"), to.parse().ok()));
            }
            "authorization" => token = value.strip_prefix("Bearer ").map(str::to_owned),
            _ => {}
        }
    }
    state.asked.push(Asked { elsewhere: is_cdn, path: path.clone(), token: token.clone(), range });
    let parts: Vec<&str> = path.trim_start_matches('/').splitn(5, '/').collect();
    let known = |revision: &str| revision == state.commit || revision == "main";
    if let ["cdn", name] = path.trim_start_matches('/').splitn(2, '/').collect::<Vec<_>>()[..] {
        let Some(bytes) = state.files.get(name).cloned() else { return plain(stream, 404) };
        // Requests for the size of a file always succeed.
        let trouble = if range == Some((0, Some(0))) { None } else { state.trouble.pop_front() };
        return send(stream, &bytes, range, "", trouble);
    }
    if is_cdn {
        return plain(stream, 404);
    }
    if state.token.is_some_and(|wanted| token.as_deref() != Some(wanted)) {
        return plain(stream, 401);
    }
    match parts[..] {
        ["api", "models", _, _, rest] if path.starts_with(&format!("/api/models/{REPO}/")) => {
            if !rest.strip_prefix("revision/").is_some_and(known) {
                return plain(stream, 404);
            }
            let siblings: Vec<_> =
                state.files.keys().chain(&state.listed).map(|name| json!({ "rfilename": name })).collect();
            let card = state.licence.map(|licence| json!({ "license": licence }));
            let body = json!({ "sha": state.commit, "siblings": siblings, "cardData": card }).to_string();
            send(stream, body.as_bytes(), None, "Content-Type: application/json\r\n", None)
        }
        ["org", "name", "resolve", revision, name] if known(revision) => {
            let Some(bytes) = state.files.get(name) else { return plain(stream, 404) };
            let commit = &state.commit;
            let large = name.ends_with(".safetensors") || name.ends_with(".onnx");
            let location = if large {
                let tag = state.told.get(name).cloned().unwrap_or_else(|| sha256(bytes));
                let tag = state.tag.map_or(tag, str::to_owned);
                let size = bytes.len();
                let location = match state.leads.as_deref() {
                    Some("") => String::new(),
                    Some(place) => format!("Location: {place}\r\n"),
                    None => format!("Location: http://{elsewhere}/cdn/{name}\r\n"),
                };
                format!("X-Linked-Etag: \"{tag}\"\r\nX-Linked-Size: {size}\r\n{location}")
            } else {
                format!("Location: /small/{name}\r\n")
            };
            let head = format!(
                "HTTP/1.1 302 Found\r\nX-Repo-Commit: {commit}\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
            (&*stream).write_all(head.as_bytes())
        }
        ["small", ref name @ ..] => {
            let name = name.join("/");
            let Some(bytes) = state.files.get(&name) else { return plain(stream, 404) };
            let headers =
                format!("ETag: \"{}\"\r\nX-Repo-Commit: {}\r\n", &sha256(bytes)[..40], state.commit);
            send(stream, bytes, range, &headers, None)
        }
        _ => plain(stream, 404),
    }
}

fn plain(mut stream: &TcpStream, status: u16) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

fn send(
    mut stream: &TcpStream,
    bytes: &[u8],
    range: Option<(usize, Option<usize>)>,
    headers: &str,
    trouble: Option<Trouble>,
) -> std::io::Result<()> {
    let range = range.filter(|_| !matches!(trouble, Some(Trouble::Whole)));
    if let Some(Trouble::Status(status)) = trouble {
        return plain(stream, status);
    }
    let (status, part, told) = match range {
        Some((from, _)) if from >= bytes.len() => {
            return write!(
                stream,
                "HTTP/1.1 416 No\r\n{headers}Content-Range: bytes */{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                bytes.len()
            );
        }
        Some((from, to)) => {
            let to = to.unwrap_or(usize::MAX).min(bytes.len() - 1);
            let told = format!("Content-Range: bytes {from}-{to}/{}\r\n", bytes.len());
            ("206 Partial Content", &bytes[from..=to], told)
        }
        None => ("200 OK", bytes, String::new()),
    };
    let length = part.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}{told}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    match trouble {
        Some(Trouble::Breaks(after)) => stream.write_all(&part[..after.min(length)]),
        _ => stream.write_all(part),
    }
}
