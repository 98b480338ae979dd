//! Names of the files in an output folder.

use crate::record::{DOCUMENTS, SCORES, SENTENCES};

/// The file that lists the documents that failed.
pub(crate) const QUARANTINE: &str = "quarantine.jsonl";

/// The file that describes the other files.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The log of reviews.
pub(crate) const REVIEWS: &str = "reviews.jsonl";

/// The reviewer's page.
pub const PAGE: &str = "review.html";

/// The files that a run writes, in the order in which they are renamed.
pub const FILES: [&str; 5] = [SENTENCES, SCORES, DOCUMENTS, QUARANTINE, MANIFEST];

/// All files of an output folder; none of them is an article.
pub const OWN_FILES: [&str; 7] = [SENTENCES, SCORES, DOCUMENTS, QUARANTINE, MANIFEST, REVIEWS, PAGE];
