//! A local folder's model into `models.toml` and `models.lock`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::edit::{Listed, enter};
use super::entry::{ModelEntry, Source, UNKNOWN_LICENCE};
use super::lock::PinnedFile;
use crate::digest::sha256_of;
use crate::models::backend::BackendName;
use crate::models::choice::Choice;
use crate::models::error::ModelError;
use crate::models::names::is_below;
use crate::models::weights::{CONFIG, INDEX, TOKENIZER, choose, converted, given, outside, shards, task};

/// Pins the files of the model in `model` and enters it in `folder`, under `name` or the name of its folder.
///
/// # Errors
/// [`ModelError`]: it lacks a file, or the folder's files can't be read or written.
pub fn add(
    folder: &Path,
    model: &Path,
    name: Option<&str>,
    choice: &Choice,
) -> Result<ModelEntry, ModelError> {
    let invalid =
        |path: &Path, reason: String| ModelError::Invalid { path: path.display().to_string(), reason };
    let wrong = |reason: String| invalid(model, reason);
    let listed = Listed::read(folder)?;
    let model_root = model.canonicalize().map_err(|e| wrong(e.to_string()))?;
    let name = name
        .or_else(|| model_root.file_name()?.to_str())
        .ok_or_else(|| wrong("name it with --name".into()))?;
    let known = listed.entries.iter().find(|entry| entry.name == name);
    if known.is_some_and(|entry| matches!(entry.source, Source::Hub { .. })) {
        return Err(wrong(format!(
            "models.toml has a model from the Hub named {name:?}; give this one another --name"
        )));
    }

    let mut names = names(&model_root).map_err(|e| wrong(e.to_string()))?;
    if let Some(file) = &choice.file
        && is_below(file)
        && !names.contains(file)
        && model_root.join(file).is_file()
    {
        names.push(file.clone());
    }
    let shown = model.display().to_string();
    for file in [CONFIG, TOKENIZER] {
        if !names.iter().any(|name| name == file) {
            return Err(wrong(format!(
                "has no {file}; the model's save_pretrained and its tokenizer's write it: `{}`",
                converted(&shown)
            )));
        }
    }
    let read = |file: &str| fs::read(model_root.join(file)).map_err(|e| wrong(format!("{file}: {e}")));
    let task = match choice.task.or(known.map(|entry| entry.task)) {
        Some(task) => task,
        None => task(&read(CONFIG)?).map_err(|e| wrong(format!("{CONFIG}: {e}")))?,
    };

    let of_file = match &choice.file {
        Some(file) => {
            let backend = BackendName::of_file(file);
            Some(backend.ok_or_else(|| wrong(format!("--file {file}: name a .onnx or .safetensors file")))?)
        }
        None => None,
    };
    let (mut can, mut pinned) = (Vec::new(), vec![CONFIG.to_owned(), TOKENIZER.to_owned()]);
    for backend in BackendName::ALL {
        let chosen = match &choice.file {
            Some(file) if of_file == Some(backend) => given(file, backend, &names),
            _ => choose(backend, &names, &shown).map(str::to_owned),
        };
        let asked = [choice.backend, of_file].contains(&Some(backend));
        let open = choice.backend.or(of_file).is_none()
            && names.iter().any(|n| BackendName::of_file(n) == Some(backend));
        match chosen.and_then(|weights| parts(weights, backend, &names, &model_root)) {
            Ok(parts) => {
                can.push(backend);
                pinned.extend(parts);
            }
            // What is wrong with the weights of a backend that nobody wants is of no interest.
            Err(reason) if asked || open => return Err(wrong(reason)),
            Err(_) => {}
        }
    }
    let first = choice.backend.or(of_file).unwrap_or_else(BackendName::preferred);
    let Some(first) = can.iter().copied().find(|backend| *backend == first).or_else(|| can.first().copied())
    else {
        // Says what else the folder holds, pickles for one.
        let reason = choose(first, &names, &shown).err().unwrap_or_default();
        return Err(wrong(reason));
    };
    let mut files = BTreeMap::new();
    for file in pinned {
        let (size, sha256) =
            sha256_of(&model_root.join(&file)).map_err(|e| invalid(&model.join(&file), e.to_string()))?;
        files.insert(file, PinnedFile { size, sha256 });
    }

    let entry = ModelEntry {
        name: name.to_owned(),
        task,
        backends: first.first_of(&can),
        licence: UNKNOWN_LICENCE.to_owned(),
        source: Source::Folder(place(folder, &model_root).map_err(wrong)?),
        labels: None,
        max_length: None,
        temperature: None,
        files,
    }
    .in_place_of(known);
    enter(folder, &entry)?;
    Ok(entry)
}

/// The files of a backend's weights.
fn parts(
    weights: String,
    backend: BackendName,
    names: &[String],
    model: &Path,
) -> Result<Vec<String>, String> {
    if let Some(data) = outside(&weights, names).filter(|_| backend == BackendName::Onnx) {
        return Err(format!(
            "{weights} keeps its weights in another file ({data}), which the onnx backend does not read; export it whole, name a whole one with --file, or take --backend {}",
            BackendName::Libtorch
        ));
    }
    let mut parts = Vec::new();
    if weights == INDEX {
        let index = fs::read(model.join(INDEX)).map_err(|e| format!("{INDEX}: {e}"))?;
        parts = shards(&index).map_err(|e| format!("{INDEX}: {e}"))?;
    }
    parts.push(weights);
    Ok(parts)
}

/// How `models.toml` says where a folder is: below its own, so that both can be moved, or by the whole path.
fn place(folder: &Path, model: &Path) -> Result<String, String> {
    let below =
        folder.canonicalize().ok().and_then(|root| Some(model.strip_prefix(root).ok()?.to_path_buf()));
    let place = below.unwrap_or_else(|| model.to_path_buf());
    // The folder of models.toml itself has no name below it.
    let place = if place.as_os_str().is_empty() { Path::new(".").to_path_buf() } else { place };
    place
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| "the path is not UTF-8, as models.toml is; rename it".into())
}

/// Names of the files in a folder, and in its `onnx/`.
fn names(model: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for (folder, prefix) in [(model.to_path_buf(), ""), (model.join("onnx"), "onnx/")] {
        if prefix.is_empty() || folder.is_dir() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if let (true, Some(name)) = (entry.path().is_file(), entry.file_name().to_str()) {
                    names.push(format!("{prefix}{name}"));
                }
            }
        }
    }
    names.sort();
    Ok(names)
}
