//! The page on which a person reads the records and decides on them: one HTML file that needs nothing else.
//!
//! The browser parses a small index at once and the articles, some dozens at a time, only when they are looked
//! at, so that thousands of them open quickly.

mod data;
mod error;
mod html;

pub use error::PageError;
pub use html::render;
