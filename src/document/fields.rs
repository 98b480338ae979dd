//! What an input says of its article.

use serde_json::{Map, Value};

/// What a text, a page or a JSON object holds, before its text is repaired and its language told.
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
