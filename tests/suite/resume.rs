//! Runs that resume where an earlier run stopped or was killed.

use std::time::{Duration, Instant};

use crate::harness::{Bench, articles, stderr};

fn reused(bench: &Bench) -> (u64, u64) {
    let run = bench.manifest()["run"].clone();
    (run["computed"].as_u64().expect("a count"), run["reused"].as_u64().expect("a count"))
}

#[test]
fn a_second_run_computes_only_what_changed() {
    let bench = Bench::new();
    let mut lines = articles(0..4);
    bench.write("in.jsonl", lines.join("\n"));
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(reused(&bench), (4, 0));
    let first = bench.bytes();

    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(reused(&bench), (0, 4));
    assert_eq!(bench.bytes(), first);

    lines[2] = lines[2].replace("villagers", "farmers");
    bench.write("in.jsonl", lines.join("\n"));
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(reused(&bench), (1, 3));
    assert_ne!(bench.bytes(), first);
}

#[test]
fn another_topic_file_recomputes_everything() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    let topics = "[[topic]]\nid = 'talks'\ntitle = 'Talks'\n[[topic.stance]]\nid = 'wants'\n\
                  hypothesis = '{holder} wants talks.'\nthreshold = 0.1\nfloor = 0.0\n";
    bench.write("topics.toml", topics);
    assert_eq!(bench.extract(&["in.jsonl", "--topics", "topics.toml"]), 0);
    assert_eq!(reused(&bench), (2, 0));
    let claims = bench.records("sentences.jsonl");
    assert!(
        claims.iter().flat_map(|r| r["claims"].as_array().expect("claims")).any(|c| c["topic"] == "talks")
    );
}

#[test]
fn an_output_inside_the_input_is_not_read() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    assert_eq!(bench.extract(&["."]), 0);
    let first = bench.bytes();
    for input in [".", "o*", "*"] {
        bench.extract(&[input, "in.jsonl"]);
        assert_eq!(bench.records("documents.jsonl").len(), if input == "o*" { 2 } else { 4 }, "{input}");
    }
    assert_eq!(bench.extract(&["."]), 0);
    assert_eq!(bench.bytes(), first);
}

#[test]
fn an_altered_output_is_not_reused() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    let good = bench.bytes();
    let sentences = bench.path("out/sentences.jsonl");
    let text = std::fs::read_to_string(&sentences).expect("read");
    std::fs::write(&sentences, text.replacen("Islamabad", "Lahore", 1)).expect("written");
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(reused(&bench), (1, 1));
    assert_eq!(bench.bytes(), good);

    let documents = bench.path("out/documents.jsonl");
    let text = std::fs::read_to_string(&documents).expect("read");
    std::fs::write(&documents, text.replacen("Islamabad", "Lahore", 1)).expect("written");
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(bench.bytes(), good);
}

#[test]
fn a_run_in_which_everything_fails_keeps_the_earlier_output() {
    let bench = Bench::new();
    bench.write("in.jsonl", articles(0..2).join("\n"));
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    let good = bench.bytes();
    let output = bench.run(&["extract", "im.jsonl", "--output", "out", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("im.jsonl") && told.contains("left as it was"), "{told}");
    assert_eq!(bench.bytes(), good);
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    assert_eq!(reused(&bench), (0, 2));
}

#[test]
fn an_input_is_never_overwritten_by_the_output() {
    let bench = Bench::new();
    let articles = articles(0..2).join("\n");
    let path = bench.write("out/documents.jsonl", &articles);
    assert_eq!(bench.extract(&["out/documents.jsonl"]), 2);
    assert_eq!(std::fs::read_to_string(path).expect("read"), articles);
}

/// Kills are spread over the duration of a run; `DEMARCHE_KILLS` sets a larger number than the
/// default.
#[test]
fn a_killed_run_completes_to_the_same_bytes() {
    let kills: u32 = std::env::var("DEMARCHE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let bench = Bench::new();
    let old = articles(0..40);
    let new: Vec<String> = old.iter().map(|line| line.replace("hotline", "telephone")).collect();
    bench.write("old.jsonl", old.join("\n"));
    bench.write("in.jsonl", [&old[..20], &new[20..]].concat().join("\n"));
    let started = Instant::now();
    assert_eq!(bench.extract(&["in.jsonl"]), 0);
    let length = started.elapsed();
    let expected = bench.bytes();
    let arguments = ["extract", "in.jsonl", "--output", "out", "--quiet"];
    let mut state = 1_u64;
    let mut taken_over = 0;
    for kill in 0..kills {
        // Every third kill hits a fresh start, alternating between an empty folder and outputs of
        // an older version.
        if kill % 3 == 0 {
            std::fs::remove_dir_all(bench.path("out")).expect("removed");
            if kill % 2 == 1 {
                assert_eq!(bench.extract(&["old.jsonl"]), 0);
            }
        }
        let mut child = bench.command(&arguments).spawn().expect("starts");
        // A linear congruential generator (Knuth's MMIX): the moments differ, but are the same in
        // every run.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(
            length.mul_f64((state >> 33) as f64 / f64::from(1_u32 << 31)) + Duration::from_millis(1),
        );
        child.kill().expect("SIGKILL");
        child.wait().expect("ended");
        if kill % 3 == 2 || kill + 1 == kills {
            assert_eq!(bench.extract(&["in.jsonl"]), 0);
            assert_eq!(bench.bytes(), expected, "after kill {kill}");
            taken_over += reused(&bench).1;
            let left: Vec<_> = std::fs::read_dir(bench.path("out")).expect("a folder").flatten().collect();
            assert_eq!(left.len(), 5, "{left:?}");
        }
    }
    assert!(taken_over > 0, "no killed run left anything to go on from");
}
