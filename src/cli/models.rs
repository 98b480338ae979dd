//! `models`: lists, verifies, pulls and adds models.

#[cfg(feature = "hub")]
use std::cell::RefCell;
#[cfg(feature = "hub")]
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use demarche::inference::labels;
use demarche::models::{
    AddError, Alternative, BackendName, Choice, ModelEntry, ModelError, ModelSource, ModelTask, Registry,
    TaskError, WeightsError, add,
};
#[cfg(feature = "hub")]
use demarche::models::{HubModel, PullError, TransferEvent, pull};
#[cfg(feature = "hub")]
use indicatif::ProgressBar;

#[cfg(feature = "hub")]
use super::tell;
use super::{Out, Outcome};

#[derive(Args)]
pub struct Models {
    /// Folder with models.toml, instead of the built-in models
    #[arg(long, value_name = "DIR", global = true)]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Subcommand)]
enum ModelsCommand {
    /// Name, task, backends, source, labels, licence, size and sha256 of each model
    List,
    /// Check each file against its pinned sha256
    Verify,
    #[cfg(feature = "hub")]
    /// Download a model from the Hugging Face Hub, pin its files and register it in DIR/models.toml
    #[command(after_help = ENVIRONMENT)]
    Pull(Pull),
    /// Pin the files of a model in a local folder and register it in DIR/models.toml
    Add(Add),
}

#[cfg(feature = "hub")]
const ENVIRONMENT: &str = "Environment: HF_TOKEN for gated and private models, HF_HOME for the cache, \
                           HF_ENDPOINT for another Hub, HF_HUB_OFFLINE=1 for the cache alone";

#[cfg(feature = "hub")]
#[derive(Args)]
struct Pull {
    /// ORG/NAME, or ORG/NAME@REV: a branch, a tag or a commit
    #[arg(value_name = "MODEL")]
    model: HubModel,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    what: What,
}

#[derive(Args)]
struct Add {
    /// Folder with config.json, tokenizer.json and weights: .onnx, .safetensors or both
    #[arg(value_name = "FOLDER")]
    model: PathBuf,
    /// The model's name; by default that of the folder
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    what: What,
}

#[derive(Args)]
struct What {
    /// ner or nli; by default as in config.json
    #[arg(long)]
    task: Option<ModelTask>,
    /// onnx or libtorch
    #[arg(long, alias = "engine")]
    backend: Option<BackendName>,
    /// Weights file, relative to the model's folder, if it is not the usual one
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
}

impl From<What> for Choice {
    fn from(What { task, backend, file }: What) -> Self {
        Self { task, backend, file }
    }
}

impl Models {
    pub fn run(self) -> Result<Outcome, String> {
        let registry = || Registry::open(self.models.as_deref()).map_err(|e| with_options(&e));
        let folder = || {
            self.models
                .as_deref()
                .ok_or("give a folder for the model's entry with --models DIR; it is made if missing")
        };
        match self.command {
            ModelsCommand::List => list(&registry()?),
            ModelsCommand::Verify => verify(&registry()?),
            #[cfg(feature = "hub")]
            ModelsCommand::Pull(Pull { model, quiet, what }) => {
                let bar = TransferBar::new(quiet);
                let entry = pull(folder()?, &model, &what.into(), &|event| bar.show(event));
                entered(folder()?, &entry.map_err(|e| pull_with_options(&e))?)
            }
            ModelsCommand::Add(Add { model, name, what }) => {
                let entry = add(folder()?, &model, name.as_deref(), &what.into());
                entered(folder()?, &entry.map_err(|e| add_with_options(&e))?)
            }
        }
    }
}

/// A message of the library, followed by the option that fixes the problem.
pub fn with_options(error: &ModelError) -> String {
    match error {
        ModelError::Unreadable { .. } | ModelError::NotBuiltIn { .. } => {
            format!("{error}, or name another folder with --models")
        }
        _ => error.to_string(),
    }
}

fn add_with_options(error: &AddError) -> String {
    match error {
        AddError::Registry(error) => with_options(error),
        AddError::Unnamed { .. } | AddError::NameTaken { .. } => format!("{error} with --name"),
        AddError::Weights { source, .. } => format!("{error}{}", weights_option(source)),
        AddError::Task { source, .. } => format!("{error}{}", task_option(source)),
        _ => error.to_string(),
    }
}

#[cfg(feature = "hub")]
fn pull_with_options(error: &PullError) -> String {
    match error {
        PullError::Registry(error) => with_options(error),
        PullError::Weights { source, .. } => format!("{error}{}", weights_option(source)),
        PullError::Task { source, .. } => format!("{error}{}", task_option(source)),
        _ => error.to_string(),
    }
}

fn weights_option(error: &WeightsError) -> String {
    match error {
        WeightsError::None { alternative: Alternative::Backend(backend), .. } => {
            format!(": --backend {backend}")
        }
        WeightsError::Several { .. } => " with --file".into(),
        WeightsError::NoSuchFile { .. }
        | WeightsError::OtherBackend { .. }
        | WeightsError::NoBackend { .. } => " (--file takes a name below the model's folder)".into(),
        WeightsError::Apart { .. } => " (--file PATH, --backend libtorch)".into(),
        _ => String::new(),
    }
}

fn task_option(error: &TaskError) -> &'static str {
    match error {
        TaskError::Unclear { .. } => " with --task ner or --task nli",
        _ => "",
    }
}

