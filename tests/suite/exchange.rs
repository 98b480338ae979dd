//! Export to annotation tools and import, with text in which each tool counts offsets in its own
//! way.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::harness::{Bench, read_lines, repository, stderr, stdout};
use crate::records::check;

const TOOLS: [&str; 4] = ["label-studio", "doccano", "prodigy", "argilla"];

/// A sentence with flags, joined emoji, Devanagari and right-to-left text, with an entity after
/// them.
const HARD: &str =
    "🇮🇳🤝🇵🇰 👨‍👩‍👧 नि پاکستان — Islamabad said on Monday that it would welcome mediation by any friend.";

fn extracted() -> Bench {
    let text = format!(
        "{HARD} Delhi answered that it would hear of no third\nparty.\n\nThe e\u{301}tage talks ended 🎉 after Marco \
         Rubio had thanked Islamabad 🇵🇰\n\nOfficials in नई दिल्ली and اسلام آباد agreed the ceasefire over their \
         hotline, New Delhi said. Shelling had killed 3 villagers near the border, residents said."
    );
    let article =
        json!({ "id": "a", "title": "=Talks 🎉 in Islamabad", "text": text, "source": "The Example" });
    let bench = Bench::new();
    bench.write("in.jsonl", article.to_string());
    // The models run only once for all tests here.
    static OUTPUTS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    bench.put_back(OUTPUTS.get_or_init(|| {
        assert_eq!(bench.extract(&["in.jsonl"]), 0);
        bench.outputs()
    }));
    bench
}

fn export(bench: &Bench, tool: &str) -> PathBuf {
    let output = bench.run(&["export", "out", "--to", tool, "--output", "tasks"]);
    assert!(output.status.success(), "{}", stderr(&output));
    bench.path("tasks")
}

fn import(bench: &Bench, tool: &str) -> (i32, String) {
    let output = bench.run(&["import", "tasks", "--from", tool, "--into", "out", "--by", "Ana"]);
    (output.status.code().unwrap_or(-1), stderr(&output))
}

/// The tasks of a tool's file, in any of the formats.
fn tasks(bench: &Bench, tool: &str) -> Vec<Value> {
    let path = bench.path("tasks");
    match tool {
        "doccano" | "prodigy" => read_lines(&path),
        _ => serde_json::from_str(&fs::read_to_string(path).expect("read")).expect("JSON"),
    }
}

fn write(bench: &Bench, tool: &str, tasks: &[Value]) {
    match tool {
        "doccano" | "prodigy" => {
            bench.write("tasks", tasks.iter().map(|t| format!("{t}\n")).collect::<String>())
        }
        _ => bench.write("tasks", json!(tasks).to_string()),
    };
}

fn text<'t>(tool: &str, task: &'t Value) -> &'t str {
    let text = match tool {
        "label-studio" => &task["data"]["text"],
        "argilla" => &task["fields"]["text"],
        _ => &task["text"],
    };
    text.as_str().expect("a text")
}

/// A person's edits in the tool to the task at `at`: removes all entities except one on "Monday",
/// and gives the claim to India.
fn decide(tool: &str, task: &mut Value) {
    let whole = text(tool, task).to_owned();
    let byte = whole.find("Monday").expect("in the sentence");
    // Offsets count UTF-16 code units in doccano and Argilla, and code points in the others.
    let count = |s: &str| match tool {
        "doccano" | "argilla" => s.encode_utf16().count(),
        _ => s.chars().count(),
    };
    let (start, end) = (count(&whole[..byte]), count(&whole[..byte + 6]));
    let span = json!({ "start": start, "end": end, "label": "MISC" });
    let label = "mediation|supports|India|Pakistan";
    match tool {
        "label-studio" => {
            let result = json!([
                { "id": "x", "from_name": "entities", "to_name": "text", "type": "labels", "origin": "manual",
                  "value": { "start": start, "end": end, "text": "Monday", "labels": ["MISC"] } },
                { "id": "y", "from_name": "claims", "to_name": "text", "type": "taxonomy", "origin": "manual",
                  "value": { "taxonomy": [label.split('|').collect::<Vec<_>>()] } },
            ]);
            let user = json!({ "id": 3, "email": "ana@example.org" });
            let cancelled = json!({ "was_cancelled": true, "result": [], "completed_by": 9,
                                    "updated_at": "2027-01-01T00:00:00Z" });
            task["annotations"] = json!([cancelled, { "id": 1, "completed_by": user, "result": result,
                "was_cancelled": false, "created_at": "2026-01-01T09:00:00Z", "updated_at": "2026-01-01T10:00:00Z" }]);
        }
        "doccano" => {
            task["entities"] = json!([[start, end, "MISC"]]);
            task["cats"] = json!([label]);
            task["id"] = json!(12);
            task["Comments"] = json!([]);
        }
        "prodigy" => {
            task["spans"] =
                json!([{ "start": start, "end": end, "token_start": 7, "token_end": 7, "label": "MISC" }]);
            task["accept"] = json!([label]);
            task["answer"] = json!("accept");
            task["_annotator_id"] = json!("ana");
            task["_timestamp"] = json!(1_767_261_600);
        }
        _ => {
            let by = "00000000-0000-0000-0000-000000000007";
            task["responses"] = json!({ "claims": [{ "value": [label], "user_id": by }],
                                        "entities": [{ "value": [span], "user_id": by }] });
        }
    }
}

