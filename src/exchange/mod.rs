//! Exports records to annotation tools and tables, and imports a person's corrections.
//!
//! A sentence is a task. Offsets count code points of the sentence's own text everywhere except in
//! a tool's file: the module of each tool converts to the tool's unit and cites where that unit is
//! documented.

mod answer;
mod argilla;
mod columns;
mod counting;
mod csv;
mod decision;
mod doccano;
mod error;
mod export;
mod import;
mod label_studio;
mod labels;
mod parquet;
mod prodigy;
mod table;
mod task;
mod tool;
mod vocabulary;

pub use error::ExchangeError;
pub use table::Table;
pub use task::AnnotationTask;
pub use tool::Tool;
pub use vocabulary::Vocabulary;
