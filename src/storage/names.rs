//! Names of an output folder's files.

use crate::record::{DOCUMENTS, SENTENCES};

/// The file that lists the documents that failed.
pub(crate) const QUARANTINE: &str = "quarantine.jsonl";

/// The file that describes the others.
pub(crate) const MANIFEST: &str = "manifest.json";

/// The log of reviews.
pub(crate) const REVIEWS: &str = "reviews.jsonl";

/// The page for a reviewer.
pub const PAGE: &str = "review.html";

/// The files that a run writes, in the order in which they are put in their place.
pub const FILES: [&str; 4] = [SENTENCES, DOCUMENTS, QUARANTINE, MANIFEST];

/// All files of an output folder, none of which is an article.
pub const OWN_FILES: [&str; 6] = [SENTENCES, DOCUMENTS, QUARANTINE, MANIFEST, REVIEWS, PAGE];
