//! The models: what there is, whether the bytes are right, and loading them.

mod add;
mod catalogue;
mod edit;
mod embedded;
mod entry;
mod error;
mod hub;
mod load;
mod lock;
mod make;
mod pull;
mod settings;
mod transfer;
mod weights;

pub use add::add;
pub use catalogue::Catalogue;
pub use entry::{EngineName, Entry, Source, Task};
pub use error::ModelError;
pub use load::Model;
pub use lock::File;
pub use make::Runtime;
pub use pull::{Choice, HubModel, pull};
pub use settings::TokenTypes;
