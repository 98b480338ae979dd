//! DeBERTa (He et al., 2021), versions 1 to 3. `rust-bert`'s own implementation differs from
//! transformers.
//!
//! Parameters have the names of transformers.

mod attention;
mod config;
mod model;
mod positions;

#[cfg(test)]
mod tests;

pub use config::Version;
pub use model::network;
