//! HTTP requests to the Hub and to hosts that it redirects to. The token is sent only to the Hub's
//! own host, and every request has a time limit.
//!
//! `hf-hub` transfers files too, but sends the token to every host that it is redirected to, has no
//! time limit, and follows redirect loops forever.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use ureq::config::ConfigBuilder;
use ureq::http::{HeaderMap, Response, Uri};
use ureq::typestate::AgentScope;
use ureq::{Agent, Body};

use super::error::HubError;

/// At most this many redirects are followed.
const REDIRECTS: u32 = 5;
/// The time limit for connecting.
const CONNECT: Duration = Duration::from_secs(30);
/// The time limit for receiving the next data of an answer.
const STALL: Duration = Duration::from_secs(60);

const COMMIT: &str = "x-repo-commit";

/// Sends requests to a Hub.
pub struct Client {
    agent: Agent,
    endpoint: String,
    token: Option<String>,
}

/// The Hub's data on a file.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    pub commit: String,
    pub tag: String,
    pub size: u64,
}

/// The reason why a request failed.
#[derive(Debug)]
pub enum Failed {
    /// The answer has only this status.
    Status(u16),
    Request(ureq::Error),
    Io(io::Error),
    /// Repeating the request does not help.
    Final(HubError),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ureq::Error> for Failed {
    fn from(error: ureq::Error) -> Self {
        Self::Request(error)
    }
}

impl Failed {
    /// Whether the same request may succeed a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 416 | 429 | 500..),
            Self::Request(error) => {
                use ureq::Error::{BadUri, Http, InvalidProxyUrl};
                !matches!(error, BadUri(_) | Http(_) | InvalidProxyUrl)
            }
            Self::Io(error) => !matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ),
            Self::Final(_) => false,
        }
    }
}

struct HubAnswer {
    response: Response<Body>,
    /// Headers of the last answer of the Hub itself that names a commit.
    own: HeaderMap,
}

impl Client {
    /// `endpoint` is the Hub's URL, without a slash at its end.
    pub fn new(endpoint: String, token: Option<String>) -> Self {
        Self { agent: config(STALL).build().new_agent(), endpoint, token }
    }

    /// The token, which must not appear in any message.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The body at a URL of the Hub.
    pub fn text(&self, path: &str) -> Result<String, Failed> {
        Ok(self.get(path, None)?.response.body_mut().read_to_string()?)
    }

    /// Commit, hash and size of a file.
    pub fn about(&self, path: &str) -> Result<About, Failed> {
        let HubAnswer { response, own } = self.get(path, Some("bytes=0-0"))?;
        let lacks = |name: &str| no_hub(format!("the Hub's answer has no {name}"));
        let tag =
            header(&own, "x-linked-etag").or_else(|| header(&own, "etag")).ok_or_else(|| lacks("ETag"))?;
        let commit = header(&own, COMMIT).ok_or_else(|| lacks("X-Repo-Commit"))?;
        let headers = response.headers();
        let size = match response.status().as_u16() {
            200 => header(headers, "content-length"),
            _ => header(headers, "content-range").and_then(|range| range.rsplit('/').next()),
        };
        Ok(About {
            commit: commit.to_owned(),
            tag: tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned(),
            size: size.and_then(|size| size.parse().ok()).ok_or_else(|| lacks("size"))?,
        })
    }

    /// Downloads the missing bytes of a part, up to `size`, and reports progress. The caller
    /// holds the part's lock.
    pub fn complete(&self, path: &str, part: &Path, size: u64, observer: &dyn Fn(u64)) -> Result<(), Failed> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(part)?;
        let mut from = file.seek(SeekFrom::End(0))?;
        if from > size {
            file.set_len(0)?;
            from = 0;
        }
        if from == size {
            return Ok(());
        }
        let response = self.get(path, Some(&format!("bytes={from}-")))?.response;
        if response.status() != 206 || begins_at(response.headers()) != Some(from) {
            // The range was ignored: the whole file is sent, now or at the next attempt.
            file.set_len(0)?;
            from = 0;
            if response.status() != 200 {
                return Err(Failed::Status(416));
            }
        }
        file.seek(SeekFrom::Start(from))?;
        observer(from);
        // One byte too many shows that it is another file.
        let body = response.into_body().into_reader().take(size - from + 1);
        let arrived = from + io::copy(&mut Observed { body, here: from, observer }, &mut file)?;
        file.sync_all()?;
        if arrived > size {
            file.set_len(0)?;
            return Err(Failed::Final(HubError::Answer(format!(
                "received more than the {size} bytes that the Hub reported; run the command again"
            ))));
        }
        if arrived < size {
            return Err(Failed::Io(ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }

    /// Requests a URL of the Hub, and follows redirects.
    fn get(&self, path: &str, range: Option<&str>) -> Result<HubAnswer, Failed> {
        let mut url = format!("{}/{path}", self.endpoint);
        let home = origin(&url);
        let mut own = HeaderMap::new();
        let mut at_home = true;
        for _ in 0..=REDIRECTS {
            // A redirect from another host back to the Hub gets no token either.
            at_home &= origin(&url) == home;
            let mut request = self.agent.get(&url);
            if let Some(range) = range {
                request = request.header("Range", range);
            }
            if let Some(token) = self.token.as_ref().filter(|_| at_home) {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let response = request.call()?;
            if at_home && response.headers().contains_key(COMMIT) {
                own = response.headers().clone();
            }
            match response.status().as_u16() {
                200 | 206 | 416 => return Ok(HubAnswer { response, own }),
                301 | 302 | 303 | 307 | 308 => {
                    url = next(&url, header(response.headers(), "location")).map_err(Failed::Final)?;
                }
                status => return Err(Failed::Status(status)),
            }
        }
        Err(no_hub(format!("the Hub redirects more than {REDIRECTS} times")))
    }
}

/// The body of an answer, which reports the number of bytes received.
struct Observed<'o, R> {
    body: R,
    here: u64,
    observer: &'o dyn Fn(u64),
}

impl<R: Read> Read for Observed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer)?;
        self.here += read as u64;
        (self.observer)(self.here);
        Ok(read)
    }
}

