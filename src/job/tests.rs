//! A panic in a stage outside the extractor is also a failure of one document.

use std::fs;

use super::Job;
use crate::extraction::Extractor;

#[test]
fn a_panic_while_parsing_or_writing_records_is_its_documents_quarantine_line() {
    let extractor = Extractor::builtin().expect("built in");
    for (step, stage) in [("parse", "parse"), ("record", "record")] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("written");
            folder.path().join(name).display().to_string()
        };
        let inputs = [
            file("a.txt", "The two sides met in Doha on Sunday."),
            file("b.txt", &format!("Delhi saw a panic in {step} and went on.")),
            file("c.txt", "Rubio met Misri in Doha on Monday."),
        ];
        let output = folder.path().join("out");
        let summary = Job::new(extractor.clone(), inputs).into_folder(&output, &()).expect("done");
        assert_eq!((summary.totals.documents, summary.totals.quarantined), (2, 1), "{step}");
        let quarantine = fs::read_to_string(output.join("quarantine.jsonl")).expect("written");
        let line: serde_json::Value = serde_json::from_str(&quarantine).expect("one line");
        assert!(line["path"].as_str().is_some_and(|path| path.ends_with("b.txt")), "{line}");
        assert_eq!(line["stage"], stage);
        let reason = line["reason"].as_str().expect("a reason");
        assert!(reason.contains(&format!("planted in {step}")), "{reason}");
        assert_eq!(line["input_sha256"].as_str().map(str::len), Some(64));
    }
}

/// A stream whose reader has closed it.
#[cfg(unix)]
struct Closed;

#[cfg(unix)]
impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(unix)]
#[test]
fn a_closed_stream_ends_a_job_whose_input_never_ends() {
    use std::io::Write;
    use std::process::Command;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("endless.jsonl");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || {
            let mut writer = fs::File::options().write(true).open(pipe).expect("opens");
            for _ in 0..40 {
                // The reader may be gone.
                let _ = writeln!(writer, "{{\"text\": \"Rubio met Misri in Doha on Monday.\"}}");
            }
            writer
        })
    };
    let job = Job::new(Extractor::builtin().expect("built in"), [pipe.display().to_string()]);
    let (send, done) = channel();
    std::thread::spawn(move || send.send(job.into_stream(&mut Closed, &()).is_err()));
    assert_eq!(done.recv_timeout(Duration::from_secs(60)), Ok(true));
    drop(writer.join());
}
