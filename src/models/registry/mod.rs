//! The models there are: `models.toml`, `models.lock`, the built-in files, and models of a local
//! folder.

pub mod add;
mod built_in;
pub mod edit;
pub mod entry;
mod listing;
pub mod lock;
pub mod store;
