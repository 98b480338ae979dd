//! Which of a model's files a backend needs.

use serde_json::Value;

use super::backend::BackendName;
use super::names::is_below;
use super::task::ModelTask;

pub const CONFIG: &str = "config.json";
pub const TOKENIZER: &str = "tokenizer.json";
const TENSORS: &str = "model.safetensors";
/// Which safetensors file holds which tensor, where there are several.
pub const INDEX: &str = "model.safetensors.index.json";

/// The file of weights that a backend begins with, among those that a model has.
///
/// # Errors
/// There is none, or several; with what can be done.
pub fn choose<'n>(backend: BackendName, names: &'n [String], model: &str) -> Result<&'n str, String> {
    let named = |name: &str| names.iter().map(String::as_str).find(|known| *known == name);
    let ext = backend.extension();
    let all: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(ext)).collect();
    let usual: &[&str] = match backend {
        BackendName::Onnx => &["model.onnx", "onnx/model.onnx"],
        BackendName::Libtorch => &[TENSORS, INDEX],
    };
    if let Some(name) = usual.iter().find_map(|name| named(name)) {
        return Ok(name);
    }
    match all[..] {
        [one] => Ok(one),
        [] => Err(format!(
            "has no {ext} file, which the {backend} backend needs; {}",
            other(backend, names, model)
        )),
        _ => Err(format!("has several {ext} files: {}; name one with --file", all.join(", "))),
    }
}

/// The file of weights asked for.
pub fn given(file: &str, backend: BackendName, names: &[String]) -> Result<String, String> {
    let ext = backend.extension();
    if !file.ends_with(ext) {
        return Err(format!("--file {file}: the {backend} backend reads {ext}"));
    }
    if is_below(file) && names.iter().any(|name| name == file) {
        return Ok(file.to_owned());
    }
    let all: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(ext)).collect();
    let all = if all.is_empty() { "none".into() } else { all.join(", ") };
    Err(format!("--file {file}: no such file; of {ext} there is {all}"))
}

/// What to do about a model without weights for a backend.
fn other(backend: BackendName, names: &[String], model: &str) -> String {
    let has = |ext: &str| names.iter().any(|name| name.ends_with(ext));
    let (onnx, tensors) = (BackendName::Onnx.extension(), BackendName::Libtorch.extension());
    let pickled = names.iter().any(|name| name.starts_with("pytorch_model") && name.ends_with(".bin"));
    match backend {
        BackendName::Onnx if has(tensors) => {
            format!("it has {tensors}: --backend {}, in a build with that feature", BackendName::Libtorch)
        }
        BackendName::Libtorch if has(onnx) => format!("it has {onnx}: --backend {}", BackendName::Onnx),
        _ if pickled => format!(
            "it has only pickles (pytorch_model.bin), which may run code when they are read; its authors offer no safetensors; convert with `{}` and enter the folder with `demarche models add`",
            converted(model)
        ),
        _ => format!("it has no weights that this program reads; write some with `{}`", converted(model)),
    }
}

/// A command that writes a model as safetensors and with a tokenizer.json.
pub fn converted(model: &str) -> String {
    let folder = model.rsplit('/').next().unwrap_or(model);
    format!(
        "python -c \"import transformers as t; [c.from_pretrained('{model}').save_pretrained('{folder}') for c in (t.AutoModelForTokenClassification, t.AutoTokenizer)]\" (for nli AutoModelForSequenceClassification)"
    )
}

/// A file beside a graph that holds its weights, which the onnx backend does not read.
pub fn outside<'n>(graph: &str, names: &'n [String]) -> Option<&'n str> {
    let beside = [format!("{graph}_data"), format!("{graph}.data")];
    names.iter().map(String::as_str).find(|name| beside.iter().any(|b| name.starts_with(b.as_str())))
}

