//! The table of actors, from `actors.toml`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize, Serializer};

use crate::phrase::phrase_pattern;
use crate::text::{NormalizedBytes, Span};

/// The holder of a claim that the article makes in its own voice.
pub const NARRATOR: &str = "narrator";

/// An actor of a table, or the narrator, identified by the name used in records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(Arc<str>);

impl Serialize for ActorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl ActorId {
    /// The article's own voice, which is an actor of every table.
    pub fn narrator() -> Self {
        Self(NARRATOR.into())
    }

    /// Whether this is the article's own voice.
    pub fn is_narrator(&self) -> bool {
        &*self.0 == NARRATOR
    }

    /// The name used in records.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An actor named in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActorMention {
    /// Its span in the sentence's normalized text.
    pub span: Span<NormalizedBytes>,
    /// The actor that the name belongs to.
    pub actor: ActorId,
    /// Whether the name does not show by itself which actor it belongs to: a person, a seat of
    /// government, or a body without the country's name.
    pub opaque: bool,
}

/// Someone who may hold a stance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The holder's name in records. A model with role labels reads it after each hypothesis.
    pub id: ActorId,
    /// How hypotheses for other models name it.
    pub phrase: String,
    /// Whether it stands for everybody without an actor of their own.
    pub catch_all: bool,
}

