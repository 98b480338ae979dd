//! The models: what there is, whether the bytes are right, and loading them.

mod catalogue;
mod embedded;
mod entry;
mod error;
mod hub;
mod load;
mod lock;

pub use catalogue::Catalogue;
pub use entry::{EngineName, Entry, Source, Task};
pub use error::ModelError;
pub use load::{Model, Runtime, TokenTypes};
pub use lock::File;
