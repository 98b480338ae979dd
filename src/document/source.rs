//! Finds the files that the inputs name, and streams the documents in them.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::vec;

use glob::MatchOptions;
use walkdir::WalkDir;

use super::compression::{self, PlainStream};
use super::encoding::Utf16Reader;
use super::failure::{Failure, Stage};
use super::raw::{Kind, MAX_BYTES, Origin, Raw};
use crate::isolation::isolated;

/// File extensions that are searched for in a folder.
const EXTENSIONS: [(&str, Form); 6] = [
    ("txt", Form::Whole(Kind::Text)),
    ("html", Form::Whole(Kind::Html)),
    ("htm", Form::Whole(Kind::Html)),
    ("json", Form::Whole(Kind::Json)),
    ("jsonl", Form::Lines),
    ("ndjson", Form::Lines),
];

/// How a file contains documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The file is one document.
    Whole(Kind),
    /// Each line is one document.
    Lines,
}

/// A file to be opened.
struct InputFile {
    path: PathBuf,
    /// `None` for a file without a known extension; its first bytes decide.
    form: Option<Form>,
    stem: String,
}

/// Files that are not opened yet.
type Files = Box<dyn Iterator<Item = Result<InputFile, Failure>> + Send>;

/// The documents of all inputs, in order; see [`read`].
pub struct Documents {
    inputs: vec::IntoIter<String>,
    files: Option<Files>,
    lines: Option<JsonLines>,
    left_out: Option<(PathBuf, &'static [&'static str])>,
}

impl Documents {
    /// Skips the files with these names in `folder`, so that a run does not read its own output.
    pub fn without(mut self, folder: &Path, names: &'static [&'static str]) -> Self {
        self.left_out = fs::canonicalize(folder).ok().map(|folder| (folder, names));
        self
    }

    fn is_left_out(&self, path: &Path) -> bool {
        self.left_out.as_ref().is_some_and(|(folder, names)| is_one_of(path, folder, names))
    }
}

/// Whether `path` is one of the files `names` in `folder`, a canonical path.
pub(crate) fn is_one_of(path: &Path, folder: &Path, names: &[&str]) -> bool {
    let named = path.file_name().is_some_and(|name| names.iter().any(|known| name == *known));
    named && fs::canonicalize(path).is_ok_and(|path| path.parent() == Some(folder))
}

/// Streams the documents of `inputs` in the order given: files, folders, globs, or `-` for standard
/// input. Folders are walked in path order. An input that cannot be read becomes a
/// [`Failure`], and reading continues.
pub fn read(inputs: &[String]) -> Documents {
    Documents { inputs: Vec::from(inputs).into_iter(), files: None, lines: None, left_out: None }
}

impl Iterator for Documents {
    type Item = Result<Raw, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(lines) = &mut self.lines {
                match isolated(|| lines.next()) {
                    Ok(Some(item)) => return Some(item),
                    Ok(None) => self.lines = None,
                    // The rest of the file can't be trusted.
                    Err(message) => {
                        let failure = panicked(&lines.path, &message);
                        self.lines = None;
                        return Some(Err(failure));
                    }
                }
            } else if let Some(files) = &mut self.files {
                match files.next() {
                    Some(Ok(found)) if self.is_left_out(&found.path) => {}
                    Some(Ok(found)) => {
                        let path = found.path.clone();
                        let opened = isolated(|| open(found));
                        match opened.unwrap_or_else(|message| Err(panicked(&path, &message))) {
                            Ok(Opened::Whole(raw)) => return Some(Ok(raw)),
                            Ok(Opened::Lines(lines)) => self.lines = Some(lines),
                            Err(failure) => return Some(Err(failure)),
                        }
                    }
                    Some(Err(failure)) => return Some(Err(failure)),
                    None => self.files = None,
                }
            } else {
                self.files = Some(files(self.inputs.next()?));
            }
        }
    }
}

