//! `export` and `import`: records to annotation tools and tables, corrections back.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use demarche::exchange::{AnnotationTask, ExchangeError, Table, Tool, Vocabulary};
use demarche::record::Dataset;
use demarche::storage::save;

use super::apply_review::merge;
use super::{Out, Outcome, Subjects};

#[derive(Args)]
pub struct ExportArgs {
    /// Output folder of extract
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Tool or table
    #[arg(long, value_name = "FORMAT")]
    to: Format,
    /// File to write, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Instead of tasks, write the file that configures the tool: Label Studio's labelling
    /// interface, Argilla's labels
    #[arg(long)]
    config: bool,
    #[command(flatten)]
    subjects: Subjects,
}

#[derive(Args)]
pub struct ImportArgs {
    /// File exported by the tool
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Tool
    #[arg(long, value_name = "TOOL")]
    from: ToolName,
    /// Output folder of extract that the tasks came from
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Name of the reviewer if the file has none; by default the tool's name
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    LabelStudio,
    Doccano,
    Prodigy,
    Argilla,
    Csv,
    Parquet,
}

#[derive(Clone, Copy, ValueEnum)]
enum ToolName {
    LabelStudio,
    Doccano,
    Prodigy,
    Argilla,
}

impl From<ToolName> for Tool {
    fn from(tool: ToolName) -> Self {
        match tool {
            ToolName::LabelStudio => Self::LabelStudio,
            ToolName::Doccano => Self::Doccano,
            ToolName::Prodigy => Self::Prodigy,
            ToolName::Argilla => Self::Argilla,
        }
    }
}

impl ExportArgs {
    pub fn run(self) -> Result<Outcome, String> {
        let bytes = match self.to {
            Format::LabelStudio => self.tasks(Tool::LabelStudio)?,
            Format::Doccano => self.tasks(Tool::Doccano)?,
            Format::Prodigy => self.tasks(Tool::Prodigy)?,
            Format::Argilla => self.tasks(Tool::Argilla)?,
            Format::Csv => self.table(Table::Csv)?,
            Format::Parquet if self.output.is_none() => {
                return Err("Parquet is no text; name its file with --output".into());
            }
            Format::Parquet => self.table(Table::Parquet)?,
        };
        match &self.output {
            Some(path) => save(path, &bytes).map_err(|e| e.to_string())?,
            None => Out::new().bytes(&bytes)?,
        }
        Ok(Outcome::Done)
    }

    fn tasks(&self, tool: Tool) -> Result<Vec<u8>, String> {
        let tasks = AnnotationTask::all(&self.dataset()?).map_err(explained)?;
        let vocabulary = Vocabulary::new(&self.subjects.configuration()?, &tasks).map_err(explained)?;
        let text = match self.config {
            true => tool.configuration(&vocabulary),
            false => tool.export(&tasks, &vocabulary),
        };
        text.map(String::into_bytes).map_err(explained)
    }

    fn table(&self, table: Table) -> Result<Vec<u8>, String> {
        if self.config {
            return Err("a table takes no configuration; leave --config out".into());
        }
        table.export(&self.dataset()?).map_err(|e| e.to_string())
    }

    fn dataset(&self) -> Result<Dataset, String> {
        Dataset::read(&self.folder).map_err(|e| e.to_string())
    }
}

/// The error, and the option that fixes it if there is one.
fn explained(error: ExchangeError) -> String {
    match error {
        ExchangeError::NoConfiguration { .. } => format!("{error}; leave --config out"),
        error => error.to_string(),
    }
}

impl ImportArgs {
    pub fn run(self) -> Result<Outcome, String> {
        let tool = Tool::from(self.from);
        let dataset = Dataset::read(&self.into).map_err(|e| e.to_string())?;
        let tasks = AnnotationTask::all(&dataset).map_err(|e| e.to_string())?;
        let by = self.by.as_deref().unwrap_or(tool.name());
        merge(&self.into, tool.import(&self.file, &tasks, by).map_err(|e| e.to_string())?)
    }
}
