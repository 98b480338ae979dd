//! Document ids: the article's own, otherwise the file's stem; unique in a run.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::document::Document;

/// The ids of a run, by hash, each with the number for the next clash.
#[derive(Debug, Default)]
pub struct Identities(HashMap<[u8; 32], u64>);

impl Identities {
    /// The id of the next document: its own, otherwise its file's stem. If another document has
    /// this id, and for every line without an id, the start of the content hash is added, so that
    /// an article keeps its id whatever comes before it. A repetition of the same content also gets
    /// a number.
    pub fn assign(&mut self, document: &Document) -> String {
        let hash = document.sha256.get(..8).unwrap_or(&document.sha256);
        let own = document.id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let plain = match (own, document.origin.line) {
            (Some(own), _) => own.to_owned(),
            (None, None) => document.stem.clone(),
            (None, Some(_)) => format!("{}-{hash}", document.stem),
        };
        if self.is_new(&plain) {
            return plain;
        }
        let hashed = if plain.ends_with(hash) { plain } else { format!("{plain}-{hash}") };
        if self.is_new(&hashed) {
            return hashed;
        }
        loop {
            let next = self.0.entry(key(&hashed)).or_default();
            *next += 1;
            let numbered = format!("{hashed}-{}", *next + 1);
            if self.is_new(&numbered) {
                return numbered;
            }
        }
    }

    fn is_new(&mut self, id: &str) -> bool {
        let size = self.0.len();
        self.0.entry(key(id)).or_default();
        self.0.len() > size
    }
}

fn key(id: &str) -> [u8; 32] {
    Sha256::digest(id).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Origin;

    fn document(id: Option<&str>, stem: &str, sha256: &str, line: Option<u64>) -> Document {
        Document {
            origin: Origin { path: "p".into(), line },
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
    fn clashing_ids_are_extended_by_content_hashes() {
        let mut ids = Identities::default();
        assert_eq!(ids.assign(&document(None, "a", "0123456789", None)), "a");
        assert_eq!(ids.assign(&document(Some("a"), "b", "abcdefabcd", None)), "a-abcdefab");
        assert_eq!(ids.assign(&document(Some(" "), "a", "abcdefabcd", None)), "a-abcdefab-2");
        assert_eq!(ids.assign(&document(Some(" "), "a", "abcdefabcd", None)), "a-abcdefab-3");
    }

    #[test]
    fn a_line_without_an_id_gets_the_same_id_whatever_precedes_it() {
        let line = |n| document(None, "wire", "0123456789", Some(n));
        let mut ids = Identities::default();
        assert_eq!(ids.assign(&line(1)), "wire-01234567");
        let mut ids = Identities::default();
        ids.assign(&document(None, "wire", "9876543210", Some(1)));
        assert_eq!(ids.assign(&line(2)), "wire-01234567");
        assert_eq!(ids.assign(&line(3)), "wire-01234567-2");
    }
}
