//! What is fuzzed: functions that take any bytes and must not panic.
//!
//! Inputs that once made a target panic lie in `fuzz/regressions/TARGET`; a test of the program
//! includes this file and runs them all.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use demarche::actors::Actors;
use demarche::config::Configuration;
use demarche::document::{self, Kind, Options, Origin, Raw};
use demarche::exchange::{AnnotationTask, Tool};
use demarche::models::Registry;
use demarche::record::Dataset;
use demarche::review;
use demarche::stance::Topics;
use demarche::text::{self, Field, Segmented};
use tempfile::TempDir;

/// Runs one input.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("document_text", |bytes| parse(Kind::Text, bytes)),
    ("document_html", |bytes| parse(Kind::Html, bytes)),
    ("document_json", |bytes| parse(Kind::Json, bytes)),
    ("segment", segment),
    ("pages", pages),
    ("corrections", corrections),
    ("label_studio", |bytes| import(Tool::LabelStudio, bytes)),
    ("doccano", |bytes| import(Tool::Doccano, bytes)),
    ("prodigy", |bytes| import(Tool::Prodigy, bytes)),
    ("argilla", |bytes| import(Tool::Argilla, bytes)),
    ("topics_toml", topics),
    ("actors_toml", actors),
    ("models_toml", |bytes| registry("models.toml", bytes)),
    ("models_lock", |bytes| registry("models.lock", bytes)),
];

/// The rules that the program has built in.
static CONFIGURATION: LazyLock<Configuration> =
    LazyLock::new(|| Configuration::built_in().expect("the built-in configuration"));

fn parse(kind: Kind, bytes: &[u8]) {
    let raw = Raw {
        origin: Origin { path: "input".into(), line: (kind == Kind::Json).then_some(1) },
        stem: "input".into(),
        kind,
        bytes: bytes.to_vec(),
    };
    let options = Options { any_language: true, ..Options::default() };
    // Whether the document is taken or refused does not matter. Without a title the target
    // `segment` reads the same text faster.
    if let Ok(document) = document::parse(raw, &options)
        && document.title.is_some()
    {
        let article = text::segment(document, CONFIGURATION.boilerplate());
        for sentence in &article.sentences {
            assert!(!article.raw(sentence).is_empty());
        }
    }
}

/// The first byte chooses the title, the others are the text.
fn segment(bytes: &[u8]) {
    if let Some((choice, text)) = bytes.split_first() {
        cut(*choice, &String::from_utf8_lossy(text));
    }
}

/// Each byte chooses a line of a page, and whether a blank line or white space goes before it.
fn pages(bytes: &[u8]) {
    if let Some((choice, lines)) = bytes.split_first() {
        let glue = |byte: u8| ["\n", "\n", "\n\n", " "][usize::from(byte >> 6)];
        let line = |byte: &u8| [glue(*byte), PAGE_LINES[usize::from(*byte) % PAGE_LINES.len()]].concat();
        cut(*choice, lines.iter().take(60).map(line).collect::<String>().trim());
    }
}

/// Lines of news pages; fewer than the values of a byte without its two high bits.
const PAGE_LINES: &[&str] = &[
    "The ferry company says it will run a third boat from the first of June on.",
    "The harbour board has not agreed yet, and meets in the town hall on Monday.",
    "Fishermen are against it because of the noise, and have written to the board twice this year, which \
     has not answered them, as its head told the Courier on Friday when he was asked about their letters.",
    "“We will wait. The boats are ready,” the captain said. “It is windy.”",
    "Will the board of the harbour agree to the third boat at last this week?",
    "Third boat for the harbour town",
    "Third boat for the harbour town | Harbour Courier",
    "The company has the boat, the town has the harbour and neither has the money",
    "Why boats",
    "What we found",
    "Menu",
    "Subscribe",
    "Sign in",
    "Home",
    "World",
    "Business",
    "Sport",
    "Opinion",
    "Harbour | Boats | Islands",
    "HARBOUR | LIVE TV",
    "Home / Harbour / Third boat for the harbour town",
    "• Home»",
    "• World»",
    "• Third boat for the harbour town",
    "• Aurora",
    "1. Aurora",
    "2. Borealis",
    "1 Storm took the roof off",
    "2 Fleet stays in the port",
    "3 The market has opened again after the storm, and all the boats are back in the port.",
    "The Harbour Courier",
    "A. Reed",
    "By A. Reed and K. Fern, Harbour Bureau",
    "Updated: May 11, 2025",
    "May 7, 2025",
    "3 min read",
    "Photo: AFP",
    "Boats wait in the harbour, May 9, 2025. (AFP)",
    "Advertisement",
    "Story continues below this ad",
    "ALSO READ: Storm took the roof",
    "RELATED ARTICLES",
    "Most Read",
    "Fishing fleet stays in port for days",
    "Market opens again after the storm",
    "Town council votes on the new roof?",
    "About the author",
    "The writer is a member of the harbour board.",
    "No boats today pic.twitter.com/Ab12Cd34",
    "— Daily Ferry (@dailyferry) May 9, 2025",
    "Sign up for our newsletter and get boat news in your inbox",
    "Comments are moderated and may take a day.",
    "Tags: harbour, boats",
    "Comments",
    "Share",
    "© Daily Ferry 2025. All rights reserved.",
    "(With inputs from agencies)",
    "Explore",
    "***",
    "f  x  in",
    "یہ جملہ ہے۔",
    "and two members",
];

