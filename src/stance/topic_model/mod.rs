//! The topic model: one pass for a sentence and a topic says which of its stances are taken, by whom,
//! and who reports them.

mod inference;
mod input;
mod judge;
mod model;
mod passes;
mod places;
mod screen;
mod window;

pub use model::TopicModel;
