//! Output folders: files that outlast a crash, and the journal of a run that was cut off.

mod journal;
mod lock;
mod names;
mod outputs;
mod save;

pub(crate) use journal::{Cache, DocumentKey};
#[cfg(feature = "review")]
pub(crate) use lock::hold;
pub use names::{FILES, OWN_FILES, PAGE};
#[cfg(feature = "review")]
pub(crate) use names::{MANIFEST, QUARANTINE, REVIEWS};
pub(crate) use outputs::OutputWriter;
#[cfg(feature = "review")]
pub(crate) use outputs::is_published;
#[cfg(feature = "review")]
pub(crate) use save::replace;
pub use save::{OutputError, save};
