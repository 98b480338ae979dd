//! `models.lock`: pins each file of each model by size and sha256. Written by the program.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::models::error::ListingError;
use crate::models::names::is_below;

/// The format version that this program reads and writes.
const VERSION: u32 = 1;

/// A pinned file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedFile {
    /// Size in bytes.
    pub size: u64,
    /// Lower-case hexadecimal sha256 of the bytes.
    pub sha256: String,
}

/// The pins of one model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelPins {
    /// The model's name in `models.toml`.
    pub name: String,
    /// The commit of the files, for a model from the Hub.
    pub revision: Option<String>,
    /// Files by name.
    pub files: BTreeMap<String, PinnedFile>,
}

/// All pins of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(Vec<ModelPins>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockToml {
    version: u32,
    #[serde(default)]
    model: Vec<ModelPins>,
}

impl Lock {
    /// Reads the text of a `models.lock`.
    ///
    /// # Errors
    /// [`ListingError`] with what is wrong and how to fix it.
    pub fn parse(text: &str) -> Result<Self, ListingError> {
        let LockToml { version, model } = toml::from_str(text)?;
        if version != VERSION {
            return Err(ListingError::Version { found: version, known: VERSION });
        }
        for (i, pins) in model.iter().enumerate() {
            let name = &pins.name;
            if model.iter().take(i).any(|other| other.name == *name) {
                return Err(ListingError::PinnedTwice(name.clone()));
            }
            if let Some(file) = pins.files.keys().find(|file| !is_below(file)) {
                return Err(ListingError::Outside { model: name.clone(), file: file.clone() });
            }
        }
        Ok(Self(model))
    }

    /// The pins of a model.
    pub fn get(&self, name: &str) -> Option<&ModelPins> {
        self.0.iter().find(|pinned| pinned.name == name)
    }

    /// Sets a model's pins, replacing earlier ones.
    pub fn set(&mut self, pinned: ModelPins) {
        match self.0.iter_mut().find(|other| other.name == pinned.name) {
            Some(other) => *other = pinned,
            None => self.0.push(pinned),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut out =
            format!("# Written by demarche: each file pinned by size and sha256.\nversion = {VERSION}\n");
        for ModelPins { name, revision, files } in &self.0 {
            // Writing to a string does not fail.
            let _ = write!(out, "\n[[model]]\nname = {}\n", quoted(name));
            if let Some(revision) = revision {
                let _ = writeln!(out, "revision = {}", quoted(revision));
            }
            out.push_str("[model.files]\n");
            for (file, PinnedFile { size, sha256 }) in files {
                let _ = writeln!(out, "{} = {{ size = {size}, sha256 = {} }}", key(file), quoted(sha256));
            }
        }
        out
    }
}

/// A quoted key: unlike a value, it never becomes `'''…'''`.
fn key(name: &str) -> String {
    // TOML has the same escapes as JSON.
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let file = PinnedFile { size: 3, sha256: "ab".into() };
        let files = |names: &[&str]| names.iter().map(|name| (name.to_string(), file.clone())).collect();
        let mut lock = Lock::default();
        lock.set(ModelPins { name: "a \"b\"\n".into(), revision: None, files: files(&["config.json"]) });
        lock.set(ModelPins {
            name: "c".into(),
            revision: Some("1".into()),
            files: files(&["x", "o/it's \"m\".onnx"]),
        });
        assert_eq!(Lock::parse(&lock.text()), Ok(lock.clone()));
        lock.set(ModelPins { name: "c".into(), revision: Some("2".into()), files: files(&["y"]) });
        let read = Lock::parse(&lock.text()).expect("read");
        assert_eq!((read.0.len(), read.get("c").map(|p| p.files.len())), (2, Some(1)));
    }

    #[test]
    fn a_lock_with_outside_paths_or_a_newer_version_is_refused() {
        let with = |name: &str| {
            Lock::parse(&format!(
                "version = 1\n[[model]]\nname = \"m\"\n[model.files]\n{name:?} = {{ size = 1, sha256 = \"a\" }}"
            ))
        };
        assert!(with("onnx/model.onnx").is_ok());
        let parts = ["a//b", "a/", "./a", "a/.", "..\\a", "C:a", "c:/a", "a/C:\\b", "a\nb"];
        for name in ["../secret", "/etc/passwd", "a/../../b", ""].into_iter().chain(parts) {
            assert!(with(name).is_err_and(|e| e.to_string().contains("below")), "{name}");
        }
        assert!(Lock::parse("version = 2").is_err_and(|e| e.to_string().contains("newer")));
        let twice = "version = 1\n[[model]]\nname = \"m\"\nfiles = {}\n[[model]]\nname = \"m\"\nfiles = {}";
        assert!(Lock::parse(twice).is_err_and(|e| e.to_string().contains("twice")));
    }
}
