//! Models: which there are, and whether their files are unaltered.
//!
//! A [`Registry`] lists the models of a folder, or the built-in ones, and reads their files;
//! [`add`] registers a model of a local folder. With the feature `hub`, `pull` registers one from
//! the Hugging Face Hub.

mod backend;
mod cache;
mod calibration;
mod choice;
mod error;
#[cfg(feature = "hub")]
mod hub;
mod names;
mod registry;
mod task;
mod weights;

pub use backend::{BackendName, UnknownBackend};
pub use cache::CacheError;
pub use calibration::Calibration;
pub use choice::Choice;
pub use error::{ListingError, ModelError};
#[cfg(feature = "hub")]
pub use hub::error::{HubError, PullError};
#[cfg(feature = "hub")]
pub use hub::event::{TransferEvent, TransferObserver};
#[cfg(feature = "hub")]
pub use hub::pull::{HubModel, NoHubModel, pull};
pub use registry::add::{AddError, add};
pub use registry::edit::calibrate;
pub use registry::entry::{ModelEntry, ModelSource};
pub use registry::lock::PinnedFile;
pub use registry::store::Registry;
pub use task::{ModelTask, UnknownTask};
pub use weights::{Alternative, TaskError, WeightsError};
pub(crate) use weights::{LAYERS, SIEVE};
