//! What an analyst sets without touching Rust: topics, actors, attribution, boilerplate.

mod configuration;

pub use configuration::{ConfigError, ConfigErrorKind, ConfigFiles, Configuration};
