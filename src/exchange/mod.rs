//! Records out to annotation tools and tables, and a person's corrections back.
//!
//! A sentence is a task. Offsets count code points of the sentence's own text everywhere but in a
//! tool's file: the module of each tool converts to the tool's way of counting and says where that
//! way is documented.

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
