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

/// The names in a sentence, from left to right, given its entities and the actors it names. An
/// actor's name that is part of an entity's is not a name of its own.
pub(super) fn names(entities: &[(Span<NormalizedBytes>, Label)], mentions: &[ActorMention]) -> Vec<Name> {
    let overlap = |a: Span<NormalizedBytes>, b: Span<NormalizedBytes>| a.start < b.end && b.start < a.end;
    let of_entity = |&(span, label): &(Span<NormalizedBytes>, Label)| {
        let mut within = mentions.iter().filter(|m| overlap(m.span, span));
        // Events and works don't speak; nationalities do.
        if label == Label::Misc
            && !within.clone().any(|m| m.span.start <= span.start && m.span.end >= span.end)
        {
            return None;
        }
        // A person's name ends with the surname.
        let last = within.clone().find(|m| m.span.end == span.end);
        let actor = last.or_else(|| within.next()).map(|m| m.actor.clone());
        Some(Name { span, actor })
    };
    let mut all: Vec<Name> = entities.iter().filter_map(of_entity).collect();
    let alone = mentions.iter().filter(|m| entities.iter().all(|(span, _)| !overlap(m.span, *span)));
    all.extend(alone.map(|m| Name { span: m.span, actor: Some(m.actor.clone()) }));
    all.sort_by_key(|name| (name.span.start, name.span.end));
    all
}

#[cfg(test)]
mod tests {
    use super::super::codebook::Codebook;
    use super::*;

    #[test]
    fn an_entity_has_the_actor_that_ends_it_and_events_without_an_actor_are_no_names() {
        let text = "Vikram Misri of India spoke of Operation Sindoor in Srinagar.";
        let span = |part: &str| text.find(part).map(|at| Span::new(at..at + part.len())).expect("there");
        let entities = [
            (span("Vikram Misri"), Label::Per),
            (span("Operation Sindoor"), Label::Misc),
            (span("Srinagar"), Label::Loc),
        ];
        let mentions = Codebook::built_in().expect("valid").actors.find(text);
        let found: Vec<_> = names(&entities, &mentions)
            .into_iter()
            .map(|name| (&text[name.span.range()], name.actor.map(|actor| actor.to_string())))
            .collect();
        let of = |name, actor: Option<&str>| (name, actor.map(str::to_owned));
        let india = Some("India");
        assert_eq!(found[..2], [of("Vikram Misri", india), of("India", india)]);
        assert_eq!(found.last().map(|(name, _)| *name), Some("Srinagar"));
        assert!(found.iter().all(|(name, _)| *name != "Operation Sindoor"));
    }
}
