//! `review`: writes the reviewer's page.

use std::path::PathBuf;

use clap::Args;
use demarche::record::Dataset;
use demarche::review::page::{self, PageError};
use demarche::storage::{PAGE, save};

use super::{Outcome, Subjects, tell};

#[derive(Args)]
pub struct ReviewArgs {
    /// Output folder of extract
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// File for the page; by default DIR/review.html
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    subjects: Subjects,
}

impl ReviewArgs {
    pub fn run(self) -> Result<Outcome, String> {
        let configuration = self.subjects.configuration()?;
        let dataset = Dataset::read(&self.folder).map_err(|e| e.to_string())?;
        let page = page::render(&dataset, &configuration).map_err(|e| self.explained(&e))?;
        let path = self.output.unwrap_or_else(|| self.folder.join(PAGE));
        save(&path, page.as_bytes()).map_err(|e| format!("{e}; give another file with --output"))?;
        tell(format_args!(
            "{}: {} articles, {} sentences; open it in a browser",
            path.display(),
            dataset.documents.len(),
            dataset.sentences.len()
        ));
        Ok(Outcome::Done)
    }

    fn explained(&self, error: &PageError) -> String {
        let hint = match error {
            PageError::Empty => ", without --claims-only if none has a claim",
            PageError::Json(_) => "",
        };
        format!("{}: {error}{hint}", self.folder.display())
    }
}
