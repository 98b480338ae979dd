//! Reads news articles and records, for each sentence, who is named and who takes which stance.
//!
//! # One text
//!
#![cfg_attr(feature = "bundled-models", doc = "```")]
#![cfg_attr(not(feature = "bundled-models"), doc = "```no_run")]
//! let records = demarche::Extractor::builtin()?.extract_text("Delhi rejected any mediation.")?;
//! assert_eq!(records.sentences[0].claims[0].holder, "India");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An [`Extractor`] owns its models, its configuration and its threads. It is `Send + Sync`, and a
//! clone shares all of them. [`Records`] serialize to the same lines that the program writes.
//!
//! # Other topics, actors, models, threads
//!
//! ```no_run
//! use std::num::NonZeroUsize;
//!
//! use demarche::Extractor;
//!
//! let extractor = Extractor::builder()
//!     .topics("topics.toml")
//!     .actors("actors.toml")
//!     .models("mine")
//!     .threads(NonZeroUsize::new(4).expect("not zero"))
//!     .build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The files have the format of those in `config/` and `models/`. Topics can also be given as text
//! ([`stance::Topics::from_toml`]), and models with your own backend
//! ([`inference::Encoder::with_backend`]); `examples/` shows both.
//!
//! # A batch
//!
//! ```no_run
//! use demarche::observe::{Event, Observer};
//! use demarche::{Extractor, Job};
//!
//! struct Failures;
//!
//! impl Observer for Failures {
//!     fn event(&self, event: Event<'_>) {
//!         if let Event::Quarantined(failure) = event {
//!             eprintln!("{failure}");
//!         }
//!     }
//! }
//!
//! let job = Job::new(Extractor::builtin()?, ["articles", "more/*.jsonl.gz"]);
//! let summary = job.into_folder("output".as_ref(), &Failures)?;
//! println!("{} documents, {} quarantined", summary.totals.documents, summary.totals.quarantined);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A job reads files, folders, globs and standard input, reuses the results of an earlier run, and
//! resumes where a killed run stopped. An error in one document, including a panic, is that
//! document's [`Failure`]. The library prints nothing: an [`Observer`](observe::Observer) receives
//! events, and logs go through `tracing`.
//!
//! # Single stages
//!
//! The modules follow the data: [`document`] → [`text`] → [`entities`] → [`stance`] →
//! [`extraction`] → [`record`] → [`storage`]. Each stage is a function from one complete type to
//! the next: [`document::parse`], [`text::segment`], [`entities::Tagger::tag`],
//! [`stance::contexts`], [`stance::StanceModel::judge`], [`stance::decide`], [`Records::new`].
//! [`Extractor::extract`] runs them in order.
//!
//! # Features
//!
//! All but the last are on by default.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `cli` | the program |
//! | `bundled-models` | the built-in models, 97 MB |
//! | `hub` | models of the Hugging Face Hub |
//! | `html` | web pages as input |
//! | `exchange` | annotation tools and tables |
//! | `evaluate` | comparing records with labels |
//! | `review` | the reviewer's page, and merging decisions into records |
//! | `rust-bert` | the backend `libtorch` |

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

pub use document::{Document, Failure};
pub use extraction::{Extraction, Extractor};
pub use job::Job;
pub use record::Records;

#[cfg(test)]
#[path = "../tests/suite/kinds.rs"]
mod kinds;
