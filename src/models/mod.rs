//! The models: what there is, whether the bytes are right, and loading them.
//!
//! A [`Registry`] lists the models of a folder, or the built-in ones, and reads their files; [`add`]
//! enters a model of a local folder, [`pull`] one of the Hugging Face Hub.

mod backend;
mod cache;
mod choice;
mod error;
mod hub;
mod load;
mod make;
mod names;
mod registry;
mod settings;
mod task;
mod weights;

pub use backend::{BackendName, UnknownBackend};
pub use cache::CacheError;
pub use choice::Choice;
pub use error::{ListingError, ModelError};
pub use hub::error::{HubError, PullError};
pub use hub::event::{Observer, TransferEvent};
pub use hub::pull::{HubModel, NoHubModel, pull};
pub use load::Model;
pub use make::Runtime;
pub use registry::add::{AddError, add};
pub use registry::entry::{ModelEntry, Source};
pub use registry::lock::PinnedFile;
pub use registry::store::Registry;
pub use settings::TokenTypes;
pub use task::{ModelTask, UnknownTask};
pub use weights::{Alternative, TaskError, WeightsError};
