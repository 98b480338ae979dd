//! What makes no page.

/// Records that make no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is nothing to show.
    #[error(
        "no records; run extract on articles with sentences first, without --claims-only if none carries a claim"
    )]
    Empty,
    /// A record that JSON can't hold.
    #[error("records: {0}")]
    Json(#[from] serde_json::Error),
}
