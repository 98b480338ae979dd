//! Actors: the names that fold into each holder.

use std::collections::HashMap;
use std::ops::Range;

use regex::Regex;
use serde::Deserialize;

use super::phrase_pattern;
use crate::stance::NARRATOR;

/// An actor named in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorMention {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The holder that records carry.
    pub actor: String,
    /// How a hypothesis names it: the mention itself, or the actor's phrase for an adjective.
    pub phrase: String,
}

/// The alias table, compiled.
#[derive(Debug)]
pub struct Actors {
    pattern: Regex,
    aliases: HashMap<String, Alias>,
}

#[derive(Debug, Clone)]
struct Alias {
    actor: String,
    /// Set for adjectives: what a hypothesis says instead.
    phrase: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    actor: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    phrase: String,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    bodies: Vec<String>,
    #[serde(default)]
    people: Vec<String>,
    #[serde(default)]
    adjectives: Vec<String>,
}

impl Actors {
    /// Reads `actors.toml`.
    ///
    /// # Errors
    /// What is wrong, as an alias that two actors claim.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let listing: Listing = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut aliases: HashMap<String, Alias> = HashMap::new();
        let mut patterns = Vec::new();
        for actor in &listing.actor {
            if actor.name == NARRATOR {
                return Err(format!("{NARRATOR:?} is the article's own voice and no actor; rename it"));
            }
            let nouns = actor.places.iter().chain(&actor.bodies).chain(&actor.people);
            let adjectives = actor.adjectives.iter().map(|a| (a, Some(actor.phrase.clone())));
            for (alias, phrase) in nouns.map(|a| (a, None)).chain(adjectives) {
                if alias.trim().is_empty() {
                    return Err(format!("actor {:?} has an empty alias", actor.name));
                }
                let entry = Alias { actor: actor.name.clone(), phrase };
                if let Some(before) = aliases.insert(key(alias), entry) {
                    return Err(format!("{alias:?} is an alias of {} and of {}", before.actor, actor.name));
                }
                let body = phrase_pattern(alias);
                patterns.push(if alias.chars().any(char::is_lowercase) {
                    format!("(?i:{body})")
                } else {
                    body
                });
            }
        }
        // The first alternative that matches wins, so the longest name must come first.
        patterns.sort_by_key(|p| std::cmp::Reverse(p.len()));
        let pattern = Regex::new(&patterns.join("|")).map_err(|e| e.to_string())?;
        Ok(Self { pattern, aliases })
    }

    /// All actors that a text names, from left to right, the longest name first.
    pub fn find(&self, text: &str) -> Vec<ActorMention> {
        let found = self.pattern.find_iter(text).filter(|m| !m.is_empty());
        found
            .filter_map(|m| {
                let alias = self.aliases.get(&key(m.as_str()))?;
                let phrase = alias.phrase.clone().unwrap_or_else(|| m.as_str().to_owned());
                Some(ActorMention { range: m.range(), actor: alias.actor.clone(), phrase })
            })
            .collect()
    }
}

/// One spelling for an alias however it is written.
fn key(alias: &str) -> String {
    let words: Vec<&str> = alias.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded() -> Actors {
        Actors::from_toml(include_str!("../../config/actors.toml")).expect("valid")
    }

    fn folded(text: &str) -> Vec<(String, String)> {
        let mentions = embedded().find(text);
        mentions.into_iter().map(|m| (text[m.range].to_owned(), m.actor)).collect()
    }

    #[test]
    fn capitals_bodies_and_office_holders_fold_into_their_side() {
        for (text, actor) in [
            ("Rawalpindi", "Pakistan"),
            ("the White House", "United States"),
            ("South Block", "India"),
            ("the U.N.", "other"),
        ] {
            assert_eq!(folded(text).first().map(|f| f.1.as_str()), Some(actor), "{text}");
        }
    }

    #[test]
    fn the_longest_name_wins() {
        let text = "the Trump administration";
        assert_eq!(folded(text), [("Trump administration".into(), "United States".into())]);
    }

    #[test]
    fn an_alias_in_capitals_is_no_pronoun() {
        assert!(folded("they told us about it").is_empty());
        assert_eq!(folded("the US told them").len(), 1);
    }

    #[test]
    fn names_match_whole_words_over_any_white_space() {
        assert!(folded("Indiana and Darfur").is_empty());
        assert_eq!(folded("New\n  Delhi’s reply").len(), 1);
    }

    #[test]
    fn an_adjective_asks_with_the_actors_phrase() {
        let found = embedded().find("American diplomats");
        assert_eq!(found[0].phrase, "the United States");
    }

    #[test]
    fn two_actors_can_not_share_an_alias() {
        let text =
            "[[actor]]\nname='a'\nphrase='a'\nplaces=['X']\n[[actor]]\nname='b'\nphrase='b'\nbodies=['x']";
        assert!(Actors::from_toml(text).expect_err("shared").contains("alias of a and of b"));
    }
}
