//! Models of the Hugging Face Hub: asking for them, transferring and pinning their files.

pub mod error;
pub mod event;
pub mod pull;
mod repository;
mod transfer;
