//! Atomic replacement of files, with errors that name the path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;

/// The error that an output can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct OutputError {
    /// The file or folder.
    pub path: PathBuf,
    /// The I/O error.
    pub source: io::Error,
}

impl OutputError {
    /// Adds the path to an I/O error.
    pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

/// Replaces a file of a folder: writes a temporary one, syncs it and renames it.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
    durable::replace(folder, name, bytes, None).map_err(OutputError::at(&folder.join(name)))
}

/// Writes a file crash-safely: an old one stays until all of the new one is written. Links, pipes
/// and devices are written to, not replaced.
///
/// # Errors
/// The I/O error, with the path.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    if fs::symlink_metadata(path).is_ok_and(|known| !known.is_file()) {
        return fs::write(path, bytes).map_err(OutputError::at(path));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) => replace(folder, name, bytes),
        None => {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "no name of a file");
            Err(OutputError { path: path.to_owned(), source })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_link_is_kept_and_its_target_is_written() {
        let folder = tempfile::tempdir().expect("folder");
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        for (path, text) in [(&link, "one"), (&file, "two"), (&link, "three")] {
            save(path, text.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&file).expect("there"), text);
        }
        assert!(link.is_symlink());
        assert!(save(folder.path(), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 2);
    }
}
