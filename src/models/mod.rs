//! The models: what there is, and whether the bytes are right.

mod backend;
mod cache;
mod choice;
mod error;
#[cfg(feature = "hub")]
mod hub;
mod names;
mod registry;
mod task;
mod weights;

pub use backend::{BackendName, UnknownBackend};
pub use choice::Choice;
pub use error::ModelError;
#[cfg(feature = "hub")]
pub use hub::pull::{HubModel, pull};
pub use registry::add::add;
pub use registry::entry::{ModelEntry, Source};
pub use registry::lock::PinnedFile;
pub use registry::store::Registry;
pub use task::{ModelTask, UnknownTask};