/// The error that an answer is not that of a Hub.
fn no_hub(what: String) -> Failed {
    Failed::Final(HubError::Answer(format!("{what}; is HF_ENDPOINT a Hub?")))
}

fn config(stall: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        // A range of a compressed answer is not a range of the file.
        .accept_encoding("identity")
        .user_agent(concat!("demarche/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(stall))
        .timeout_per_write(Some(stall))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The first byte in the range of an answer.
fn begins_at(headers: &HeaderMap) -> Option<u64> {
    let range = header(headers, "content-range")?.strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok()
}

/// Scheme, host and port: another port counts as another host.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let url: Uri = url.parse().ok()?;
    let scheme = url.scheme_str()?.to_lowercase();
    let port = url.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    Some((scheme, url.host()?.to_lowercase(), port))
}

/// The URL that a redirect leads to.
fn next(from: &str, location: Option<&str>) -> Result<String, HubError> {
    let wrong = HubError::Answer;
    let location = location
        .ok_or_else(|| wrong("the Hub redirects without saying where; is HF_ENDPOINT a Hub?".into()))?;
    let to = location.split('#').next().unwrap_or_default();
    let here: Uri = from.parse().map_err(|_| wrong(format!("{from} is no address")))?;
    let scheme = here.scheme_str().unwrap_or("https").to_lowercase();
    let host = here.authority().map_or("", |host| host.as_str());
    let is = |prefix: &str| to.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
    if is("http://") && scheme == "https" {
        return Err(wrong("the Hub redirects from https to http, which is not secure".into()));
    }
    Ok(if is("http://") || is("https://") {
        to.to_owned()
    } else if to.starts_with("//") {
        format!("{scheme}:{to}")
    } else if to.starts_with('/') {
        format!("{scheme}://{host}{to}")
    } else if to.split(['/', '?']).next().is_some_and(|first| first.contains(':')) {
        return Err(wrong(format!("the Hub redirects to {location:?}, which is no address of the web")));
    } else {
        let folder = here.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{host}{folder}/{to}")
    })
}

/// A file's name as part of a URL.
pub fn escaped(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(byte);
    name.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_redirect_is_relative_to_its_own_url() {
        let from = "http://hub:80/a/b?c=d";
        for (location, to) in [
            ("/x?y=http://z", "http://hub:80/x?y=http://z"),
            ("x/y#z", "http://hub:80/a/x/y"),
            ("//cdn/x", "http://cdn/x"),
            ("HTTPS://cdn:1/x", "HTTPS://cdn:1/x"),
        ] {
            assert_eq!(next(from, Some(location)).ok().as_deref(), Some(to), "{location}");
        }
        for (from, location) in [
            (from, None),
            (from, Some("file:///etc/passwd")),
            ("https://hub/a", Some("http://hub/a")),
            ("no address", Some("/a")),
        ] {
            assert!(next(from, location).is_err(), "{from} {location:?}");
        }
    }

    #[test]
    fn another_port_or_scheme_is_another_host() {
        assert_eq!(origin("http://Hub/a"), origin("HTTP://hub:80/b?c"));
        for other in ["https://hub/", "http://hub:81/", "http://hub.org/", "http://hub@cdn/"] {
            assert_ne!(origin("http://hub/"), origin(other), "{other}");
        }
    }

    #[test]
    fn a_name_is_escaped_as_one_path() {
        assert_eq!(escaped("onnx/a b?c#d%.onnx"), "onnx/a%20b%3Fc%23d%25.onnx");
    }

    /// A client with a short time limit, for a server that sends this and then nothing.
    fn waits(said: &'static str) -> (Client, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            stream.write_all(said.as_bytes()).expect("sent");
            // Ends when the client gives up.
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        let agent = config(Duration::from_millis(200)).proxy(None).build().new_agent();
        (Client { agent, endpoint, token: None }, server)
    }

    #[test]
    fn a_silent_server_times_out() {
        for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
            let (client, server) = waits(said);
            let folder = tempfile::tempdir().expect("a folder");
            let (part, started) = (folder.path().join("a.part"), Instant::now());
            let failed = client.complete("a", &part, 9, &|_| {}).expect_err("given up");
            assert!(failed.may_pass(), "{failed:?}");
            assert!(started.elapsed() < Duration::from_secs(10));
            assert_eq!(
                std::fs::read_to_string(&part).ok().map(|p| p.len()),
                said.find("abc").map(|_| 3).or(Some(0))
            );
            drop(client);
            server.join().expect("ended");
        }
    }
}
