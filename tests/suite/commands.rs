//! Commands and their output.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{Bench, articles, repository, stderr, stdout};

#[test]
fn standard_input_streams_to_standard_output() {
    let bench = Bench::new();
    let mut command = bench.command(&["extract", "-", "--output", "-", "--quiet"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let input = articles(0..2).join("\n");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success());
    let ids: Vec<String> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["sentence_id"].to_string())
        .collect();
    assert_eq!(ids.first().map(String::as_str), Some("\"a0#1\""));
    assert!(ids.iter().any(|id| id.contains("a1#")));
}

#[test]
fn plain_progress_lines_unless_quiet() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    let told = stderr(&bench.run(&["extract", "in.jsonl", "--output", "out"]));
    assert!(told.contains("2/2 documents") && told.contains("quarantined"), "{told}");
    let told = stderr(&bench.run(&["extract", "in.jsonl", "--output", "out", "--quiet"]));
    assert!(told.is_empty(), "{told}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    let output = bench.run(&["extract", "in.jsonl", "--output", "out", "--dry-run"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("2 documents would be done"), "{}", stdout(&output));
    assert!(!bench.path("out").exists());
}

#[test]
fn a_wrong_topic_file_is_reported_by_file_and_place() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..1).join("\n"));
    bench.write("t.toml", "[[topic]]\nid = 'x'\ntitle = 'X'\n[[topic.stance]]\nid = 'y'\nhypothesis = 'It rains.'\nthreshold = 0.5\nfloor = 0.1\n");
    let output = bench.run(&["extract", "in.jsonl", "--output", "out", "--topics", "t.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("t.toml") && told.contains("\"y\"") && told.contains("{holder}"), "{told}");
}

#[test]
fn explain_shows_each_step() {
    let bench = Bench::new();
    let sentence = "Islamabad said that Delhi had rejected any mediation over Kashmir.";
    let shown = stdout(&bench.run(&["explain", sentence]));
    for step in [
        "sentence",
        "cleaning",
        "tokens",
        "entity",
        "actor",
        "holders    India, Pakistan, United States, other, narrator",
        "reads      Islamabad (Pakistan) said that Delhi (India) had",
        "screened   mediation (A third party's part in settling what is between India and Pakistan): read",
        "hypothesis",
        "threshold",
        "Pakistan: holder",
        "claim      mediation/rejects holder India (Delhi), source Pakistan (Islamabad)",
        "evidence   ",
    ] {
        assert!(shown.contains(step), "{step}\n{shown}");
    }
    let named = format!("{}#2", repository("corpus/05-tariff-round.txt"));
    let shown = stdout(&bench.run(&["explain", &named]));
    assert_eq!(shown.matches("cleaning").count(), 1, "{shown}");
    assert_eq!(
        bench.run(&["explain", &format!("{}#999", repository("corpus/05-tariff-round.txt"))]).status.code(),
        Some(2)
    );
}

#[test]
fn an_actor_that_an_analyst_adds_holds_its_own_claims() {
    let bench = Bench::new();
    let actors = std::fs::read_to_string(repository("config/actors.toml")).expect("actors");
    let china = "[[actor]]\nname = 'China'\nphrase = 'China'\nnames = ['China']\nplaces = ['Beijing']\n\n";
    let others = actors.find("[[actor]]\nname = \"other\"").expect("the catch-all");
    let (before, after) = actors.split_at(others);
    bench.write("a.toml", [before, china, &after.replace("\"China\", \"Beijing\", ", "")].concat());
    let sentence = "Islamabad reported that Beijing had offered to mediate between India and Pakistan.";
    let shown = stdout(&bench.run(&["explain", "--actors", "a.toml", sentence]));
    assert!(
        shown.contains("claim      mediation/supports holder China (Beijing), source Pakistan (Islamabad)"),
        "{shown}"
    );
}

#[test]
fn explain_refuses_a_sentence_that_does_not_exist() {
    let bench = Bench::new();
    for what in ["nowhere.txt#3", &repository("corpus/05-tariff-round.txt")] {
        let output = bench.run(&["explain", what]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("FILE#N"), "{}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_its_reader_may_close_it() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..3).join("\n"));
    let program = env!("CARGO_BIN_EXE_demarche");
    let shell = |line: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", line, program]).current_dir(bench.path("")).output().expect("a shell")
    };
    let output = shell("cat in.jsonl | \"$0\" extract /dev/stdin --output out");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(bench.records("documents.jsonl").len(), 3);
    let output = shell("\"$0\" models list | head -n 1; \"$0\" extract in.jsonl --dry-run | head -n 1");
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    let output = shell("rm -r out; \"$0\" extract in.jsonl --output out 2>&1 | true; cat out/manifest.json");
    assert!(stdout(&output).contains("\"documents\": 3"), "{}", stdout(&output));
}

#[test]
fn the_help_lists_the_exit_codes() {
    let help = stdout(&Bench::new().run(&["extract", "--help"]));
    assert!(help.contains("0 all done") && help.contains("1 some") && help.contains("2 nothing"), "{help}");
}
