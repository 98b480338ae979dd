//! The page on which a person reads and reviews the records: one HTML file that needs no other.
//!
//! The browser parses a small index at once, and the articles in chunks only when they are shown,
//! so that a page with thousands of articles opens quickly.

mod data;
mod error;
mod html;

pub use error::PageError;
pub use html::render;
