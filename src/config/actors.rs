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
    /// Whether the name leaves open whose side it is: a person, a seat, a body without the country's name.
    pub opaque: bool,
}

/// Someone who may hold a stance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The holder that records carry; a model that knows roles reads it behind each hypothesis.
    pub name: String,
    /// How the hypotheses for other models name it.
    pub phrase: String,
    /// Whether it stands for everybody who has no actor of their own.
    pub catch_all: bool,
}

/// The alias table, compiled.
#[derive(Debug)]
pub struct Actors {
    /// All actors, as configured.
    pub all: Vec<Actor>,
    /// How a hypothesis names a holder that is not asked for yet.
    pub anyone: String,
    /// How a hypothesis names the article's own voice.
    pub narrator: String,
    pattern: Regex,
    aliases: HashMap<String, Alias>,
}

#[derive(Debug, Clone)]
struct Alias {
    actor: usize,
    opaque: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    anyone: String,
    narrator: String,
    actor: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    phrase: String,
    #[serde(default)]
    catch_all: bool,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    adjectives: Vec<String>,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    bodies: Vec<String>,
    #[serde(default)]
    people: Vec<String>,
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
        let mut all: Vec<Actor> = Vec::new();
        for actor in &listing.actor {
            if actor.name == NARRATOR {
                return Err(format!("{NARRATOR:?} is the article's own voice and no actor; rename it"));
            }
            for (field, value) in [("name", &actor.name), ("phrase", &actor.phrase)] {
                if value.trim().is_empty() {
                    return Err(format!("an actor's {field} is empty: write one"));
                }
                if value.trim() != value {
                    return Err(format!("an actor's {field} {value:?} has white space around it: remove it"));
                }
            }
            if all.iter().any(|a| a.name == actor.name) {
                return Err(format!("actor {:?} is given twice; put all its names into one", actor.name));
            }
            if actor.catch_all
                && let Some(first) = all.iter().find(|a| a.catch_all)
            {
                return Err(format!(
                    "{:?} and {:?} both have catch_all; one is enough",
                    first.name, actor.name
                ));
            }
            let given = || actor.names.iter().chain(&actor.adjectives);
            let own: Vec<String> = given().chain([&actor.name]).map(|name| phrase_pattern(name)).collect();
            let own = Regex::new(&format!("(?i){}", own.join("|"))).map_err(|e| e.to_string())?;
            for alias in given().chain(&actor.places).chain(&actor.bodies).chain(&actor.people) {
                if alias.trim().is_empty() {
                    return Err(format!("actor {:?} has an empty alias", actor.name));
                }
                let opaque = !actor.catch_all && !own.is_match(alias);
                if let Some(before) = aliases.insert(key(alias), Alias { actor: all.len(), opaque }) {
                    let name = all.get(before.actor).map_or(&actor.name, |a| &a.name);
                    return Err(format!("{alias:?} is an alias of {name} and of {}", actor.name));
                }
                let body = phrase_pattern(alias);
                patterns.push(if alias.chars().any(char::is_lowercase) {
                    format!("(?i:{body})")
                } else {
                    body
                });
            }
            let (name, phrase) = (actor.name.clone(), actor.phrase.clone());
            all.push(Actor { name, phrase, catch_all: actor.catch_all });
        }
        for (field, value) in [("anyone", &listing.anyone), ("narrator", &listing.narrator)] {
            if value.trim().is_empty() {
                return Err(format!("{field} is empty: write how a hypothesis names it"));
            }
        }
        if !all.iter().any(|a| a.catch_all) {
            return Err("no actor has catch_all = true: add one for everybody else, as \"other\"".into());
        }
        // The first alternative that matches wins, so the longest name must come first.
        patterns.sort_by_key(|p| std::cmp::Reverse(p.len()));
        let pattern = Regex::new(&patterns.join("|")).map_err(|e| e.to_string())?;
        Ok(Self { all, anyone: listing.anyone, narrator: listing.narrator, pattern, aliases })
    }

    /// How hypotheses name a holder.
    pub fn phrase(&self, holder: &str) -> &str {
        self.all.iter().find(|a| a.name == holder).map_or(&self.narrator, |a| &a.phrase)
    }

    /// Whether an actor stands for everybody without one of their own.
    pub fn is_catch_all(&self, name: &str) -> bool {
        self.all.iter().any(|a| a.catch_all && a.name == name)
    }

    /// All actors that a text names, from left to right, the longest name first.
    pub fn find(&self, text: &str) -> Vec<ActorMention> {
        let found = self.pattern.find_iter(text).filter(|m| !m.is_empty());
        found
            .filter_map(|m| {
                let alias = self.aliases.get(&key(m.as_str()))?;
                let actor = self.all.get(alias.actor)?.name.clone();
                Some(ActorMention { range: m.range(), actor, opaque: alias.opaque })
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
    fn only_names_that_do_not_tell_their_side_are_opaque() {
        for (text, opaque) in
            [("Rawalpindi", true), ("Misri", true), ("Pakistan Army", false), ("the US", false)]
        {
            assert_eq!(embedded().find(text)[0].opaque, opaque, "{text}");
        }
        assert!(!embedded().find("Guterres")[0].opaque);
    }

    #[test]
    fn a_listing_that_would_ask_nonsense_is_refused() {
        let actor = |name: &str, rest: &str| format!("[[actor]]\nname='{name}'\nphrase='{name}'\n{rest}\n");
        let listing = |actors: &[String]| {
            Actors::from_toml(&format!("anyone='someone'\nnarrator='the article'\n{}", actors.concat()))
        };
        let rest = actor("rest", "catch_all=true");
        for (actors, told) in [
            (
                vec![actor("a", "places=['X']"), actor("b", "bodies=['x']"), rest.clone()],
                "alias of a and of b",
            ),
            (vec![actor("a", ""), actor("a", ""), rest.clone()], "given twice"),
            (vec![actor(" ", ""), rest.clone()], "name is empty"),
            (vec![rest.clone(), actor("b", "catch_all=true")], "both have catch_all"),
            (vec![actor("a", "")], "no actor has catch_all"),
        ] {
            let error = listing(&actors).expect_err(told);
            assert!(error.contains(told), "{error}");
        }
        assert!(listing(&[actor("a", "names=['X']"), rest]).is_ok());
    }
}
