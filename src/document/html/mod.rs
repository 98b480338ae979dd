//! Finds the article in a web page.

mod article;
mod blocks;
mod dom;
mod metadata;

pub(super) use article::extract;
