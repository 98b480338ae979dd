//! Reads documents from files, folders, globs and standard input, and finds their text.

mod compression;
mod encoding;
mod failure;
mod fields;
#[cfg(feature = "html")]
mod html;
#[cfg(not(feature = "html"))]
#[path = "no_html.rs"]
mod html;
mod json;
mod language;
mod parse;
mod raw;
mod source;

pub use failure::{Failure, Stage};
pub use parse::{Document, Options, parse};
pub use raw::{Kind, MAX_BYTES, Origin, Raw};
pub(crate) use source::is_one_of;
pub use source::{Documents, read};
