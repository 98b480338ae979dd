//! Claims as labels: `topic|stance|holder`, followed by `|source` if someone else reports it.

use super::error::ExchangeError;
use crate::digest::sha256;
use crate::entities::Label;
use crate::record::LabelledClaim;

/// Separates the parts of a claim's label.
const SEPARATOR: char = '|';

/// The label of a sentence that is not part of the article.
pub const BOILERPLATE: &str = "boilerplate";

/// All labels of an entity.
pub const ENTITIES: [Label; 4] = [Label::Per, Label::Org, Label::Loc, Label::Misc];

/// An entity within a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnotatedSpan {
    /// First code point in the sentence.
    pub start: usize,
    /// Code point after the last one.
    pub end: usize,
    pub label: Label,
    /// The model's score.
    pub score: Option<f64>,
}

/// All labels of a sentence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    pub entities: Vec<AnnotatedSpan>,
    pub claims: Vec<String>,
}

impl Labels {
    /// A short hash that does not depend on the order of the labels.
    pub fn sha256(&self) -> String {
        let mut entities: Vec<_> =
            self.entities.iter().map(|s| (s.start, s.end, s.label.to_string())).collect();
        let mut claims: Vec<&str> = self.claims.iter().map(String::as_str).collect();
        entities.sort();
        entities.dedup();
        claims.sort_unstable();
        claims.dedup();
        sha256(format!("{entities:?}{claims:?}").as_bytes())[..16].into()
    }
}

/// A claim's label.
///
/// # Errors
/// [`ExchangeError::LabelPart`].
pub fn label(claim: &LabelledClaim) -> Result<String, ExchangeError> {
    let parts = parts(claim);
    match parts.iter().find(|part| part.contains(SEPARATOR) || part.trim().is_empty()) {
        Some(part) => Err(ExchangeError::LabelPart { part: (*part).to_owned(), label: parts.join("|") }),
        None => Ok(parts.join("|")),
    }
}

/// A claim's label as a path.
fn parts(claim: &LabelledClaim) -> Vec<&str> {
    let named = [&claim.topic, &claim.stance, &claim.holder];
    named.into_iter().chain(&claim.source).map(String::as_str).collect()
}

/// A label as a path.
pub fn path(label: &str) -> Vec<&str> {
    label.split(SEPARATOR).collect()
}

/// The label of a path.
pub fn from_path(path: &[String]) -> String {
    path.join("|")
}

/// The claim that a label names.
///
/// # Errors
/// What is wrong with it, and how to fix it.
pub fn claim(label: &str) -> Result<LabelledClaim, String> {
    let parts: Vec<String> = path(label).into_iter().map(|part| part.trim().to_owned()).collect();
    let named = |topic: &String, stance: &String, holder: &String, source: Option<&String>| LabelledClaim {
        topic: topic.clone(),
        stance: stance.clone(),
        holder: holder.clone(),
        source: source.cloned(),
        context: false,
    };
    match parts.as_slice() {
        all if all.iter().any(String::is_empty) => {}
        [topic, stance, holder] => return Ok(named(topic, stance, holder, None)),
        [topic, stance, holder, source] => return Ok(named(topic, stance, holder, Some(source))),
        _ => {}
    }
    Err(format!("{label:?} is not a claim; a label is topic|stance|holder or topic|stance|holder|source"))
}

/// An entity's label by its name.
///
/// # Errors
/// The names that exist.
pub fn entity(name: &str) -> Result<Label, String> {
    let found = ENTITIES.into_iter().find(|label| label.to_string() == name);
    found.ok_or_else(|| format!("{name:?} is not an entity label; use PER, ORG, LOC or MISC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_can_be_parsed_from_its_label() {
        for text in ["mediation|rejects|India", "mediation|rejects|United States|Pakistan"] {
            assert_eq!(label(&claim(text).expect("a claim")).expect("a label"), text);
        }
        for text in ["", "mediation", "mediation|rejects", "a||b", "a|b|c|", "a|b|c|d|e"] {
            assert!(claim(text).is_err(), "{text}");
        }
        assert!(label(&LabelledClaim { holder: "a|b".into(), ..claim("a|b|c").expect("a claim") }).is_err());
    }
}
