//! Tests of the program as a user runs it: real models, real files, real crashes.

#![allow(clippy::print_stdout)]

#[path = "suite/harness.rs"]
mod harness;
#[path = "suite/kinds.rs"]
mod kinds;
#[path = "suite/planted.rs"]
mod planted;

#[path = "suite/apply_review.rs"]
mod apply_review;
#[path = "suite/architectures.rs"]
mod architectures;
#[path = "suite/backends.rs"]
mod backends;
#[path = "suite/broken_inputs.rs"]
mod broken_inputs;
#[path = "suite/commands.rs"]
mod commands;
#[path = "suite/determinism.rs"]
mod determinism;
#[path = "suite/evaluate.rs"]
mod evaluate;
#[path = "suite/exchange.rs"]
mod exchange;
#[path = "suite/fuzzed.rs"]
mod fuzzed;
#[cfg(feature = "hub")]
#[path = "suite/hub.rs"]
mod hub;
#[cfg(feature = "hub")]
#[path = "suite/hub_server.rs"]
mod hub_server;
#[path = "suite/models.rs"]
mod models;
#[path = "suite/records.rs"]
mod records;
#[path = "suite/resume.rs"]
mod resume;
#[path = "suite/review.rs"]
mod review;
#[path = "suite/tokenizers.rs"]
mod tokenizers;
#[path = "suite/topic_model.rs"]
mod topic_model;
