//! Models of the Hugging Face Hub: finding, downloading and pinning their files.

pub mod error;
pub mod event;
pub mod pull;
mod repository;
mod transfer;
