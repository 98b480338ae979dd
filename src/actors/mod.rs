//! Actors: who may hold a stance, and the names by which texts refer to them.

mod table;

pub use table::{Actor, ActorId, ActorMention, Actors, ActorsError, NARRATOR};