#[test]
fn an_unedited_export_changes_nothing_and_one_change_is_one_review() {
    let bench = extracted();
    let before = bench.records("sentences.jsonl");
    let untouched = bench.outputs();
    let at = before.iter().position(|s| s["text"] == HARD).expect("the sentence");
    let monday = HARD.chars().count() - HARD[HARD.find("Monday").expect("there")..].chars().count();
    let mut expected = before.clone();
    for tool in TOOLS {
        bench.put_back(&untouched);
        export(&bench, tool);
        assert_eq!(import(&bench, tool).0, 0);
        assert_eq!(bench.outputs(), untouched, "{tool}: nothing was touched");

        let mut changed = tasks(&bench, tool);
        let start = before[at]["start"].as_u64().expect("a number") as usize + monday;
        decide(tool, &mut changed[at]);
        write(&bench, tool, &changed);
        let (code, told) = import(&bench, tool);
        assert!(code == 0 && told.contains("reviews: 1 written"), "{tool}: {told}");
        let (by, when) = match tool {
            "label-studio" => ("ana@example.org", json!("2026-01-01T10:00:00Z")),
            "doccano" => ("Ana", Value::Null),
            "prodigy" => ("ana", json!("1767261600")),
            _ => ("00000000-0000-0000-0000-000000000007", Value::Null),
        };
        expected[at]["review"] = json!({
            "by": by, "at": when, "from": tool,
            "entities": [{ "text": "Monday", "label": "MISC", "start": start, "end": start + 6 }],
            "claims": [{ "topic": "mediation", "stance": "supports", "holder": "India", "source": "Pakistan" }],
        });
        assert_eq!(bench.records("sentences.jsonl"), expected, "{tool}");
        check("sentence", &expected[at]);
        let reviewed = bench.outputs();
        assert_eq!(import(&bench, tool).0, 0);
        assert_eq!(bench.outputs(), reviewed, "{tool}: the same once more");

        // A reviewed folder is also unchanged by export and import.
        export(&bench, tool);
        assert_eq!(import(&bench, tool).0, 0);
        assert_eq!(bench.outputs(), reviewed, "{tool}: nothing was touched after the review");
    }
}

/// A correction with the model's own labels.
fn before_review(sentence: &Value) -> Value {
    json!({ "sentence_id": sentence["sentence_id"], "text": sentence["text"], "by": "Zoe", "at": null,
            "from": "review", "entities": [], "claims": [] })
}

#[test]
fn unchanged_answers_count_if_the_tool_marks_them_as_seen() {
    let bench = extracted();
    let extracted = bench.outputs();
    let sentence = &bench.records("sentences.jsonl")[1];
    let entities = sentence["entities"].as_array().expect("entities").len();
    for tool in ["label-studio", "prodigy", "argilla"] {
        export(&bench, tool);
        let mut seen = tasks(&bench, tool);
        let all = seen.clone();
        match tool {
            "label-studio" => {
                let result = seen[1]["predictions"][0]["result"].clone();
                seen[1]["annotations"] = json!([{ "result": result, "completed_by": 1 }]);
            }
            "prodigy" => {
                seen[1]["answer"] = json!("accept");
                seen[2]["answer"] = json!("reject");
                seen[3]["answer"] = json!("ignore");
            }
            _ => {
                let values = |task: &Value| {
                    json!({ "entities": { "value": task["suggestions"]["entities"]["value"] },
                            "claims": { "value": task["suggestions"]["claims"]["value"] } })
                };
                seen[1]["responses"] = json!([{ "values": values(&all[1]), "status": "submitted", "user_id": "u", "updated_at": "t" }]);
                seen[2]["responses"] =
                    json!([{ "values": values(&all[1]), "status": "discarded", "user_id": "u" }]);
            }
        }
        write(&bench, tool, &seen);
        let (code, told) = import(&bench, tool);
        assert!(code == 0 && told.contains("reviews: 1 written"), "{tool}: {told}");
        let reviews: Vec<Value> =
            bench.records("sentences.jsonl").iter().map(|s| s["review"].clone()).collect();
        assert_eq!(reviews.iter().filter(|r| !r.is_null()).count(), 1, "{tool}");
        assert_eq!(reviews[1]["from"], tool);
        assert_eq!(reviews[1]["entities"].as_array().expect("entities").len(), entities);
        assert_eq!(reviews[1]["claims"][0]["topic"], "mediation");
        bench.put_back(&extracted);
    }
}

