//! Reads news articles and writes down, sentence by sentence, who is named and who takes which stance.
//!
//! The folders follow the data's way: [`document`] → [`text`] → [`entities`] → [`stance`] →
//! [`record`]; [`extract`] runs the stages in a row, [`job`] runs them over a batch.
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use demarche::config::{ConfigFiles, Configuration};
//! use demarche::document::{self, Kind, Options, Origin, Raw};
//! use demarche::engine::{DEFAULT_BUDGET, Workers};
//! use demarche::extract::{Extractor, Models};
//! use demarche::models::{Catalogue, Runtime};
//!
//! let configuration = Configuration::load(&ConfigFiles::default())?;
//! let models = Models::load(&Catalogue::open(None)?, &Runtime::default())?;
//! let workers = Workers::new(NonZeroUsize::MIN, DEFAULT_BUDGET);
//! let extractor = Extractor::new(&models, &configuration, workers)?;
//!
//! let raw = Raw {
//!     origin: Origin { path: "note".into(), line: None },
//!     stem: "note".into(),
//!     kind: Kind::Text,
//!     bytes: b"Islamabad said that Delhi had rejected any mediation.".to_vec(),
//! };
//! let document = document::parse(raw, &Options::default())?;
//! for extraction in extractor.extract(vec![document])? {
//!     let sentence = &extraction?.sentences[0];
//!     assert_eq!(sentence.mentions.len(), 2);
//!     assert_eq!(sentence.claims[0].holder, "India");
//!     assert_eq!(sentence.claims[0].source.as_deref(), Some("Pakistan"));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod config;
mod digest;
pub mod document;
mod durable;
pub mod engine;
pub mod entities;
pub mod evaluate;
pub mod exchange;
pub mod extract;
pub mod job;
pub mod models;
mod numeric;
pub mod progress;
pub mod record;
pub mod review;
pub mod stance;
pub mod storage;
pub mod text;

#[cfg(test)]
#[path = "../tests/suite/kinds.rs"]
mod kinds;
