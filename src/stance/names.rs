//! Names that may be those of a claim's holder or source.

use serde::Serialize;

use crate::actors::{ActorId, ActorMention};
use crate::entities::{Label, Relevance};
use crate::text::{NormalizedBytes, Span};

/// A sentence, as the entity model returned it.
#[derive(Debug, Clone, Copy)]
pub struct TaggedText<'t> {
    /// Its normalized text.
    pub text: &'t str,
    /// Its named entities in that text, from left to right.
    pub entities: &'t [(Span<NormalizedBytes>, Label)],
    /// Its relevance to topics.
    pub relevance: &'t Relevance,
}

/// A name in a sentence: that of an entity, or one from the table of actors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Name {
    /// Its span in the sentence.
    pub span: Span<NormalizedBytes>,
    /// The actor that it belongs to, if the table of actors says so.
    pub actor: Option<ActorId>,
}

/// Where a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NamePlace {
    /// The index of the sentence in its document.
    pub sentence: usize,
    /// Its span in that sentence.
    pub span: Span<NormalizedBytes>,
}

/// The names in a sentence, from left to right, given its entities and the actors it names, both in
/// that order. An actor's name that is part of another name is not a name of its own.
pub(super) fn names(entities: &[(Span<NormalizedBytes>, Label)], mentions: &[ActorMention]) -> Vec<Name> {
    let of_entity = |&(span, label): &(Span<NormalizedBytes>, Label)| {
        let first = mentions.partition_point(|m| m.span.end <= span.start);
        let mut within = mentions[first..].iter().take_while(|m| m.span.start < span.end);
        let covers = |m: &&ActorMention| m.span.start <= span.start && m.span.end >= span.end;
        let actor = match label {
            // A person's name ends with the surname.
            Label::Per => within.find(|m| m.span.end == span.end),
            Label::Loc => within.find(covers),
            Label::Org => within.clone().find(|m| m.span.end == span.end).or_else(|| within.next()),
            // Events and works don't speak; nationalities do.
            Label::Misc => Some(within.find(covers)?),
        };
        Some(Name { span, actor: actor.map(|m| m.actor.clone()) })
    };
    let mut all: Vec<Name> = entities.iter().filter_map(of_entity).collect();
    let is_part = |m: &&ActorMention| {
        let first = all.partition_point(|name| name.span.end <= m.span.start);
        all.get(first).is_some_and(|name| name.span.start < m.span.end)
    };
    let alone: Vec<&ActorMention> = mentions.iter().filter(|m| !is_part(m)).collect();
    all.extend(alone.into_iter().map(|m| Name { span: m.span, actor: Some(m.actor.clone()) }));
    all.sort_by_key(|name| (name.span.start, name.span.end));
    all
}

#[cfg(test)]
mod tests {
    use super::super::codebook::Codebook;
    use super::*;

    /// The names found in a text with these entities, with their actors.
    fn found<'t>(text: &'t str, entities: &[(&str, Label)]) -> Vec<(&'t str, Option<String>)> {
        let span = |part: &str| text.find(part).map(|at| Span::new(at..at + part.len())).expect("there");
        let entities: Vec<_> = entities.iter().map(|(part, label)| (span(part), *label)).collect();
        let mentions = Codebook::built_in().expect("valid").actors.find(text);
        let named = |name: Name| (&text[name.span.range()], name.actor.map(|actor| actor.to_string()));
        names(&entities, &mentions).into_iter().map(named).collect()
    }

    #[test]
    fn an_entity_has_the_actor_that_ends_it_and_events_without_an_actor_are_no_names() {
        let found = found(
            "Vikram Misri of India spoke of Operation Sindoor in Srinagar.",
            &[("Vikram Misri", Label::Per), ("Operation Sindoor", Label::Misc), ("Srinagar", Label::Loc)],
        );
        let of = |name, actor: Option<&str>| (name, actor.map(str::to_owned));
        let india = Some("India");
        assert_eq!(found[..2], [of("Vikram Misri", india), of("India", india)]);
        assert_eq!(found.last().map(|(name, _)| *name), Some("Srinagar"));
        assert!(found.iter().all(|(name, _)| *name != "Operation Sindoor"));
    }

    #[test]
    fn a_name_that_only_contains_an_actors_is_not_that_actors() {
        let found = found(
            "Sharif Osman Hadi left Dar es Salaam before the India-Pakistan talks.",
            &[
                ("Sharif Osman Hadi", Label::Per),
                ("Dar es Salaam", Label::Loc),
                ("India-Pakistan talks", Label::Misc),
            ],
        );
        let of = |part: &str| found.iter().find(|(name, _)| *name == part).expect("a name").1.clone();
        assert_eq!((of("Sharif Osman Hadi"), of("Dar es Salaam")), (None, None));
        // The talks are no name, so that the countries are names of their own.
        assert!(of("India").is_some() && of("Pakistan").is_some());
    }
}