/// The files that one input names.
fn files(input: String) -> Files {
    let path = Path::new(&input);
    let one = |item| Box::new(iter::once(item));
    if input == "-" {
        return one(Ok(InputFile { path: path.to_owned(), form: None, stem: "stdin".to_owned() }));
    }
    // A file's name may look like a glob.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => folder(path.to_owned()),
        Ok(_) => one(Ok(InputFile::named(path.to_owned()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && input.contains(['*', '?', '[']) => {
            matches(input)
        }
        Err(error) => one(Err(unreadable(path, &error))),
    }
}

/// The files that match a glob, as in a shell.
fn matches(pattern: String) -> Files {
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::default() };
    let mut paths = match glob::glob_with(&pattern, options) {
        Ok(paths) => paths,
        Err(error) => {
            let reason = format!("no such file, and not a valid glob ({error}); check the path");
            return Box::new(iter::once(Err(failure(Path::new(&pattern), reason))));
        }
    };
    // With `**`, the files of a matched folder match too.
    let recursive = pattern.contains("**");
    let mut any = false;
    let mut inner: Option<Files> = None;
    Box::new(iter::from_fn(move || {
        loop {
            if let Some(files) = &mut inner {
                if let Some(item) = files.next() {
                    return Some(item);
                }
                inner = None;
            }
            match paths.next() {
                Some(Ok(path)) if path.is_dir() => {
                    if !recursive {
                        any = true;
                        inner = Some(folder(path));
                    }
                }
                // A pipe or a socket that matches may never receive data.
                Some(Ok(path)) if !path.is_file() => {}
                Some(item) => {
                    any = true;
                    return Some(match item {
                        Ok(path) => Ok(InputFile::named(path)),
                        Err(error) => Err(unreadable(error.path(), error.error())),
                    });
                }
                None if any => return None,
                None => {
                    any = true;
                    let reason = "no file matches; check the path";
                    return Some(Err(failure(Path::new(&pattern), reason)));
                }
            }
        }
    }))
}

/// The files in a folder with a known extension, except hidden ones.
fn folder(root: PathBuf) -> Files {
    let mut entries =
        WalkDir::new(&root).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        });
    let mut any = false;
    Box::new(iter::from_fn(move || {
        for entry in entries.by_ref() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let found = InputFile::named(entry.into_path());
                    if found.form.is_some() {
                        any = true;
                        return Some(Ok(found));
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    any = true;
                    let path = error.path().unwrap_or(&root).to_owned();
                    return Some(Err(match error.io_error() {
                        Some(error) => unreadable(&path, error),
                        None => failure(&path, "a link to a folder that holds it; left out"),
                    }));
                }
            }
        }
        if any {
            return None;
        }
        any = true;
        let reason = "no article in the folder; it needs files that end in \
                      .txt, .html, .htm, .json, .jsonl or .ndjson, or these with .gz or .zst";
        Some(Err(failure(&root, reason)))
    }))
}

impl InputFile {
    /// A file whose kind is known from its extension, if it has a known one.
    fn named(path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = strip(&name, "gz").or_else(|| strip(&name, "zst")).unwrap_or(&name);
        let known = EXTENSIONS.iter().find_map(|&(extension, form)| Some((strip(name, extension)?, form)));
        let (stem, form) = match known {
            Some((stem, form)) => (stem, Some(form)),
            None => (name, None),
        };
        let stem = stem.to_owned();
        Self { path, form, stem }
    }
}

/// `name` without an extension, in any case; `None` if nothing else is left.
fn strip<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
    let (stem, found) = name.rsplit_once('.')?;
    (!stem.is_empty() && found.eq_ignore_ascii_case(extension)).then_some(stem)
}

/// An open file.
enum Opened {
    Whole(Raw),
    Lines(JsonLines),
}

