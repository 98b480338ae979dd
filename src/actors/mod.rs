//! Actors: who may hold a stance, and the names that fold into each.

mod table;

pub use table::{Actor, ActorId, ActorMention, Actors, ActorsError, NARRATOR};
