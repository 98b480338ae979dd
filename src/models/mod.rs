//! The models: what there is, whether the bytes are right, and loading them.

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
pub use choice::Choice;
pub use error::ModelError;
pub use hub::pull::{HubModel, pull};
pub use load::Model;
pub use make::Runtime;
pub use registry::add::add;
pub use registry::entry::{ModelEntry, Source};
pub use registry::lock::PinnedFile;
pub use registry::store::Registry;
pub use settings::TokenTypes;
pub use task::{ModelTask, UnknownTask};
