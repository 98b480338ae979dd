//! Locks that can be taken after a panic.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex. Its content is consistent at any time, so a panic in another thread does not
/// matter.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
