//! Reads news articles and writes down, sentence by sentence, who is named and who takes which stance.
//!
//! The folders follow the data's way: [`document`] → [`text`] → [`entities`] → [`stance`] →
//! [`record`]; [`extract`] runs the stages in a row, [`job`] runs them over a batch.
//!
//! ```
//! let records = demarche::Extractor::builtin()?.extract_text("Delhi rejected any mediation.")?;
//! assert_eq!(records.sentences[0].claims[0].holder, "India");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod actors;
pub mod config;
mod digest;
pub mod document;
mod durable;
pub mod entities;
#[cfg(feature = "evaluate")]
pub mod evaluate;
#[cfg(feature = "exchange")]
pub mod exchange;
pub mod extraction;
pub mod inference;
mod isolation;
pub mod job;
pub mod models;
mod numeric;
pub mod observe;
mod phrase;
pub mod record;
#[cfg(feature = "review")]
pub mod review;
pub mod stance;
pub mod storage;
pub mod text;

pub use extraction::{Extraction, Extractor};
pub use job::Job;

#[cfg(test)]
#[path = "../tests/suite/kinds.rs"]
mod kinds;
