//! The backend `libtorch`: models of `rust-bert` on libtorch, on the CPU or a GPU.

mod deberta;
mod empty;
mod guard;
#[allow(clippy::module_inception)]
mod libtorch;
mod mpnet;
mod network;
mod parts;
mod plan;
mod topics;
mod weights;

pub use libtorch::Libtorch;
pub use parts::{Head, Padded};
pub use weights::Weights;
