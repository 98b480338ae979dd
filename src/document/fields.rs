//! The fields of an article in the input.

use serde_json::{Map, Value};

/// The content of a text, a page or a JSON object, before repair and language detection.
#[derive(Debug, Default)]
pub(super) struct ArticleFields {
    pub id: Option<String>,
    pub title: Option<String>,
    pub text: String,
    pub url: Option<String>,
    pub published: Option<String>,
    pub outlet: Option<String>,
    pub meta: Map<String, Value>,
}
