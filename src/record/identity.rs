//! Ids of documents: the article's own, else the file's stem, unique in a run.

use std::collections::HashSet;

use crate::document::Document;

/// The ids that a run has given.
#[derive(Debug, Default)]
pub struct Identities(HashSet<String>);

impl Identities {
    /// The id of the next document. On a clash a piece of its content hash is added, and for the
    /// same content once more a number.
    pub fn assign(&mut self, document: &Document) -> String {
        let own = document.id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let plain = own.unwrap_or(&document.stem).to_owned();
        let hash = document.sha256.get(..8).unwrap_or(&document.sha256);
        let hashed = format!("{plain}-{hash}");
        let candidates = std::iter::once(plain)
            .chain(std::iter::once(hashed.clone()))
            .chain((2..).map(|n: u64| format!("{hashed}-{n}")));
        for id in candidates {
            if self.0.insert(id.clone()) {
                return id;
            }
        }
        // The numbers do not end before the memory does.
        hashed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Origin;

    fn document(id: Option<&str>, stem: &str, sha256: &str) -> Document {
        Document {
            origin: Origin { path: "p".into(), line: None },
            stem: stem.into(),
            id: id.map(Into::into),
            headline: None,
            title: None,
            text: "t".into(),
            url: None,
            published: None,
            outlet: None,
            language: None,
            meta: Default::default(),
            sha256: sha256.into(),
            repaired: false,
        }
    }

    #[test]
    fn clashing_ids_are_told_apart_by_content() {
        let mut ids = Identities::default();
        assert_eq!(ids.assign(&document(None, "a", "0123456789")), "a");
        assert_eq!(ids.assign(&document(Some("a"), "b", "abcdefabcd")), "a-abcdefab");
        assert_eq!(ids.assign(&document(Some(" "), "a", "abcdefabcd")), "a-abcdefab-2");
    }
}
