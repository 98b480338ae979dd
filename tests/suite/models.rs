//! The models are found without configuration, and refused if they do not match their pins.

use std::fs;
use std::path::Path;

use crate::harness::{Bench, repository, stderr, stdout};

/// Copies the models folder into the temporary folder.
fn copy(bench: &Bench) {
    for folder in ["", "ner", "topics"] {
        let from = Path::new(&repository("models")).join(folder);
        let to = bench.path("m").join(folder);
        fs::create_dir_all(&to).expect("a folder");
        for entry in fs::read_dir(from).expect("there").flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

#[test]
fn a_copied_program_finds_its_models_in_another_folder() {
    let bench = Bench::new();
    fs::copy(env!("CARGO_BIN_EXE_demarche"), bench.path("elsewhere")).expect("copied");
    let output = std::process::Command::new(bench.path("elsewhere"))
        .args(["models", "verify"])
        .current_dir("/")
        .output();
    let output = output.expect("starts");
    assert!(output.status.success(), "{}", stdout(&output));
    assert_eq!(stdout(&output).matches("ok ").count(), 8);
}

#[test]
fn the_list_shows_task_labels_licence_size_and_hash() {
    let listed = stdout(&Bench::new().run(&["models", "list"]));
    let topics = ["topic:mediation", "topic:ceasefire_credit", "topic:civilian_casualties"];
    let others =
        ["minilm-l6-ner", "mpnet-l12-topics", "B-PER", "entailment", "Apache-2.0", "bytes", "sha256"];
    for word in topics.into_iter().chain(others) {
        assert!(listed.contains(word), "{word}\n{listed}");
    }
}

#[test]
fn an_altered_or_missing_file_is_refused_by_name_and_hash() {
    let bench = Bench::new();
    bench.write("a.txt", "Officials met in Doha on Sunday and agreed to meet again.");
    copy(&bench);
    let run = || bench.run(&["extract", "a.txt", "--output", "-", "--quiet", "--models", "m"]);
    assert_eq!(run().status.code(), Some(0));

    let graph = bench.path("m/topics/lower.onnx");
    let mut bytes = fs::read(&graph).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&graph, &bytes).expect("written");
    let output = run();
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("topics/lower.onnx") && told.contains("sha256") && told.contains("pins"), "{told}");
    let verified = bench.run(&["models", "verify", "--models", "m"]);
    assert_eq!(verified.status.code(), Some(2));
    assert!(stdout(&verified).contains("BAD"));

    fs::remove_file(&graph).expect("removed");
    let output = run();
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("topics/lower.onnx") && told.contains("pins sha256"), "{told}");
}
