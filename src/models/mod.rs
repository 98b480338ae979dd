//! The models: what there is, whether the bytes are right, and loading them.

mod catalogue;
mod embedded;
mod load;

pub use catalogue::{Catalogue, Entry, File, ModelError, Task};
pub use load::{Model, TokenTypes};
