//! The reviewer's page, as bytes. `tests/browser/` tests it in a browser.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Bench, stderr};

const HOSTILE: &str =
    "</script><script>alert(1)</script> <!-- <script> said Delhi about mediation by outsiders.";

/// An output folder with an article that tries to inject HTML into the page, and the page.
fn page(bench: &Bench) -> String {
    let article = json!({
        "id": "h</script><!--",
        "title": "</title></script><script>alert(2)</script>",
        "source": "<img src=x onerror=alert(3)>",
        "url": "https://example.org/a?<script>",
        "published": "2025-06-02",
        "text": format!(
            "Islamabad said that it would welcome mediation by any friend 🇵🇰.  नई दिल्ली answered that it would hear of no third party.\n\n\
             {HOSTILE} India rejected any mediation, its foreign secretary said on the day."
        ),
    });
    bench.write("in.jsonl", article.to_string());
    assert_eq!(bench.extract(&["in.jsonl", "--any-language"]), 0);
    let output = bench.run(&["review", "out"]);
    assert!(output.status.success(), "{}", stderr(&output));
    fs::read_to_string(bench.path("out/review.html")).expect("the page")
}

/// The page's data blocks, as a browser parses them.
fn blocks(page: &str) -> Vec<(String, Value)> {
    page.split("<script type=\"application/json\" id=\"")
        .skip(1)
        .map(|rest| {
            let (id, rest) = rest.split_once("\">").expect("an id");
            let (json, _) = rest.split_once("</script>").expect("an end");
            (id.to_owned(), serde_json::from_str(json).expect("JSON"))
        })
        .collect()
}

#[test]
fn the_page_needs_no_other_file_and_contains_any_sentence_safely() {
    let bench = Bench::new();
    let page = page(&bench);

    let blocks = blocks(&page);
    let ids: Vec<&str> = blocks.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["index", "chunk-0"]);
    let told: Vec<Value> =
        bench.records("sentences.jsonl").iter().map(|s| json!([s["sentence_id"], s["text"]])).collect();
    let shown: Vec<Value> =
        blocks[1].1[0].as_array().expect("sentences").iter().map(|s| json!([s[0], s[2]])).collect();
    assert_eq!(told, shown);
    assert!(told.iter().any(|s| s[1].as_str().is_some_and(|text| text.contains("alert(1)"))), "{told:?}");

    // Two data blocks and the program, none that an article opened; no comment, no URL to load
    // from.
    assert_eq!(page.matches("<script").count(), 3);
    assert_eq!(page.matches("</script").count(), 3);
    assert_eq!(page.matches("<!--").count(), 0);
    let without_data: String = page.split("<script type=\"application/json\"").next().expect("a head").into();
    for loading in ["src=", "<link", "@import", "url(", "http:", "https:"] {
        assert!(!without_data.contains(loading), "{loading}");
    }
    let program = page.rsplit("<script>").next().expect("the program");
    for risky in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
        "XMLHttp",
        "import(",
    ] {
        assert!(!program.contains(risky), "{risky}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_same_records_give_the_same_page() {
    let bench = Bench::new();
    let first = page(&bench);
    assert!(bench.run(&["review", "out", "--output", "again.html"]).status.success());
    assert!(first == fs::read_to_string(bench.path("again.html")).expect("the page"), "the pages differ");
    let left: Vec<_> = fs::read_dir(bench.path("."))
        .expect("the folder")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_review_in_the_records_is_shown_and_its_actors_can_be_selected() {
    let bench = Bench::new();
    page(&bench);
    let mut records = bench.records("sentences.jsonl");
    let review = json!({
        "by": "Ada", "at": "2025-06-03T10:00:00Z", "from": "review", "entities": [],
        "claims": [{"topic": "visas", "stance": "eases", "holder": "Bhutan"}],
    });
    records[0]["review"] = review.clone();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    bench.write("out/sentences.jsonl", lines);
    assert!(bench.run(&["review", "out"]).status.success());
    let page = fs::read_to_string(bench.path("out/review.html")).expect("the page");
    let blocks = blocks(&page);
    assert_eq!(blocks[1].1[0][0][8], review);
    let index = &blocks[0].1;
    assert_eq!(index["reviewed"], json!([[0, 0, "2025-06-03T10:00:00Z"]]));
    assert!(index["actors"].as_array().is_some_and(|actors| actors.contains(&json!("Bhutan"))));
    let topics = index["topics"].as_array().expect("topics");
    assert!(topics.iter().any(|topic| topic["id"] == "visas"));
    assert!(index["stances"].as_array().is_some_and(|all| all.iter().any(|s| s["id"] == "eases")));
}

#[test]
fn decisions_in_the_browser_belong_to_one_article_and_provenance() {
    let bench = Bench::new();
    let mark = |page: &str| blocks(page)[0].1["documents"][0][6].as_str().map(str::to_owned).expect("a mark");
    let first = mark(&page(&bench));
    assert!(first.len() == 16 && first.bytes().all(|b| b.is_ascii_hexdigit()), "{first}");
    let document = bench.records("documents.jsonl").remove(0);
    for (part, counts) in [("text_sha256", true), ("title", true), ("provenance", true), ("outlet", false)] {
        let mut other = document.clone();
        other[part] = json!("another");
        bench.write("out/documents.jsonl", format!("{other}\n"));
        assert!(bench.run(&["review", "out"]).status.success());
        let page = fs::read_to_string(bench.path("out/review.html")).expect("the page");
        assert_eq!(mark(&page) != first, counts, "{part}");
    }
}

#[test]
fn unreadable_records_are_reported_with_their_file() {
    let bench = Bench::new();
    let told = stderr(&bench.run(&["review", "nowhere"]));
    assert!(told.contains("documents.jsonl") && told.contains("output folder of extract"), "{told}");

    bench.write("empty/documents.jsonl", "");
    bench.write("empty/sentences.jsonl", "");
    let output = bench.run(&["review", "empty"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("empty: no records; run extract"), "{}", stderr(&output));
    assert!(!bench.path("empty/review.html").exists());

    page(&bench);
    bench.write("out/documents.jsonl", "");
    let told = stderr(&bench.run(&["review", "out"]));
    assert!(told.contains("documents.jsonl") && told.contains("run extract again"), "{told}");

    page(&bench);
    let told = stderr(&bench.run(&["review", "out", "--output", "no/folder/page.html"]));
    assert!(told.contains("no/folder") && told.contains("--output"), "{told}");
}