/// Opens a file, and reads it if it is a single document.
fn open(found: InputFile) -> Result<Opened, Failure> {
    let InputFile { path, form, stem } = found;
    let fail = |error: io::Error| unreadable(&path, &error);
    let standard_input = path.as_os_str() == "-";
    let PlainStream { head, mut body } = if standard_input {
        compression::open(io::stdin())
    } else {
        File::open(&path).and_then(compression::open)
    }
    .map_err(fail)?;
    let form = form.unwrap_or_else(|| {
        // A named pipe has no useful name, like standard input.
        let pipe = || fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file());
        sniff(&head, standard_input || pipe())
    });
    match form {
        Form::Whole(kind) => {
            let mut bytes = Vec::new();
            let limit = MAX_BYTES as u64 + 1;
            body.by_ref().take(limit).read_to_end(&mut bytes).map_err(fail)?;
            if bytes.len() > MAX_BYTES {
                return Err(failure(&path, too_large("split the file")));
            }
            Ok(Opened::Whole(Raw { origin: origin(&path, None), stem, kind, bytes }))
        }
        Form::Lines => {
            let body = match Utf16Reader::of(&head) {
                Some(encoding) => Box::new(Utf16Reader::new(body, encoding)),
                None => body,
            };
            Ok(Opened::Lines(JsonLines { path, stem, body: Some(body), line: 0 }))
        }
    }
}

/// Detects the kind of a stream without a known extension from its first bytes.
fn sniff(head: &[u8], pipe: bool) -> Form {
    // UTF-16 without its zero bytes looks like UTF-8, as far as needed here.
    let start: Vec<u8> =
        head.iter().filter(|&&byte| byte != 0).take(1024).map(u8::to_ascii_lowercase).collect();
    let start = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"]
        .iter()
        .find_map(|mark| start.strip_prefix(*mark))
        .unwrap_or(&start)
        .trim_ascii_start();
    let holds = |mark: &[u8]| start.windows(mark.len()).any(|window| window == mark);
    let page = || [&b"<!doctype html"[..], b"<html", b"<head", b"<body"].into_iter().any(holds);
    match start.first() {
        Some(b'{') => Form::Lines,
        Some(b'<') if pipe || page() => Form::Whole(Kind::Html),
        _ => Form::Whole(Kind::Text),
    }
}

/// The lines of a JSON Lines file.
struct JsonLines {
    path: PathBuf,
    stem: String,
    /// `None` after a read error.
    body: Option<Box<dyn BufRead + Send>>,
    line: u64,
}

impl JsonLines {
    fn next(&mut self) -> Option<Result<Raw, Failure>> {
        loop {
            let body = self.body.as_mut()?;
            let mut bytes = Vec::new();
            self.line += 1;
            let taken = body.take(MAX_BYTES as u64 + 2).read_until(b'\n', &mut bytes);
            let ended = bytes.pop_if(|&mut byte| byte == b'\n').is_some();
            if ended {
                bytes.pop_if(|&mut byte| byte == b'\r');
            }
            let rest = match taken {
                Ok(0) if self.line == 1 => {
                    self.body = None;
                    return Some(Err(failure(&self.path, "empty file")));
                }
                Ok(0) => return None,
                Ok(_) if bytes.len() > MAX_BYTES => {
                    let skipped = if ended { Ok(0) } else { body.skip_until(b'\n') };
                    skipped.map(|_| Some(too_large("split the article")))
                }
                Ok(_) => Ok(None),
                Err(error) => Err(error),
            };
            let reason = match rest {
                Ok(Some(reason)) => reason,
                Ok(None) => {
                    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                    if start.trim_ascii().is_empty() {
                        continue;
                    }
                    return Some(Ok(Raw {
                        origin: origin(&self.path, Some(self.line)),
                        stem: self.stem.clone(),
                        kind: Kind::Json,
                        bytes,
                    }));
                }
                Err(error) => {
                    self.body = None;
                    let reason = reason(&error);
                    format!("{reason}; nothing from this line on could be read")
                }
            };
            return Some(Err(Failure {
                origin: origin(&self.path, Some(self.line)),
                ..failure(&self.path, reason)
            }));
        }
    }
}

fn origin(path: &Path, line: Option<u64>) -> Origin {
    let path = path.to_string_lossy().into_owned();
    Origin { path, line }
}

