//! A temporary folder with the program in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The files that are the same for the same input.
pub const STABLE: [&str; 4] = ["sentences.jsonl", "documents.jsonl", "quarantine.jsonl", "scores.jsonl"];

pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(&path, content).expect("written");
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_demarche"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Runs `extract … --output out --quiet` and returns the exit code.
    pub fn extract(&self, arguments: &[&str]) -> i32 {
        let all: Vec<&str> =
            ["extract"].iter().chain(arguments).copied().chain(["--output", "out", "--quiet"]).collect();
        let output = self.run(&all);
        let code = output.status.code().unwrap_or(-1);
        assert!(code != -1 && code < 100, "{}", String::from_utf8_lossy(&output.stderr));
        code
    }

    pub fn records(&self, file: &str) -> Vec<Value> {
        read_lines(&self.path("out").join(file))
    }

    pub fn manifest(&self) -> Value {
        let text = fs::read_to_string(self.path("out/manifest.json")).expect("a manifest");
        serde_json::from_str(&text).expect("JSON")
    }

    /// All files in `out` by name.
    pub fn outputs(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.path("out")).expect("a folder").flatten();
        let mut all: Vec<_> = entries
            .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).expect("read")))
            .collect();
        all.sort();
        all
    }

    /// Restores `out` to the given files.
    pub fn put_back(&self, outputs: &[(String, Vec<u8>)]) {
        let _ = fs::remove_dir_all(self.path("out"));
        for (name, bytes) in outputs {
            self.write(&format!("out/{name}"), bytes);
        }
    }

    /// The bytes of the stable files in `out`, and the manifest without `run`.
    pub fn bytes(&self) -> Vec<Vec<u8>> {
        let mut manifest = self.manifest();
        manifest.as_object_mut().expect("an object").remove("run");
        let files = STABLE.map(|name| fs::read(self.path("out").join(name)).expect("written"));
        files.into_iter().chain([manifest.to_string().into_bytes()]).collect()
    }
}

/// The output for the sample corpus, made once and never changed.
pub fn corpus_bench() -> &'static Bench {
    static CORPUS: OnceLock<Bench> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let bench = Bench::new();
        assert_eq!(bench.extract(&[&repository("corpus")]), 0);
        bench
    })
}

/// Its folder.
pub fn corpus_output() -> String {
    corpus_bench().path("out").display().to_string()
}

pub fn read_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

/// A file or folder of the repository.
pub fn repository(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Short articles as JSON lines, `ids` of them.
pub fn articles(ids: std::ops::Range<usize>) -> Vec<String> {
    ids.map(|n| {
        let text = format!(
            "Islamabad said on day {n} that it would welcome mediation by any friend. Delhi answered that \
             it would hear of no third party.\n\nOfficers agreed the ceasefire over their hotline. Shelling \
             had killed {n} villagers near the border, residents said."
        );
        serde_json::json!({ "id": format!("a{n}"), "title": format!("Day {n} of the talks"), "text": text })
            .to_string()
    })
    .collect()
}