#[test]
fn of_several_answers_the_last_one_counts_even_if_it_restores_the_export() {
    let bench = extracted();
    let sentence = bench.records("sentences.jsonl")[1].clone();
    bench.write("c.jsonl", before_review(&sentence).to_string());
    assert_eq!(bench.run(&["apply-review", "out", "c.jsonl"]).status.code(), Some(0));
    let reviewed = bench.outputs();
    export(&bench, "label-studio");
    let exported = tasks(&bench, "label-studio");
    let went_out = exported[1]["annotations"][0]["result"].clone();
    let model = exported[1]["predictions"][0]["result"].clone();
    assert_ne!(went_out, model);
    let annotation = |by: u8, day: u8, result: &Value| json!({ "completed_by": by, "updated_at": format!("2026-01-0{day}T00:00:00Z"), "result": result });
    let unknown = json!([{ "type": "labels", "value": { "labels": ["PER"] } }]);
    let mut changed = exported.clone();
    let mut imported = |annotations: Value| {
        bench.put_back(&reviewed);
        changed[1]["annotations"] = annotations;
        write(&bench, "label-studio", &changed);
        let (code, told) = import(&bench, "label-studio");
        (code, told, bench.outputs() == reviewed)
    };
    // Label Studio lists them in any order.
    let (code, told, same) = imported(json!([annotation(2, 3, &went_out), annotation(1, 2, &model)]));
    assert!(code == 0 && same, "the second annotator put it back: {told}");
    let (code, told, same) = imported(json!([annotation(2, 2, &went_out), annotation(1, 3, &model)]));
    assert!(code == 0 && !same && told.contains("1 written"), "{told}");
    let (code, told, same) = imported(json!([annotation(2, 3, &unknown), annotation(1, 2, &model)]));
    assert!(code == 1 && same && told.contains("task 2: "), "the last one is refused: {told}");
}