/// Shows the progress of a pull on standard error: on a terminal a bar for each file, otherwise
/// plain lines.
#[cfg(feature = "hub")]
struct TransferBar {
    quiet: bool,
    is_terminal: bool,
    /// The file being downloaded, and its bar.
    current: RefCell<Option<(String, ProgressBar)>>,
}

#[cfg(feature = "hub")]
impl TransferBar {
    fn new(quiet: bool) -> Self {
        Self { quiet, is_terminal: io::stderr().is_terminal(), current: RefCell::new(None) }
    }

    fn show(&self, event: TransferEvent<'_>) {
        if self.quiet {
            return;
        }
        match event {
            TransferEvent::Progress { file, done, total } if self.is_terminal => {
                let mut current = self.current.borrow_mut();
                let (_, bar) = match current.take() {
                    Some(shown) if shown.0 == file => current.insert(shown),
                    _ => current.insert((file.to_owned(), ProgressBar::new(total))),
                };
                bar.set_position(done);
                if done >= total {
                    bar.finish_and_clear();
                    *current = None;
                }
            }
            TransferEvent::Waiting { file } => {
                tell(format_args!("{file}: another program is fetching it; waiting for it"));
            }
            TransferEvent::Retrying { what, reason } => tell(format_args!("{what}: {reason}; trying again")),
            _ => {}
        }
    }
}

fn list(registry: &Registry) -> Result<Outcome, String> {
    let mut out = Out::new();
    for entry in registry.entries() {
        let labels = match labels(registry, entry) {
            Ok(labels) => labels.join(" "),
            // Show the other models anyway; `verify` reports errors.
            Err(error) => error.to_string(),
        };
        describe(&mut out, entry, Some(&labels))?;
    }
    Ok(Outcome::Done)
}

fn describe(out: &mut Out, entry: &ModelEntry, labels: Option<&str>) -> Result<(), String> {
    let backends: Vec<String> = entry.backends.iter().map(BackendName::to_string).collect();
    out.line(format_args!("{}", entry.name))?;
    out.line(format_args!("  task     {}", entry.task))?;
    out.line(format_args!("  backends {}", backends.join(" ")))?;
    match &entry.source {
        ModelSource::BuiltIn(_) => out.line(format_args!("  source   built-in"))?,
        ModelSource::Folder(folder) => out.line(format_args!("  source   folder {folder}"))?,
        ModelSource::Hub { repo, revision } => {
            out.line(format_args!("  source   hub {repo} revision {revision}"))?
        }
    }
    if let Some(labels) = labels {
        out.line(format_args!("  labels   {labels}"))?;
    }
    out.line(format_args!("  licence  {}", entry.licence))?;
    for (name, file) in &entry.files {
        out.line(format_args!("  file     {name}  {} bytes  sha256 {}", file.size, file.sha256))?;
    }
    Ok(())
}

fn verify(registry: &Registry) -> Result<Outcome, String> {
    let mut out = Out::new();
    let mut outcome = Outcome::Done;
    for entry in registry.entries() {
        // A model without pins is as unsafe as one with wrong bytes: reading its first file reports
        // how to fix it.
        let names: Vec<&str> = entry.files.keys().map(String::as_str).collect();
        let names = if names.is_empty() { vec!["config.json"] } else { names };
        for name in names {
            match registry.read(entry, name) {
                Ok(_) => out.line(format_args!("ok  {}", registry.path(entry, name)))?,
                Err(error) => {
                    out.line(format_args!("BAD {error}"))?;
                    outcome = Outcome::Nothing;
                }
            }
        }
    }
    Ok(outcome)
}

/// Shows what `pull` and `add` did.
fn entered(folder: &Path, entry: &ModelEntry) -> Result<Outcome, String> {
    let mut out = Out::new();
    let (root, folder) = (folder, folder.display());
    describe(&mut out, entry, None)?;
    out.line(format_args!("entered in {folder}/models.toml, pinned in {folder}/models.lock"))?;
    if !cfg!(feature = "rust-bert") && entry.backends.first() == Some(&BackendName::Libtorch) {
        let fix = without_libtorch(root, entry);
        out.line(format_args!(
            "this build has no libtorch backend: build with --features rust-bert, or {fix}"
        ))?;
    }
    out.line(format_args!("next: demarche extract INPUT --output DIR --models {folder}"))?;
    Ok(Outcome::Done)
}

/// How a model for libtorch can be used in a build without it.
fn without_libtorch(root: &Path, entry: &ModelEntry) -> String {
    if entry.backends.contains(&BackendName::Onnx) {
        return "extract with --backend onnx".into();
    }
    let model = match &entry.source {
        ModelSource::Folder(model) | ModelSource::BuiltIn(model) => root.join(model).display().to_string(),
        ModelSource::Hub { repo, .. } => repo.clone(),
    };
    format!(
        "write a graph with `optimum-cli export onnx --model {model} FOLDER` and enter it with \
         `demarche models add FOLDER`"
    )
}
