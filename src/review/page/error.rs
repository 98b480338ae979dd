//! Why there is no page.

/// Why no page can be made of records.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is nothing to show.
    #[error("no records; run extract on articles with sentences first")]
    Empty,
    /// A record could not be put into JSON.
    #[error("internal error: a record could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}