#[test]
fn exports_have_the_documented_shapes() {
    let bench = extracted();
    let schemas = fs::read_to_string(repository("tests/data/exchange.json")).expect("the schemas");
    let sentences = bench.records("sentences.jsonl");
    for tool in TOOLS {
        export(&bench, tool);
        let mut schema: Value = serde_json::from_str(&schemas).expect("JSON");
        schema["$ref"] = json!(format!("#/$defs/{tool}"));
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        let tasks = tasks(&bench, tool);
        assert_eq!(tasks.len(), sentences.len());
        for task in tasks {
            let errors: Vec<String> = validator.iter_errors(&task).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{tool}: {errors:#?}\n{task:#}");
        }
    }
    let config = stdout(&bench.run(&["export", "out", "--to", "label-studio", "--config"]));
    for part in [
        "<Taxonomy name=\"claims\" toName=\"text\"",
        "<Choice value=\"mediation\"><Choice value=\"supports\">",
    ] {
        assert!(config.contains(part), "{part}\n{config}");
    }
    let labels = stdout(&bench.run(&["export", "out", "--to", "argilla", "--config"]));
    let labels: Value = serde_json::from_str(&labels).expect("JSON");
    assert!(labels["claims"].as_array().expect("labels").contains(&json!("mediation|rejects|narrator")));
}

#[test]
fn tasks_that_can_not_be_imported_are_reported_by_place() {
    let bench = extracted();
    export(&bench, "doccano");
    let mut lines: Vec<Value> = tasks(&bench, "doccano");
    lines[0]["text"] = json!("Otherwise");
    lines[0]["entities"] = json!([]);
    lines[1]["entities"] = json!([[1, 3, "PER"]]);
    lines[2]["cats"] = json!(["mediation"]);
    lines[3]["sentence_id"] = json!("b#1");
    lines[4]["cats"] = json!(["boilerplate"]);
    write(&bench, "doccano", &lines);
    let (code, told) = import(&bench, "doccano");
    assert_eq!(code, 1, "{told}");
    for part in [
        "line 1: the sentence a#1 reads otherwise",
        "line 2: the entity 1..3",
        "line 3: \"mediation\" is not a claim",
        "line 4: no sentence b#1",
        "reviews: 1 written",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let review = bench.records("sentences.jsonl")[4]["review"].clone();
    assert_eq!((&review["boilerplate"], &review["entities"]), (&json!(true), &json!([])));
    for tool in TOOLS {
        bench.write("tasks", "[{]\n");
        let (code, told) = import(&bench, tool);
        assert!(code != 0 && told.contains("tasks, line 1"), "{tool}: {told}");
    }
}

#[test]
fn tasks_with_content_that_a_review_can_not_hold_are_refused() {
    let bench = extracted();
    let untouched = bench.outputs();
    export(&bench, "label-studio");
    let mut decided = tasks(&bench, "label-studio");
    for (at, kind) in [(1, "choices"), (2, "hypertextlabels")] {
        let mut result = decided[at]["predictions"][0]["result"].clone();
        result.as_array_mut().expect("regions").push(json!({ "type": kind, "value": { kind: ["PER"] } }));
        decided[at]["annotations"] = json!([{ "completed_by": 1, "result": result }]);
    }
    write(&bench, "label-studio", &decided);
    let (code, told) = import(&bench, "label-studio");
    assert_eq!(code, 1, "{told}");
    for part in
        ["task 2: a region of the type \"choices\"", "task 3: a region of the type \"hypertextlabels\""]
    {
        assert!(told.contains(part), "{told}");
    }

    export(&bench, "argilla");
    let mut decided = tasks(&bench, "argilla");
    decided[1]["responses"] = json!({ "claims": [{ "value": [], "user_id": "u" }],
                                      "quality": [{ "value": "poor", "user_id": "u" }] });
    write(&bench, "argilla", &decided);
    let (code, told) = import(&bench, "argilla");
    assert!(code == 1 && told.contains("record 2: the question \"quality\""), "{told}");
    assert!(bench.outputs() == untouched, "part of an answer became a review");
}

#[test]
fn the_table_has_one_row_per_claim_with_its_review() {
    let bench = extracted();
    let sentences = bench.records("sentences.jsonl");
    let at = sentences.iter().position(|s| s["text"] == HARD).expect("the sentence");
    let mut decided = before_review(&sentences[at]);
    decided["claims"] = json!([{ "topic": "mediation", "stance": "supports", "holder": "India" }]);
    bench.write("c.jsonl", decided.to_string());
    assert_eq!(bench.run(&["apply-review", "out", "c.jsonl"]).status.code(), Some(0));

    let csv = stdout(&bench.run(&["export", "out", "--to", "csv"]));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header.len(), 26);
    let rows: Vec<Vec<String>> =
        reader.records().map(|r| r.expect("a row").iter().map(str::to_owned).collect()).collect();
    let claims: usize = sentences.iter().map(|s| s["claims"].as_array().expect("claims").len()).sum();
    assert_eq!(rows.len(), claims + 1);
    let cell =
        |row: &[String], name: &str| row[header.iter().position(|h| h == name).expect("a column")].clone();
    assert!(rows.iter().all(|row| cell(row, "title") == "'=Talks 🎉 in Islamabad"), "no formula is left");
    let of_sentence: Vec<_> = rows.iter().filter(|row| cell(row, "text") == HARD).collect();
    let told: Vec<_> =
        of_sentence.iter().map(|r| (cell(r, "holder"), cell(r, "reviewed"), cell(r, "score"))).collect();
    assert_eq!((told[0].0.as_str(), told[0].1.as_str()), ("Pakistan", "rejected"));
    assert_eq!(told[1], ("India".into(), "added".into(), String::new()));

    for name in ["a.parquet", "b.parquet"] {
        let output = bench.run(&["export", "out", "--to", "parquet", "--output", name]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let bytes = fs::read(bench.path("a.parquet")).expect("read");
    assert!(bytes == fs::read(bench.path("b.parquet")).expect("read"), "the same rows give the same bytes");
    let file = fs::File::open(bench.path("a.parquet")).expect("there");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let mut read = reader.get_row_iter(None).expect("rows");
    for csv in &rows {
        let parquet = read.next().expect("as many rows").expect("a row");
        for (name, field) in parquet.get_column_iter() {
            let plain = match field {
                Field::Null => String::new(),
                Field::Str(text) => text.clone(),
                Field::Double(number) => number.to_string(),
                other => other.to_string(),
            };
            assert_eq!(plain, cell(csv, name).trim_start_matches('\''), "{name}");
        }
    }
    assert!(read.next().is_none());
    let output = bench.run(&["export", "out", "--to", "parquet"]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("--output"));
}

#[test]
fn sentences_without_their_document_are_not_exported() {
    let bench = extracted();
    bench.write("out/documents.jsonl", "");
    for to in ["csv", "doccano"] {
        let output = bench.run(&["export", "out", "--to", to]);
        assert_eq!(output.status.code(), Some(2), "{to}");
        let told = stderr(&output);
        assert!(
            told.contains("sentences.jsonl, line 1: a#1") && told.contains("run extract again"),
            "{told}"
        );
    }
}
