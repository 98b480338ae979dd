//! Inputs that can't be processed: each is quarantined with its reason, and the rest is processed.

use std::io::Write;

use crate::harness::{Bench, articles, repository};
use crate::records::check;

const GOOD: &str =
    "Officials from both sides met in Doha on Sunday. They agreed to meet again within the month.";

/// Runs over `in`, where one article is good, and returns the only reason in the quarantine.
fn reason(bench: &Bench) -> String {
    bench.write("in/good.txt", GOOD);
    assert_eq!(bench.extract(&["in"]), 1);
    assert_eq!(bench.records("documents.jsonl").len(), 1);
    let quarantine = bench.records("quarantine.jsonl");
    assert_eq!(quarantine.len(), 1, "{quarantine:?}");
    check("quarantine", &quarantine[0]);
    let counts = bench.manifest()["counts"].clone();
    assert_eq!((counts["documents_in"].as_u64(), counts["quarantined"].as_u64()), (Some(2), Some(1)));
    quarantine[0]["reason"].as_str().expect("a reason").to_owned()
}

fn reason_for(name: &str, content: &[u8]) -> String {
    let bench = Bench::new();
    bench.write(&format!("in/{name}"), content);
    reason(&bench)
}

#[test]
fn an_empty_file() {
    assert!(reason_for("a.txt", b"").contains("empty"));
    assert!(reason_for("a.txt", b" \n\t\n").contains("empty"));
}

#[test]
fn a_binary_file() {
    let bytes: Vec<u8> = (0..=255).cycle().take(4096).collect();
    let reason = reason_for("a.txt", &bytes);
    assert!(reason.contains("byte 0x80 at offset 128"), "{reason}");
}

#[test]
fn bytes_in_no_known_encoding() {
    let reason = reason_for("a.txt", b"Talks \xff\xfe\x81\x8d\x90 were held in Doha on Sunday \x9d\x81.");
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn fifty_megabytes_on_one_line() {
    let bench = Bench::new();
    let mut content = b"{\"text\": \"".to_vec();
    content.resize(50 << 20, b'a');
    content.extend_from_slice(b"\"}\n");
    content.extend_from_slice(articles(0..1)[0].as_bytes());
    bench.write("in.jsonl", &content);
    assert_eq!(bench.extract(&["in.jsonl"]), 1);
    let quarantine = bench.records("quarantine.jsonl");
    assert_eq!(quarantine[0]["line"], 1);
    assert!(quarantine[0]["reason"].as_str().expect("a reason").contains("MiB"), "{quarantine:?}");
    assert_eq!(bench.records("documents.jsonl")[0]["doc_id"], "a0");
}

#[test]
fn a_truncated_gzip_file() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(GOOD.repeat(50).as_bytes()).expect("compressed");
    let bytes = gz.finish().expect("compressed");
    let reason = reason_for("a.txt.gz", &bytes[..bytes.len() / 2]);
    assert!(reason.contains("cut or damaged"), "{reason}");
}

#[test]
fn a_bad_line_in_the_middle_costs_only_itself() {
    let bench = Bench::new();
    let good = articles(0..2);
    bench.write("in.jsonl", format!("{}\n{{\"id\": \"x\", \"text\": \n\n{}\n", good[0], good[1]));
    assert_eq!(bench.extract(&["in.jsonl"]), 1);
    let quarantine = bench.records("quarantine.jsonl");
    assert_eq!((quarantine.len(), &quarantine[0]["line"]), (1, &serde_json::json!(2)));
    assert_eq!(bench.records("documents.jsonl").len(), 2);
}

#[test]
fn a_text_in_another_language_unless_asked_for() {
    let german = "Die Gespräche zwischen den beiden Regierungen wurden am Sonntag in der Hauptstadt fortgesetzt, \
                  ohne dass sich die Vertreter auf eine gemeinsame Erklärung einigen konnten.";
    assert!(reason_for("a.txt", german.as_bytes()).contains("--any-language"));
    let bench = Bench::new();
    bench.write("a.txt", german);
    assert_eq!(bench.extract(&["a.txt", "--any-language"]), 0);
}

#[test]
fn a_page_of_nothing_but_boilerplate() {
    let reason = reason_for("a.txt", b"Advertisement\n\nALSO READ: Something else\n\nAdvertisement\n");
    assert!(reason.contains("boilerplate"), "{reason}");
}

#[test]
fn a_path_that_is_not_there() {
    let bench = Bench::new();
    bench.write("good.txt", GOOD);
    assert_eq!(bench.extract(&["nowhere.txt", "good.txt", "no*where.txt"]), 1);
    assert_eq!(bench.records("quarantine.jsonl").len(), 2);
    assert_eq!(bench.extract(&["nowhere.txt"]), 2);
}

/// The folder of libtorch's libraries, copied to where every user may read it.
#[cfg(all(unix, feature = "rust-bert"))]
fn libraries(bench: &Bench) -> std::path::PathBuf {
    let from = std::path::Path::new(env!("LIBTORCH")).join("lib");
    let to = bench.path("lib");
    std::fs::create_dir(&to).expect("a folder");
    for file in std::fs::read_dir(from).expect("libtorch").flatten().filter(|file| file.path().is_file()) {
        let copy = to.join(file.file_name());
        std::fs::hard_link(file.path(), &copy)
            .or_else(|_| std::fs::copy(file.path(), &copy).map(drop))
            .expect("linked or copied");
    }
    to
}

/// The test may run as root, whom permissions do not stop: then it runs the program as the user
/// nobody.
#[cfg(unix)]
#[test]
fn a_folder_without_permission() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let bench = Bench::new();
    bench.write("in/good.txt", GOOD);
    bench.write("in/locked/a.txt", GOOD);
    let folder = bench.path("");
    let mode =
        |path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    mode(bench.path("in/locked"), 0o000);
    let mut command = bench.command(&["extract", "in", "--output", "-", "--quiet"]);
    if std::fs::metadata(&folder).expect("there").uid() == 0 {
        mode(folder, 0o755);
        // The user nobody may not be able to reach the program, so a copy of it runs.
        std::fs::copy(env!("CARGO_BIN_EXE_demarche"), bench.path("demarche")).expect("copied");
        command = std::process::Command::new(bench.path("demarche"));
        command.args(["extract", "in", "--output", "-", "--quiet"]).current_dir(bench.path("")).uid(65534);
        #[cfg(feature = "rust-bert")]
        command.env("LD_LIBRARY_PATH", libraries(&bench));
    }
    let output = command.output().expect("starts");
    mode(bench.path("in/locked"), 0o755);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("locked") && told.to_lowercase().contains("permission"), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Doha"));
}

/// Pages whose first paragraph is dropped as a slogan and then kept as the headline: an earlier
/// version panicked on them, which stopped the batch.
#[test]
fn pages_that_once_stopped_the_batch_are_extracted_with_the_others() {
    let bench = Bench::new();
    bench.write("a.txt", "Islamabad welcomed the mediation offer on Monday.");
    let inputs = ["poison.jsonl", "poison.html"].map(|name| repository(&format!("tests/data/poison/{name}")));
    assert_eq!(bench.extract(&["a.txt", &inputs[0], &inputs[1]]), 0);
    assert_eq!(bench.manifest()["counts"]["documents"], 3);
    assert!(bench.records("quarantine.jsonl").is_empty());
}