/// A panic while a file was read.
fn panicked(path: &Path, message: &str) -> Failure {
    failure(path, format!("internal error: {message}"))
}

fn failure(path: &Path, reason: impl Into<String>) -> Failure {
    Failure { origin: origin(path, None), stage: Stage::Read, reason: reason.into(), input_sha256: None }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    failure(path, reason(error))
}

/// An I/O error in words for the user who gave the path.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file; check the path".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it; change its permissions".to_owned(),
        _ if error.raw_os_error().is_some() => format!("could not be read: {error}"),
        // Errors that are not from the system come from a decoder.
        _ => format!("the data are cut or damaged ({error}); get the file again"),
    }
}

fn too_large(fix: &str) -> String {
    format!("larger than the limit of {} MiB; {fix}", MAX_BYTES >> 20)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use tempfile::TempDir;

    use super::*;

    /// A folder with files in it.
    fn files(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    /// The result of reading `names` in a folder: each document as its origin and bytes, each
    /// failure as its origin and reason.
    fn outcome(folder: &TempDir, names: &[&str]) -> Vec<(String, String)> {
        let root = format!("{}/", folder.path().display());
        let inputs: Vec<_> = names.iter().map(|name| format!("{root}{name}")).collect();
        read(&inputs)
            .map(|item| {
                let (origin, what) = match item {
                    Ok(raw) => (raw.origin, String::from_utf8_lossy(&raw.bytes).into_owned()),
                    Err(failure) => (failure.origin, format!("! {}", failure.reason)),
                };
                (origin.to_string().replace(&root, ""), what)
            })
            .collect()
    }

    fn origins(folder: &TempDir, names: &[&str]) -> Vec<String> {
        outcome(folder, names).into_iter().map(|(origin, _)| origin).collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_folder_is_walked_in_path_order_without_other_files() {
        let folder = files(&[
            ("b.txt", b"b"),
            ("a/2.html", b"<p>2"),
            ("a/10.TXT.GZ", &gzip(b"10")),
            ("c.jsonl", b"{}\n\n{}\n"),
            ("README.md", b"no"),
            (".hidden.txt", b"no"),
            (".git/x.txt", b"no"),
        ]);
        let expected = ["a/10.TXT.GZ", "a/2.html", "b.txt", "c.jsonl:1", "c.jsonl:3"];
        assert_eq!(origins(&folder, &[""]).to_vec(), expected);
    }

    #[test]
    fn inputs_keep_the_order_given() {
        let folder = files(&[("a.txt", b"a"), ("b.txt", b"b")]);
        assert_eq!(origins(&folder, &["b.txt", "a.txt", "b.txt"]), ["b.txt", "a.txt", "b.txt"]);
    }

    #[test]
    fn stems_lose_known_extensions_only() {
        for (name, stem) in [
            ("a.txt", "a"),
            ("a.b.JSONL.zst", "a.b"),
            ("a.html.gz", "a"),
            ("a.log", "a.log"),
            ("a.gz", "a"),
            (".txt", ".txt"),
        ] {
            assert_eq!(InputFile::named(PathBuf::from(name)).stem, stem);
        }
    }

    #[test]
    fn missing_inputs_are_reported_and_the_others_are_read() {
        let folder = files(&[("a.txt", b"a"), ("empty/x.md", b"x")]);
        let outcome = outcome(&folder, &["no.txt", "*.html", "empty", "a[", "a.txt"]);
        let reasons: Vec<_> = outcome.iter().map(|(_, what)| what.as_str()).collect();
        assert!(reasons[0].contains("no such file; check the path"));
        assert!(reasons[1].contains("no file matches; check the path"));
        assert!(reasons[2].contains("no article in the folder"));
        assert!(reasons[3].contains("check the path"));
        assert_eq!(reasons[4], "a");
    }

    #[test]
    fn a_glob_names_files_of_any_kind_and_each_only_once() {
        let folder = files(&[("a.txt", b"a"), ("d/b.txt", b"b"), ("c.log", b"c"), (".h", b"h")]);
        assert_eq!(origins(&folder, &["*"]), ["a.txt", "c.log", "d/b.txt"]);
        assert_eq!(origins(&folder, &["**/*.txt"]), ["a.txt", "d/b.txt"]);
    }

    #[test]
    fn a_file_whose_name_reads_like_a_glob_is_found() {
        let folder = files(&[("a[1].txt", b"a")]);
        assert_eq!(origins(&folder, &["a[1].txt"]), ["a[1].txt"]);
    }

    #[test]
    fn a_cut_gzip_file_keeps_its_whole_lines() {
        // Numbers that compress badly, so that the truncation is detected late.
        let lines: String = (0..3000u64)
            .map(|n| format!("{{\"text\": \"{:x}\"}}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        let mut bytes = gzip(lines.as_bytes());
        bytes.truncate(bytes.len() / 2);
        let folder = files(&[("a.jsonl.gz", &bytes), ("b.txt.gz", &bytes), ("c.txt", b"c")]);
        let outcome = outcome(&folder, &[""]);
        let failed: Vec<_> = outcome.iter().filter(|(_, what)| what.starts_with('!')).collect();
        assert_eq!(failed.len(), 2);
        assert!(outcome.len() > 1000, "{}", outcome.len());
        assert!(failed[0].0.starts_with("a.jsonl.gz:") && failed[0].1.contains("cut or damaged"));
        assert_eq!(failed[1].0, "b.txt.gz");
        assert_eq!(outcome.last().unwrap().1, "c");
    }

    #[test]
    fn a_document_beyond_the_limit_does_not_take_the_next_line_with_it() {
        let big = vec![b'a'; MAX_BYTES + 1];
        let lines = [&big[..], b"\n{}\r\n", &big[1..], b"\r\n{\"a\": 1}"].concat();
        let folder = files(&[("a.jsonl.gz", &gzip(&lines)), ("b.txt.gz", &gzip(&big))]);
        let outcome = outcome(&folder, &[""]);
        assert!(outcome[0].1.contains("limit of 8 MiB"));
        assert_eq!((outcome[1].0.as_str(), outcome[1].1.as_str()), ("a.jsonl.gz:2", "{}"));
        assert_eq!(outcome[2].1.len(), MAX_BYTES);
        assert_eq!(outcome[3].1, "{\"a\": 1}");
        assert!(outcome[4].1.contains("limit of 8 MiB"));
        assert_eq!(outcome.len(), 5);
    }

    #[test]
    fn lines_in_utf_16_are_split_where_they_end() {
        // The second character contains the byte of a line feed.
        let text = "\u{feff}{\"text\": \"\u{0a0a}\"}\r\n{}\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let folder = files(&[("a.jsonl", &bytes)]);
        let outcome = outcome(&folder, &[""]);
        assert_eq!(outcome.len(), 2);
        assert_eq!(outcome[0].1, "{\"text\": \"\u{0a0a}\"}");
    }

    #[test]
    fn unnamed_streams_are_recognised_by_their_first_bytes() {
        let text = Form::Whole(Kind::Text);
        let page = Form::Whole(Kind::Html);
        for (head, pipe, form) in [
            ("{\"text\"", true, Form::Lines),
            ("\u{feff} \n{\"text\"", true, Form::Lines),
            ("{\"text\"", false, Form::Lines),
            ("<div>", true, page),
            ("<div>", false, text),
            ("\n<!-- x --><!DOCTYPE HTML>", false, page),
            ("Rain is forecast.", true, text),
            ("", true, text),
        ] {
            assert_eq!(sniff(head.as_bytes(), pipe), form, "{head:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn circular_links_end() {
        let folder = files(&[("a/b.txt", b"b")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/up")).unwrap();
        let outcome = outcome(&folder, &[""]);
        assert_eq!(outcome.len(), 2);
        assert!(outcome.iter().any(|(_, what)| what.contains("a link to a folder")));
    }

    #[test]
    fn documents_can_be_sent_to_another_thread() {
        fn sendable(_: &impl Send) {}
        sendable(&read(&[]));
    }
}
