//! Reads news articles and writes down, sentence by sentence, who is named and who takes which stance.
//!
//! The folders follow the data's way: [`document`] → [`text`] → [`entities`] → [`stance`] →
//! [`record`]; [`extract`] runs the stages in a row, [`job`] runs them over a batch.

pub mod config;
mod digest;
pub mod document;
pub mod engine;
pub mod entities;
pub mod extract;
pub mod job;
pub mod models;
mod numeric;
pub mod progress;
pub mod record;
pub mod stance;
pub mod text;
