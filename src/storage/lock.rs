//! One process at a time in an output folder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::outputs::recover;
use crate::durable::lockable;

/// Locks an output folder and finishes the renames of a run that was killed. The lock is held while
/// the file lives.
pub(crate) fn hold(folder: &Path) -> io::Result<File> {
    let lock = locked(folder)?;
    recover(folder)?;
    Ok(lock)
}

/// Locks a folder for this process.
fn locked(folder: &Path) -> io::Result<File> {
    let file = lockable(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let reason = "another run is writing to this folder; wait for it to end";
            Err(io::Error::new(io::ErrorKind::WouldBlock, reason))
        }
        // Some network file systems have no locks. There, nothing stops a second run.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}
