//! Replaces the reading of web pages in a build without the feature `html`.

use super::failure::{Flaw, Stage};
use super::fields::ArticleFields;

/// Refuses a page.
///
/// # Errors
/// Always, because web pages can't be read in this build.
pub fn extract(_page: &str) -> Result<ArticleFields, Flaw> {
    let reason = "this build reads no web pages; build it with the feature html, or give text";
    Err(Flaw::new(Stage::Parse, reason))
}
