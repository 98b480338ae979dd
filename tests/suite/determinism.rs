//! The output does not depend on how the work is split.

use crate::harness::{Bench, articles, repository};

#[test]
fn threads_and_batches_never_change_a_byte() {
    let bench = Bench::new();
    let inputs =
        [repository("corpus/08-scraped-bilateral-line.txt"), repository("corpus/14-briefing-notes.html")];
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let mut expected = None;
    for options in [
        ["--threads", "1", "--batch-tokens", "512"],
        ["--threads", "2", "--batch-tokens", "1"],
        ["--threads", "7", "--batch-tokens", "4096"],
    ] {
        let _ = std::fs::remove_dir_all(bench.path("out"));
        assert_eq!(bench.extract(&[inputs.as_slice(), &options].concat()), 0);
        assert_eq!(&bench.bytes(), expected.get_or_insert_with(|| bench.bytes()), "{options:?}");
    }
}

#[test]
fn one_file_or_many_give_the_same_records() {
    let bench = Bench::new();
    let articles = articles(0..5);
    bench.write("all.jsonl", articles.join("\n"));
    assert_eq!(bench.extract(&["all.jsonl"]), 0);
    let together = bench.bytes();
    std::fs::remove_dir_all(bench.path("out")).expect("removed");
    for (n, article) in articles.iter().enumerate() {
        bench.write(&format!("many/{n}.jsonl"), format!("{article}\n"));
    }
    assert_eq!(bench.extract(&["many"]), 0);
    assert_eq!(bench.bytes(), together);
}

#[test]
fn compressed_articles_are_the_same_articles() {
    use std::io::Write;
    let bench = Bench::new();
    let text = std::fs::read(repository("corpus/05-tariff-round.txt")).expect("read");
    bench.write("plain/a.txt", &text);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&text).expect("compressed");
    bench.write("gz/a.txt.gz", gz.finish().expect("compressed"));
    bench.write("zst/a.txt.zst", zstd::encode_all(text.as_slice(), 0).expect("compressed"));
    let mut expected = None;
    for input in ["plain", "gz", "zst"] {
        let _ = std::fs::remove_dir_all(bench.path("out"));
        assert_eq!(bench.extract(&[input]), 0);
        assert_eq!(&bench.bytes(), expected.get_or_insert_with(|| bench.bytes()), "{input}");
    }
}
