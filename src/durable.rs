//! Atomic replacement of files, and locks on folders.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces a file of a folder: writes a temporary file, with these permissions if given, syncs it
/// and renames it.
pub fn replace(folder: &Path, name: &str, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let path = temporary(folder, name);
    let mut file = File::create(&path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&path, folder.join(name))?;
    sync_folder(folder)
}

/// The temporary path of a file until it is complete.
pub fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.tmp"))
}

/// A folder as a file that can be locked.
pub fn lockable(folder: &Path) -> io::Result<File> {
    // Where folders can't be opened as files, lock a file in the folder instead.
    File::open(folder).or_else(|_| File::create(folder.join(".lock")))
}

/// Syncs a folder, so that renames in it survive a crash.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems can't open folders as files.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
