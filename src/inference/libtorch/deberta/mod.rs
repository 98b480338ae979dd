//! DeBERTa (He et al., 2021), versions 1 to 3: `rust-bert`'s own ones compute something else than transformers.
//!
//! Parameters have the names that transformers gives them.

mod attention;
mod config;
mod model;
mod positions;

#[cfg(test)]
mod tests;

pub use config::Version;
pub use model::network;