/// The files that an index of safetensors lists, sorted.
///
/// # Errors
/// It is no such index, or leads elsewhere.
pub fn shards(index: &[u8]) -> Result<Vec<String>, String> {
    let index: Value = serde_json::from_slice(index).map_err(|e| e.to_string())?;
    let map = index["weight_map"].as_object().ok_or("it has no weight_map")?;
    let mut shards = Vec::new();
    for shard in map.values() {
        match shard.as_str() {
            Some(name) if is_below(name) && name.ends_with(".safetensors") => shards.push(name.to_owned()),
            _ => return Err(format!("weight_map lists {shard}, which is no safetensors file of the model")),
        }
    }
    shards.sort();
    shards.dedup();
    if shards.is_empty() { Err("weight_map is empty".into()) } else { Ok(shards) }
}

/// The task that a `config.json` tells.
///
/// # Errors
/// It tells none that this program knows.
pub fn task(config: &[u8]) -> Result<ModelTask, String> {
    let config: Value = serde_json::from_slice(config).map_err(|e| e.to_string())?;
    if let Some(task) = config["task"].as_str().and_then(|task| task.parse().ok()) {
        return Ok(task);
    }
    let all: Vec<&str> =
        config["architectures"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is = |end: &str| all.iter().any(|name| name.ends_with(end));
    match (is("ForTokenClassification"), is("ForSequenceClassification")) {
        (true, false) => Ok(ModelTask::Ner),
        (false, true) => Ok(ModelTask::Nli),
        _ => Err(format!(
            "architectures ({}) tells neither token nor sequence classification; if the model does one, say which with --task ner or --task nli",
            all.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn the_usual_weights_are_taken_before_others() {
        let all =
            names(&["onnx/model_int8.onnx", "onnx/model.onnx", "model.safetensors", INDEX, "a.safetensors"]);
        assert_eq!(choose(BackendName::Onnx, &all, "o/n"), Ok("onnx/model.onnx"));
        assert_eq!(choose(BackendName::Libtorch, &all, "o/n"), Ok("model.safetensors"));
        let several = names(&["a.onnx", "b.onnx"]);
        assert!(choose(BackendName::Onnx, &several, "o/n").is_err_and(|e| e.contains("a.onnx, b.onnx")));
    }

    #[test]
    fn weights_that_lack_are_explained() {
        for (backend, all, told) in [
            (
                BackendName::Libtorch,
                &["pytorch_model.bin"][..],
                "its authors offer no safetensors; convert with",
            ),
            (BackendName::Onnx, &["pytorch_model.bin"], "pickles"),
            (BackendName::Libtorch, &["model.onnx", "pytorch_model.bin"], "--backend onnx"),
            (BackendName::Onnx, &["model.safetensors"], "--backend libtorch"),
            (BackendName::Onnx, &["tf_model.h5"], "no weights"),
        ] {
            let error = choose(backend, &names(all), "o/n").expect_err("refused");
            assert!(error.contains(told), "{all:?}: {error}");
        }
    }

    #[test]
    fn shards_are_files_of_the_model_only() {
        let index = |name: &str| format!("{{\"weight_map\": {{\"a\": {name:?}, \"b\": {name:?}}}}}");
        assert_eq!(shards(index("m-1.safetensors").as_bytes()), Ok(vec!["m-1.safetensors".into()]));
        for name in ["../m.safetensors", "/m.safetensors", "pytorch_model.bin"] {
            assert!(shards(index(name).as_bytes()).is_err(), "{name}");
        }
        assert!(shards(b"{}").is_err() && shards(b"{\"weight_map\": {}}").is_err() && shards(b"x").is_err());
    }

    #[test]
    fn the_task_is_that_of_the_architecture() {
        let of = |name: &str| task(format!("{{\"architectures\": [{name:?}]}}").as_bytes());
        assert_eq!(of("BertForTokenClassification"), Ok(ModelTask::Ner));
        assert_eq!(of("DebertaV2ForSequenceClassification"), Ok(ModelTask::Nli));
        assert!(of("BertForMaskedLM").is_err_and(|e| e.contains("BertForMaskedLM") && e.contains("--task")));
        assert_eq!(task(b"{\"task\": \"nli\"}"), Ok(ModelTask::Nli));
        assert!(task(b"{}").is_err() && task(b"[]").is_err());
    }
}
