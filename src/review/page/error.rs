//! Errors of writing the page.

/// The reason why the page can't be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There are no sentences.
    #[error("no records; run extract on articles with sentences first")]
    Empty,
    /// A record can't be serialized to JSON.
    #[error("internal error: a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