/// Cuts a text into sentences. `choice` chooses the title: none, or one of the text's lines, with a
/// site's name behind it or without.
fn cut(choice: u8, text: &str) {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines.get(usize::from(choice >> 2) % lines.len().max(1));
    let title = line.and_then(|line| match choice & 3 {
        0 => None,
        1 => Some(format!("{line} | Daily Ferry")),
        _ => Some((*line).to_owned()),
    });
    let found = text::segment_text(title.as_deref(), text, CONFIGURATION.boilerplate());
    let title = title.unwrap_or_default();
    check(&title, sentences_of(&found, Field::Title));
    let mut ranges = sentences_of(&found, Field::Text);
    ranges.extend(found.boilerplate.iter().map(|span| (span.start, span.end)));
    ranges.sort_unstable();
    check(text, ranges);
}

fn sentences_of(found: &Segmented, field: Field) -> Vec<(usize, usize)> {
    let inside = found.sentences.iter().filter(|sentence| sentence.field == field);
    inside.map(|sentence| (sentence.span.start, sentence.span.end)).collect()
}

/// Ranges are trimmed, lie on characters, do not overlap, and leave out nothing but white space.
fn check(text: &str, ranges: Vec<(usize, usize)>) {
    let mut end = 0;
    for (from, to) in ranges {
        assert!(end <= from && from < to, "{from}..{to} behind {end}");
        let slice = text.get(from..to).expect("whole characters");
        assert_eq!(slice, slice.trim());
        assert_eq!(text[end..from].trim(), "");
        end = to;
    }
    assert_eq!(text[end..].trim(), "");
}

/// An output folder of the program, and a file beside it, for functions that take paths.
struct Folder {
    root: TempDir,
    dataset: Vec<(&'static str, &'static [u8])>,
}

static FOLDER: LazyLock<Mutex<Folder>> = LazyLock::new(|| {
    // In memory where the system has such a folder: each input is a file.
    let memory = Path::new("/dev/shm");
    let root = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = Folder {
        root: root.expect("a folder"),
        dataset: vec![
            ("documents.jsonl", include_bytes!("../dataset/documents.jsonl")),
            ("sentences.jsonl", include_bytes!("../dataset/sentences.jsonl")),
            ("scores.jsonl", include_bytes!("../dataset/scores.jsonl")),
            ("quarantine.jsonl", include_bytes!("../dataset/quarantine.jsonl")),
            ("manifest.json", include_bytes!("../dataset/manifest.json")),
        ],
    };
    fs::create_dir(folder.output()).expect("a folder");
    Mutex::new(folder)
});

impl Folder {
    fn output(&self) -> PathBuf {
        self.root.path().join("output")
    }

    /// Puts the output folder back as `extract` has left it.
    fn restore(&self) {
        for entry in fs::read_dir(self.output()).expect("a folder").flatten() {
            if entry.path().is_file() {
                fs::remove_file(entry.path()).expect("removed");
            }
        }
        for (name, content) in &self.dataset {
            fs::write(self.output().join(name), content).expect("written");
        }
    }

    fn input(&self, bytes: &[u8]) -> PathBuf {
        let path = self.root.path().join("input");
        fs::write(&path, bytes).expect("written");
        path
    }
}

fn corrections(bytes: &[u8]) {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(placed) = review::corrections(&folder.input(bytes))
        && placed.iter().any(|one| one.decision.is_ok())
    {
        folder.restore();
        review::apply(&folder.output(), placed).expect("the folder is sound");
        Dataset::read(&folder.output()).expect("what was written can be read");
    }
}

fn import(tool: Tool, bytes: &[u8]) {
    static TASKS: LazyLock<Vec<AnnotationTask>> = LazyLock::new(|| {
        let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
        folder.restore();
        let dataset = Dataset::read(&folder.output()).expect("a sound folder");
        AnnotationTask::all(&dataset).expect("tasks")
    });
    let tasks = &*TASKS;
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    // Whether the file is taken or refused does not matter.
    let _ = tool.import(&folder.input(bytes), tasks, "somebody");
}

fn topics(bytes: &[u8]) {
    if let Ok(topics) =
        str::from_utf8(bytes).map_err(drop).and_then(|text| Topics::from_toml(text).map_err(drop))
    {
        for topic in topics.iter() {
            topic.admits("Islamabad said that Delhi had rejected any mediation.", Some(0.5));
        }
    }
}

fn actors(bytes: &[u8]) {
    if let Ok(actors) =
        str::from_utf8(bytes).map_err(drop).and_then(|text| Actors::from_toml(text).map_err(drop))
    {
        let text = "Islamabad’s ministers said that the U.S. and New Delhi had rejected İt.";
        for mention in actors.find(text) {
            assert!(text.get(mention.span.range()).is_some());
        }
    }
}

/// Opens a folder of models in which one of the two files is `bytes` and the other is sound.
fn registry(name: &str, bytes: &[u8]) {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let files: [(&str, &[u8]); 2] = [
        ("models.toml", include_bytes!("../../models/models.toml")),
        ("models.lock", include_bytes!("../../models/models.lock")),
    ];
    for (known, sound) in files {
        let content = if known == name { bytes } else { sound };
        fs::write(folder.root.path().join(known), content).expect("written");
    }
    if let Ok(registry) = Registry::open(Some(folder.root.path())) {
        for entry in registry.entries() {
            registry.path(entry, "config.json");
        }
    }
}