/// The reason why a table of actors is invalid.
#[derive(Debug, thiserror::Error)]
pub enum ActorsError {
    /// The text is not TOML of this form.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// An actor has the narrator's name.
    #[error("{NARRATOR:?} is reserved for the article's own voice; rename the actor")]
    Narrator,
    /// An actor lacks a name or a phrase.
    #[error("an actor's {0} is empty: write one")]
    Empty(&'static str),
    /// A name or a phrase begins or ends with white space.
    #[error("an actor's {field} {value:?} has white space around it: remove it")]
    Untrimmed {
        /// Which field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// Two actors have the same name.
    #[error("actor {0:?} is given twice; put all its names into one")]
    Twice(String),
    /// More than one actor stands for everybody else.
    #[error("{0:?} and {1:?} both have catch_all; one is enough")]
    CatchAlls(String, String),
    /// No actor stands for everybody else.
    #[error("no actor has catch_all = true: add one for everybody else, as \"other\"")]
    NoCatchAll,
    /// An actor has an alias without a letter.
    #[error("actor {0:?} has an empty alias")]
    EmptyAlias(String),
    /// Two actors have the same alias.
    #[error("{alias:?} is an alias of {first} and of {second}")]
    Claimed {
        /// The alias.
        alias: String,
        /// The actor that has it.
        first: String,
        /// The actor that claims it too.
        second: String,
    },
    /// One of the phrases for hypotheses is missing.
    #[error("{0} is empty: write how a hypothesis names it")]
    NoPhrase(&'static str),
    /// The aliases can't be compiled into a regular expression, for example because there are too
    /// many.
    #[error("the aliases can't be compiled: {0}")]
    Pattern(#[from] regex::Error),
}

/// The table of actors, compiled.
#[derive(Debug)]
pub struct Actors {
    all: Vec<Actor>,
    anyone: String,
    narrator: Actor,
    pattern: Option<Regex>,
    aliases: HashMap<String, Alias>,
}

#[derive(Debug, Clone)]
struct Alias {
    actor: ActorId,
    opaque: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorsToml {
    anyone: String,
    narrator: String,
    actor: Vec<ActorToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorToml {
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

impl ActorToml {
    /// Names that show which actor they belong to.
    fn plain_names(&self) -> impl Iterator<Item = &String> {
        self.names.iter().chain(&self.adjectives)
    }

    fn aliases(&self) -> impl Iterator<Item = &String> {
        self.plain_names().chain(&self.places).chain(&self.bodies).chain(&self.people)
    }

    fn check(&self, before: &[Actor]) -> Result<(), ActorsError> {
        if self.name == NARRATOR {
            return Err(ActorsError::Narrator);
        }
        for (field, value) in [("name", &self.name), ("phrase", &self.phrase)] {
            if value.trim().is_empty() {
                return Err(ActorsError::Empty(field));
            }
            if value.trim() != value {
                return Err(ActorsError::Untrimmed { field, value: value.clone() });
            }
        }
        if before.iter().any(|a| a.id.as_str() == self.name) {
            return Err(ActorsError::Twice(self.name.clone()));
        }
        match before.iter().find(|a| a.catch_all && self.catch_all) {
            Some(first) => Err(ActorsError::CatchAlls(first.id.to_string(), self.name.clone())),
            None => Ok(()),
        }
    }
}

impl Actors {
    /// Reads `actors.toml`.
    ///
    /// # Errors
    /// [`ActorsError`], for example for an alias that two actors have.
    pub fn from_toml(text: &str) -> Result<Self, ActorsError> {
        let listing: ActorsToml = toml::from_str(text)?;
        let mut aliases: HashMap<String, Alias> = HashMap::new();
        let mut patterns = Vec::new();
        let mut all: Vec<Actor> = Vec::new();
        for actor in &listing.actor {
            actor.check(&all)?;
            let id = ActorId(actor.name.as_str().into());
            let own: Vec<String> =
                actor.plain_names().chain([&actor.name]).map(|name| phrase_pattern(name)).collect();
            let own = Regex::new(&format!("(?i){}", own.join("|")))?;
            for alias in actor.aliases() {
                if alias.trim().is_empty() {
                    return Err(ActorsError::EmptyAlias(actor.name.clone()));
                }
                let opaque = !actor.catch_all && !own.is_match(alias);
                let claim = Alias { actor: id.clone(), opaque };
                if let Some(before) = aliases.insert(key(alias), claim) {
                    let (first, second) = (before.actor.to_string(), actor.name.clone());
                    return Err(ActorsError::Claimed { alias: alias.clone(), first, second });
                }
                let body = phrase_pattern(alias);
                let any_case = alias.chars().any(char::is_lowercase);
                patterns.push(if any_case { format!("(?i:{body})") } else { body });
            }
            all.push(Actor { id, phrase: actor.phrase.clone(), catch_all: actor.catch_all });
        }
        for (field, value) in [("anyone", &listing.anyone), ("narrator", &listing.narrator)] {
            if value.trim().is_empty() {
                return Err(ActorsError::NoPhrase(field));
            }
        }
        if !all.iter().any(|a| a.catch_all) {
            return Err(ActorsError::NoCatchAll);
        }
        // The first alternative that matches wins, so the longest name must come first.
        patterns.sort_by_key(|p| std::cmp::Reverse(p.len()));
        let pattern = (!patterns.is_empty()).then(|| Regex::new(&patterns.join("|"))).transpose()?;
        let (id, phrase) = (ActorId::narrator(), listing.narrator);
        let narrator = Actor { id, phrase, catch_all: false };
        Ok(Self { all, anyone: listing.anyone, narrator, pattern, aliases })
    }

    /// All actors in the order of the table, without the narrator.
    pub fn iter(&self) -> impl Iterator<Item = &Actor> {
        self.all.iter()
    }

    /// The phrase for an actor in hypotheses.
    pub fn phrase(&self, id: &ActorId) -> &str {
        &self.get(id).phrase
    }

    /// The actor of this table, or the narrator if this table lacks the id.
    fn get(&self, id: &ActorId) -> &Actor {
        self.all.iter().find(|actor| actor.id == *id).unwrap_or(&self.narrator)
    }

    /// The phrase for a holder that is not known yet, such as "someone".
    pub fn anyone(&self) -> &str {
        &self.anyone
    }

    /// Whether an actor stands for everybody without an actor of their own.
    pub fn is_catch_all(&self, id: &ActorId) -> bool {
        self.get(id).catch_all
    }

    /// All actors that a sentence's normalized text names, from left to right. The longest name
    /// wins.
    pub fn find(&self, text: &str) -> Vec<ActorMention> {
        let matches = self.pattern.iter().flat_map(|pattern| pattern.find_iter(text));
        let found = matches.filter(|m| !m.is_empty());
        found
            .filter_map(|m| {
                let alias = self.aliases.get(&key(m.as_str()))?;
                let span = Span::new(m.range());
                Some(ActorMention { span, actor: alias.actor.clone(), opaque: alias.opaque })
            })
            .collect()
    }
}

/// The normal form of an alias, independent of case and white space.
fn key(alias: &str) -> String {
    let words: Vec<&str> = alias.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in() -> Actors {
        Actors::from_toml(include_str!("../../config/actors.toml")).expect("valid")
    }

    fn folded(text: &str) -> Vec<(String, String)> {
        let actors = built_in();
        let folded = |m: ActorMention| (text[m.span.range()].to_owned(), m.actor.to_string());
        actors.find(text).into_iter().map(folded).collect()
    }

    #[test]
    fn capitals_bodies_and_office_holders_belong_to_their_actor() {
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
    fn an_alias_in_capitals_does_not_match_a_pronoun() {
        assert!(folded("they told us about it").is_empty());
        assert_eq!(folded("the US told them").len(), 1);
    }

    #[test]
    fn names_match_whole_words_over_any_white_space() {
        assert!(folded("Indiana and Darfur").is_empty());
        assert_eq!(folded("New\n  Delhi’s reply").len(), 1);
    }

    #[test]
    fn only_names_that_do_not_show_their_actor_are_opaque() {
        for (text, opaque) in
            [("Rawalpindi", true), ("Misri", true), ("Pakistan Army", false), ("the US", false)]
        {
            assert_eq!(built_in().find(text)[0].opaque, opaque, "{text}");
        }
        assert!(!built_in().find("Guterres")[0].opaque);
    }

    #[test]
    fn invalid_tables_are_refused() {
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
            let error = listing(&actors).expect_err(told).to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(listing(&[actor("a", "names=['X']"), rest]).is_ok());
    }
}
