//! Files that are replaced as a whole, and folders that can be locked.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Replaces one file of a folder: written beside it, with these permissions if any are given, synced and put in its place.
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

/// Where a file of a folder stands until it is whole.
pub fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.tmp"))
}

/// A folder as a file that can be locked.
pub fn lockable(folder: &Path) -> io::Result<File> {
    // Where folders can't be opened as files, a file in it has to do.
    File::open(folder).or_else(|_| File::create(folder.join(".lock")))
}

/// A rename is durable once the folder that holds it is synced.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems do not open folders as files.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
