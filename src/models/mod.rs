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
mod pull;
mod transfer;
mod weights;

pub use add::add;
pub use catalogue::Catalogue;
pub use entry::{EngineName, Entry, Source, Task};
pub use error::ModelError;
pub use load::{Model, Runtime, TokenTypes};
pub use lock::File;
pub use pull::{Choice, HubModel, pull};
