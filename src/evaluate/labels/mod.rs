//! Labels of articles from any source: gold files, reviewed records, predictions.

mod article;
mod files;
mod gold;

pub(super) use article::digest;
pub use article::{ClaimWords, Coverage, Inference, LabelledArticle, NamedWords, Passage, Side, Stated};
pub use files::read;
pub(super) use gold::GoldClaim;
