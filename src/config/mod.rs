//! Configuration that analysts edit: topics, actors, attribution, boilerplate rules.

mod configuration;

pub use configuration::{ConfigError, ConfigErrorKind, ConfigFiles, Configuration};
