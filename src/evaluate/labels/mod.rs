//! Labels of articles, whoever made them: gold files, reviewed records, predictions.

mod article;
mod files;
mod gold;

pub(super) use article::digest;
pub use article::{Coverage, Inference, LabelledArticle, Passage, Side, Stated};
pub use files::read;
pub(super) use gold::GoldClaim;
