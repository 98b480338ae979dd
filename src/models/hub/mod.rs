//! Models of the Hugging Face Hub: asking for them, transferring and pinning their files.

pub mod pull;
mod repository;
mod transfer;
