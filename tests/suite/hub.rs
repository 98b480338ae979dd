//! Models that are not built in: from a Hub, here a server on the loopback interface, and from a
//! folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::harness::{Bench, repository, sha256, stderr, stdout};
use crate::hub_server::{Asked, REPO, Server, Trouble};

const CONFIG: &[u8] = br#"{"architectures": ["BertForTokenClassification"], "id2label": {"0": "O"}}"#;
const PROXIES: [&str; 6] =
    ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// Runs the program with this server and these variables as the only Hub settings in its
/// environment.
fn run_with(bench: &Bench, server: &Server, env: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = bench.command(arguments);
    for name in PROXIES.into_iter().chain(["HF_TOKEN", "HF_HUB_OFFLINE"]) {
        command.env_remove(name);
    }
    command.env("HF_HOME", bench.path("hf")).env("HF_ENDPOINT", format!("http://{}/", server.address));
    command.envs(env.iter().copied()).output().expect("the program starts")
}

fn pull_with(bench: &Bench, server: &Server, env: &[(&str, &str)], arguments: &[&str]) -> Output {
    let all = [&["models", "pull", REPO, "--models", "m"], arguments].concat();
    run_with(bench, server, env, &all)
}

/// Pulls for libtorch in every build.
fn pull(bench: &Bench, server: &Server) -> Output {
    pull_with(bench, server, &[], &["--backend", "libtorch"])
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
}

/// The output of a command that must fail with all these words in its message.
fn refused(output: &Output, words: &[&str]) -> String {
    let told = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    for word in words {
        assert!(told.contains(word), "{word}\n{told}");
    }
    told
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i * i / 251) as u8).collect()
}

/// A Hub with a model whose weights have `count` bytes.
fn hub(count: usize) -> Server {
    Server::new(&[
        ("config.json", CONFIG),
        ("tokenizer.json", b"{}"),
        ("model.safetensors", &bytes(count)),
        ("pytorch_model.bin", b"pickled"),
    ])
}

fn text(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.path(name)).expect("written")
}

/// The file of a commit in the cache.
fn cached(bench: &Bench, commit: &str, name: &str) -> PathBuf {
    bench.path("hf/hub/models--org--name/snapshots").join(commit).join(name)
}

/// The first byte of each transfer of the weights.
fn starts(asked: &[Asked]) -> Vec<usize> {
    let weights = asked.iter().filter(|asked| asked.path == "/cdn/model.safetensors");
    weights
        .filter_map(|asked| asked.range)
        .filter(|range| *range != (0, Some(0)))
        .map(|(from, _)| from)
        .collect()
}

#[test]
fn a_pulled_model_is_pinned_listed_and_does_its_task() {
    let file = |name: &str| fs::read(Path::new(&repository("models/ner")).join(name)).expect("there");
    let (config, tokenizer, graph) = (file("config.json"), file("tokenizer.json"), file("model.onnx"));
    let files = [("config.json", &*config), ("tokenizer.json", &*tokenizer), ("onnx/other.onnx", b"x")];
    let server = Server::new(&[&files[..], &[("model.onnx", &*graph)]].concat());
    let bench = Bench::new();
    let output = pull_with(&bench, &server, &[], &["--backend", "onnx"]);
    done(&output);
    let commit = server.state().commit.clone();
    assert!(stdout(&output).contains("demarche extract") && stdout(&output).contains("--models m"));
    let (models, lock) = (text(&bench, "m/models.toml"), text(&bench, "m/models.lock"));
    for line in ["name = \"org/name\"", "task = \"ner\"", "backends = [\"onnx\"]", "licence = \"mit\""] {
        assert!(models.contains(line), "{line}\n{models}");
    }
    assert!(models.contains(&format!("hub = \"org/name\"\nrevision = \"{commit}\"")), "{models}");
    assert!(lock.contains(&sha256(&graph)) && !lock.contains("other"), "{lock}");

    let listed = stdout(&run_with(&bench, &server, &[], &["models", "list", "--models", "m"]));
    for word in ["hub org/name", &commit, "onnx", "mpnet-l12-topics", "built-in"] {
        assert!(listed.contains(word), "{word}\n{listed}");
    }
    let verified = run_with(&bench, &server, &[], &["models", "verify", "--models", "m"]);
    assert_eq!(stdout(&verified).matches("ok ").count(), 8, "{}", stdout(&verified));

    bench.write("a.txt", "Officials met in Doha on Sunday and agreed to meet again.");
    let extract = ["extract", "a.txt", "--output", "-", "--quiet", "--models", "m"];
    let extracted = run_with(&bench, &server, &[], &extract);
    assert!(stdout(&extracted).contains("\"Doha\""), "{}{}", stdout(&extracted), stderr(&extracted));

    server.asked();
    done(&pull_with(&bench, &server, &[], &["--backend", "onnx"]));
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "a second pull asks for no file: {asked:?}");
    assert_eq!((text(&bench, "m/models.toml"), text(&bench, "m/models.lock")), (models, lock));

    let gone = cached(&bench, &commit, "model.onnx");
    fs::remove_file(&gone).expect("removed");
    refused(
        &run_with(&bench, &server, &[], &extract),
        &["model.onnx", &format!("models pull org/name@{commit}")],
    );
}

#[test]
fn an_interrupted_transfer_resumes_where_it_stopped() {
    let (server, bench) = (hub(500_000), Bench::new());
    server.state().trouble = [Trouble::Breaks(300_000), Trouble::Breaks(50_000)].into();
    done(&pull(&bench, &server));
    assert_eq!(starts(&server.asked()), [0, 300_000, 350_000]);
    let commit = server.state().commit.clone();
    assert!(fs::read(cached(&bench, &commit, "model.safetensors")).expect("there") == bytes(500_000));
}

#[test]
fn a_later_run_resumes_too() {
    let (server, bench) = (hub(500_000), Bench::new());
    server.state().trouble = [Trouble::Breaks(300_000), Trouble::Status(403)].into();
    refused(&pull(&bench, &server), &["no access"]);
    assert!(!bench.path("m").exists(), "nothing is entered that is not there");
    server.asked();
    done(&pull(&bench, &server));
    let asked = server.asked();
    assert_eq!(starts(&asked), [300_000]);
    assert!(!asked.iter().any(|asked| asked.path.contains("tokenizer")), "{asked:?}");
}

#[test]
fn bytes_received_before_a_kill_are_used() {
    let (server, bench) = (hub(500_000), Bench::new());
    let part = format!("hf/hub/models--org--name/blobs/{}.part", sha256(&bytes(500_000)));
    bench.write(&part, bytes(500_000));
    done(&pull(&bench, &server));
    assert!(starts(&server.asked()).is_empty());
    assert!(!bench.path(&part).exists());
}

#[test]
fn a_part_of_another_file_is_removed() {
    let (server, bench) = (hub(1000), Bench::new());
    let part = format!("hf/hub/models--org--name/blobs/{}.part", sha256(&bytes(1000)));
    bench.write(&part, vec![0; 2000]);
    done(&pull(&bench, &server));
    fs::remove_dir_all(bench.path("hf")).expect("removed");
    bench.write(&part, vec![0; 100]);
    refused(&pull(&bench, &server), &["sha256", "removed", "run the command again"]);
    assert!(!bench.path(&part).exists());
    done(&pull(&bench, &server));
}

#[test]
fn of_several_processes_one_downloads_a_file() {
    let (server, bench) = (hub(500_000), Bench::new());
    std::thread::scope(|scope| {
        for folder in ["a", "b", "c", "d"] {
            let (server, bench) = (&server, &bench);
            scope.spawn(move || {
                let pull = ["models", "pull", REPO, "--backend", "libtorch", "--models", folder];
                done(&run_with(bench, server, &[], &pull));
                done(&run_with(bench, server, &[], &["models", "verify", "--models", folder]));
            });
        }
    });
    assert_eq!(starts(&server.asked()), [0]);
}

#[cfg(unix)]
#[test]
fn the_cache_is_the_one_that_other_programs_read() {
    let (server, bench) = (hub(1000), Bench::new());
    done(&pull(&bench, &server));
    let commit = server.state().commit.clone();
    let link = fs::read_link(cached(&bench, &commit, "model.safetensors")).expect("a link");
    assert_eq!(link, Path::new("../../blobs").join(sha256(&bytes(1000))));
    for name in ["main", &commit] {
        assert_eq!(text(&bench, &format!("hf/hub/models--org--name/refs/{name}")), commit);
    }
    let moved = bench.path("elsewhere");
    fs::rename(bench.path("hf"), &moved).expect("moved");
    let home = [("HF_HOME", moved.to_str().expect("UTF-8"))];
    done(&run_with(&bench, &server, &home, &["models", "verify", "--models", "m"]));
}

#[test]
fn a_server_that_ignores_ranges_does_no_harm() {
    let (server, bench) = (hub(500_000), Bench::new());
    server.state().trouble = [Trouble::Breaks(300_000), Trouble::Whole].into();
    done(&pull(&bench, &server));
    assert_eq!(starts(&server.asked()), [0, 300_000]);
}

#[test]
fn bytes_with_another_hash_than_the_hub_reports_are_removed() {
    let (server, bench) = (hub(1000), Bench::new());
    let (right, wrong) = (sha256(&bytes(1000)), "ab".repeat(32));
    server.state().told.insert("model.safetensors".into(), wrong.clone());
    refused(&pull(&bench, &server), &["model.safetensors", &right, &wrong, "removed"]);
    assert!(!bench.path("hf/hub/models--org--name/blobs").join(&wrong).exists());
    let commit = server.state().commit.clone();
    assert!(!cached(&bench, &commit, "model.safetensors").is_symlink());
    assert!(!bench.path("m").exists());
    server.state().told.clear();
    done(&pull(&bench, &server));
}

#[test]
fn other_bytes_than_the_pinned_ones_are_refused() {
    let (server, bench) = (hub(1000), Bench::new());
    done(&pull(&bench, &server));
    let (commit, lock) = (server.state().commit.clone(), text(&bench, "m/models.lock"));

    // A corrupt file in the cache is downloaded again.
    fs::write(cached(&bench, &commit, "config.json"), "{}").expect("written");
    let verified = run_with(&bench, &server, &[], &["models", "verify", "--models", "m"]);
    assert!(stdout(&verified).contains("BAD") && stdout(&verified).contains("config.json"));
    server.asked();
    done(&pull(&bench, &server));
    assert!(server.asked().iter().skip(1).all(|asked| asked.path.contains("config.json")));
    done(&run_with(&bench, &server, &[], &["models", "verify", "--models", "m"]));

    // The Hub now has other bytes.
    let other = CONFIG.to_ascii_uppercase();
    server.state().files.insert("config.json".into(), other.clone());
    fs::remove_dir_all(bench.path("hf")).expect("removed");
    let told = ["config.json", "pinned in models.lock as", &sha256(CONFIG), "the Hub gives", &sha256(&other)];
    refused(&pull(&bench, &server), &told);
    assert_eq!(text(&bench, "m/models.lock"), lock);
}

#[test]
fn a_new_revision_takes_the_place_of_the_old_one_and_comments_stay() {
    let (server, bench) = (hub(1000), Bench::new());
    done(&pull(&bench, &server));
    let (old, new) = ("1".repeat(40), "2".repeat(40));
    let own = text(&bench, "m/models.toml").replace("[[model]]", "# the one of May\n[[model]]  # ours")
        + "max_length = 128 # enough\n";
    bench.write("m/models.toml", &own);
    let config = String::from_utf8_lossy(CONFIG).replace("\"O\"", "\"X\"");
    {
        let mut state = server.state();
        state.commit = new.clone();
        state.files.insert("config.json".into(), config.clone().into_bytes());
    }
    done(&pull(&bench, &server));
    assert_eq!(text(&bench, "m/models.toml"), own.replace(&old, &new));
    let lock = text(&bench, "m/models.lock");
    assert!(lock.contains(&sha256(config.as_bytes())) && !lock.contains(&sha256(CONFIG)), "{lock}");
    done(&run_with(&bench, &server, &[], &["models", "verify", "--models", "m"]));
}

#[test]
fn a_gated_model_needs_a_token_that_no_message_shows() {
    const TOKEN: &str = "hf_verysecret";
    let (server, bench) = (hub(1000), Bench::new());
    server.state().token = Some(TOKEN);
    refused(&pull(&bench, &server), &["gated or private", "HF_TOKEN", "licence"]);
    let told = refused(
        &pull_with(&bench, &server, &[("HF_TOKEN", "hf_wrong")], &["--backend", "libtorch"]),
        &["gated or private", "this token"],
    );
    assert!(!told.contains("hf_wrong"), "{told}");

    let output = pull_with(&bench, &server, &[("HF_TOKEN", TOKEN)], &["--backend", "libtorch"]);
    done(&output);
    assert!(!(stdout(&output) + &stderr(&output)).contains(TOKEN));
    fs::remove_dir_all(bench.path("hf")).expect("removed");
    bench.write("hf/token", format!("{TOKEN}\n"));
    done(&pull(&bench, &server));
}

#[test]
fn the_token_is_sent_only_to_the_hub() {
    const TOKEN: &str = "hf_verysecret";
    let (server, bench) = (hub(1000), Bench::new());
    server.state().token = Some(TOKEN);
    let pull = || pull_with(&bench, &server, &[("HF_TOKEN", TOKEN)], &["--backend", "libtorch"]);
    let told_elsewhere = || {
        let asked = server.asked();
        let (elsewhere, own): (Vec<_>, Vec<_>) = asked.into_iter().partition(|asked| asked.elsewhere);
        assert!(own.iter().all(|asked| asked.token.as_deref() == Some(TOKEN)), "{own:?}");
        assert!(
            !elsewhere.is_empty() && elsewhere.iter().all(|asked| asked.token.is_none()),
            "{elsewhere:?}"
        );
    };
    done(&pull());
    told_elsewhere();

    // Not even if the other host says that it has nothing.
    fs::remove_dir_all(bench.path("hf")).expect("removed");
    server.state().leads = Some(format!("http://{}/none", server.elsewhere));
    refused(&pull(), &["no such"]);
    told_elsewhere();
}

#[test]
fn a_redirect_without_a_valid_target_is_reported() {
    for (place, told) in [
        ("", "without saying where"),
        ("/org/name/resolve/main/model.safetensors", "more than 5 times"),
        ("model.safetensors", "more than 5 times"),
        ("file:///etc/passwd", "no address"),
        ("http://", "model.safetensors"),
    ] {
        let (server, bench) = (hub(1000), Bench::new());
        server.state().leads = Some(place.into());
        let told = refused(&pull(&bench, &server), &[told]);
        assert!(!told.contains("panicked"), "{told}");
        assert!(server.asked().len() < 20);
    }
}

#[test]
fn no_name_from_the_hub_leads_outside_the_cache() {
    for name in ["../../../out.safetensors", "/out.safetensors", "a\\..\\..\\out", "C:out", "a//b", ""] {
        let (server, bench) = (hub(1000), Bench::new());
        server.state().listed = vec![name.into()];
        refused(&pull(&bench, &server), &["below"]);
        assert!(server.asked().len() == 1 && !bench.path("hf").exists(), "{name}");
        server.state().listed.clear();
        if !name.is_empty() {
            refused(&pull_with(&bench, &server, &[], &["--file", name]), &["--file"]);
        }
    }
    for tag in ["../../../out", "a/b", "a\\b", "C:a", ""] {
        let (server, bench) = (hub(1000), Bench::new());
        server.state().tag = Some(tag);
        refused(&pull(&bench, &server), &["ETag"]);
    }
    let (server, bench) = (hub(1000), Bench::new());
    server.state().commit = "../../../out".into();
    refused(&pull(&bench, &server), &["no commit"]);
    assert!(!bench.path("hf").exists());

    let index = br#"{"weight_map": {"a": "..\\out.safetensors"}}"#;
    server.state().commit = "1".repeat(40);
    server.state().files.insert("model.safetensors.index.json".into(), index.to_vec());
    server.state().files.remove("model.safetensors");
    refused(&pull(&bench, &server), &["weight_map"]);
}

#[test]
fn missing_models_and_files_are_reported() {
    let (server, bench) = (hub(1000), Bench::new());
    let pull = |arguments: &[&str]| {
        run_with(&bench, &server, &[], &[&["models", "pull"], arguments, &["--models", "m"]].concat())
    };
    refused(&pull(&["org/none"]), &["org/none@main", "no such model"]);
    refused(&pull(&["org/name@none"]), &["org/name@none", "no such model, revision"]);
    refused(&pull(&["org/name", "--backend", "onnx"]), &["no .onnx", "--backend libtorch"]);
    refused(
        &pull(&["org/name", "--file", "b.safetensors"]),
        &["b.safetensors", "there is model.safetensors"],
    );
    refused(&pull(&["org/name", "--file", "pytorch_model.bin"]), &["reads ."]);
    refused(&pull(&["../name"]), &["ORG/NAME"]);
    refused(
        &pull_with(&bench, &server, &[("HF_ENDPOINT", "127.0.0.1")], &[]),
        &["HF_ENDPOINT must be an address"],
    );
    refused(&run_with(&bench, &server, &[], &["models", "pull", REPO]), &["--models DIR"]);
    assert!(!bench.path("m").exists());
}

#[test]
fn unusable_files_are_refused_before_they_are_downloaded() {
    let config: (&str, &[u8]) = ("config.json", CONFIG);
    let tokenizer: (&str, &[u8]) = ("tokenizer.json", b"{}");
    let weights: (&str, &[u8]) = ("model.safetensors", b"w");
    let graph: (&str, &[u8]) = ("onnx/model.onnx", b"g");
    let data: (&str, &[u8]) = ("onnx/model.onnx_data", b"d");
    let masked: (&str, &[u8]) = ("config.json", br#"{"architectures": ["BertForMaskedLM"]}"#);
    for (files, backend, told) in [
        (
            vec![config, tokenizer, ("pytorch_model.bin", b"p")],
            "libtorch",
            "its authors offer no safetensors; convert",
        ),
        (vec![config, weights], "libtorch", "has no tokenizer.json"),
        (vec![config, tokenizer, graph, data], "onnx", "onnx/model.onnx_data"),
        (vec![tokenizer, weights], "libtorch", "config.json"),
        (vec![masked, tokenizer, weights], "libtorch", "--task ner or --task nli"),
    ] {
        let (server, bench) = (Server::new(&files), Bench::new());
        refused(&pull_with(&bench, &server, &[], &["--backend", backend]), &[told]);
        let asked = server.asked();
        assert!(!asked.iter().any(|a| a.path.contains("model.") || a.path.contains("cdn")), "{asked:?}");
        assert!(!bench.path("m").exists());
    }
    let (server, bench) = (Server::new(&[masked, tokenizer, weights]), Bench::new());
    done(&pull_with(&bench, &server, &[], &["--backend", "libtorch", "--task", "nli"]));
    assert!(text(&bench, "m/models.toml").contains("task = \"nli\""));
}

#[test]
fn all_shards_of_an_index_are_downloaded() {
    let index =
        br#"{"weight_map": {"a": "m-2.safetensors", "b": "m-1.safetensors", "c": "m-2.safetensors"}}"#;
    let server = Server::new(&[
        ("config.json", CONFIG),
        ("tokenizer.json", b"{}"),
        ("model.safetensors.index.json", index),
        ("m-1.safetensors", b"one"),
        ("m-2.safetensors", b"two"),
        ("unlisted.safetensors", b"three"),
    ]);
    let bench = Bench::new();
    done(&pull(&bench, &server));
    let lock = text(&bench, "m/models.lock");
    assert!(lock.contains(&sha256(b"one")) && lock.contains(&sha256(b"two")), "{lock}");
    assert!(!lock.contains("unlisted"), "{lock}");
}

#[test]
fn offline_only_the_cache_is_used() {
    let (server, bench) = (hub(1000), Bench::new());
    let offline = |arguments: &[&str]| pull_with(&bench, &server, &[("HF_HUB_OFFLINE", "1")], arguments);
    refused(&offline(&["--backend", "libtorch"]), &["HF_HUB_OFFLINE", "org/name@main"]);
    done(&pull(&bench, &server));
    let (models, lock) = (text(&bench, "m/models.toml"), text(&bench, "m/models.lock"));
    fs::remove_dir_all(bench.path("m")).expect("removed");
    server.asked();
    done(&offline(&["--backend", "libtorch"]));
    assert_eq!(text(&bench, "m/models.lock"), lock);
    assert_eq!(text(&bench, "m/models.toml"), models.replace("\"mit\"", "\"unknown\""));

    fs::remove_file(cached(&bench, &"1".repeat(40), "tokenizer.json")).expect("removed");
    refused(&offline(&["--backend", "libtorch"]), &["tokenizer.json", "not in the cache", "HF_HUB_OFFLINE"]);
    refused(&offline(&["--backend", "onnx"]), &["no .onnx", "only the cache was looked at"]);
    assert_eq!(server.asked(), []);
}

#[test]
fn a_local_model_is_pinned_in_place() {
    let (server, bench) = (hub(0), Bench::new());
    let run = |arguments: &[&str]| {
        run_with(&bench, &server, &[], &[&["models"], arguments, &["--models", "m"]].concat())
    };
    bench.write("m/tuned/config.json", CONFIG);
    bench.write("m/tuned/tokenizer.json", "{}");
    refused(&run(&["add", "m/tuned"]), &["no weights", "save_pretrained"]);
    bench.write("m/tuned/pytorch_model.bin", "p");
    refused(&run(&["add", "m/tuned"]), &["pickles"]);
    bench.write("m/tuned/model.safetensors", "w");
    done(&run(&["add", "m/tuned"]));
    let models = text(&bench, "m/models.toml");
    for line in ["name = \"tuned\"", "task = \"ner\"", "backends = [\"libtorch\"]", "folder = \"tuned\""] {
        assert!(models.contains(line), "{line}\n{models}");
    }
    assert!(!models.contains("hub"), "{models}");
    let verified = run(&["verify"]);
    done(&verified);
    assert!(stdout(&verified).contains("tuned/model.safetensors"), "{}", stdout(&verified));
    bench.write("m/tuned/model.safetensors", "x");
    refused_on_stdout(&run(&["verify"]), "tuned/model.safetensors");

    // In another folder, with both kinds of weights and another name.
    fs::rename(bench.path("m/tuned"), bench.path("away")).expect("moved");
    bench.write("away/model.onnx", "g");
    done(&run(&["add", "away", "--name", "tuned", "--backend", "libtorch"]));
    let models = text(&bench, "m/models.toml");
    let place = bench.path("away").canonicalize().expect("there");
    assert!(models.contains(&format!("folder = \"{}\"", place.display())), "{models}");
    assert!(models.contains("backends = [\"libtorch\", \"onnx\"]"), "{models}");
    assert_eq!(models.matches("[[model]]").count(), 1);
    done(&run(&["verify"]));
    done(&run(&["list"]));
    assert_eq!(server.asked(), []);
}

#[test]
fn the_weights_of_a_local_model_can_be_named() {
    let (server, bench) = (hub(0), Bench::new());
    let add = |arguments: &[&str]| {
        let output =
            run_with(&bench, &server, &[], &[&["models", "add", "it", "--models", "m"], arguments].concat());
        (output.status.success(), stdout(&output) + &stderr(&output))
    };
    bench.write("it/config.json", CONFIG);
    bench.write("it/tokenizer.json", "{}");
    for name in ["a.onnx", "onnx/b.onnx", "onnx/b.onnx_data", "deep/er/c.onnx", "model.safetensors"] {
        bench.write(&format!("it/{name}"), name);
    }
    let (added, told) = add(&[]);
    assert!(!added && told.contains("a.onnx, onnx/b.onnx; name one with --file"), "{told}");
    for file in ["a.onnx", "deep/er/c.onnx"] {
        let (added, told) = add(&["--file", file]);
        assert!(added && told.contains("backends onnx libtorch") && told.contains(file), "{told}");
        assert!(!told.contains("b.onnx"), "{told}");
    }
    // Errors in the graphs do not matter if the other backend was asked for.
    let (added, told) = add(&["--backend", "libtorch"]);
    assert!(added && told.contains("backends libtorch\n") && !told.contains(".onnx "), "{told}");
    if !cfg!(feature = "rust-bert") {
        assert!(told.contains("build with --features rust-bert, or write a graph"), "{told}");
        assert!(told.contains("models add FOLDER"), "{told}");
    }
    for (arguments, word) in [
        (&["--backend", "onnx"][..], "--file"),
        (&["--file", "onnx/b.onnx"], "onnx/b.onnx_data"),
        (&["--file", "none.onnx"], "there is a.onnx, onnx/b.onnx"),
        (&["--file", "../it/a.onnx"], "there is"),
        (&["--file", "config.json"], ".safetensors"),
    ] {
        let (added, told) = add(arguments);
        assert!(!added && told.contains(word), "{arguments:?} {told}");
    }
}

#[test]
fn the_names_of_earlier_versions_are_accepted() {
    let (server, bench) = (hub(0), Bench::new());
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        bench.write(&format!("it/{name}"), if name == "config.json" { CONFIG } else { b"{}" });
    }
    let run = |arguments: &[&str]| {
        let output = run_with(&bench, &server, &[], &[&["models"], arguments, &["--models", "m"]].concat());
        done(&output);
        stdout(&output)
    };
    assert!(run(&["add", "it", "--engine", "rust-bert"]).contains("backends libtorch\n"));
    let listing = text(&bench, "m/models.toml");
    let before = listing.replace("backends = [\"libtorch\"]", "engines = [\"rust-bert\"]");
    assert_ne!(before, listing);
    bench.write("m/models.toml", &before);
    assert!(run(&["list"]).contains("backends libtorch\n"));
    run(&["add", "it"]);
    assert_eq!(text(&bench, "m/models.toml"), before, "what says the same stays as it is");
}

#[test]
fn no_model_is_lost_if_several_are_added_at_once() {
    let (server, bench) = (hub(0), Bench::new());
    let names: Vec<String> = (0..12).map(|i| format!("n{i}")).collect();
    bench.write("it/config.json", CONFIG);
    bench.write("it/tokenizer.json", "{}");
    bench.write("it/model.safetensors", "w");
    std::thread::scope(|scope| {
        for name in &names {
            let add = ["models", "add", "it", "--name", name, "--models", "m"];
            let (server, bench) = (&server, &bench);
            scope.spawn(move || done(&run_with(bench, server, &[], &add)));
        }
    });
    let (models, lock) = (text(&bench, "m/models.toml"), text(&bench, "m/models.lock"));
    for name in &names {
        let line = format!("name = {name:?}\n");
        assert!(models.contains(&line) && lock.contains(&line), "{name}\n{models}\n{lock}");
    }
}

#[test]
fn a_task_of_another_format_in_config_json_is_ignored() {
    let (server, bench) = (hub(0), Bench::new());
    let config = String::from_utf8_lossy(CONFIG).replacen('{', "{\"task\": \"token-classification\", ", 1);
    bench.write("it/config.json", config);
    bench.write("it/tokenizer.json", "{}");
    bench.write("it/model.safetensors", "w");
    done(&run_with(&bench, &server, &[], &["models", "add", "it", "--models", "m"]));
    assert!(text(&bench, "m/models.toml").contains("task = \"ner\""));
}

fn refused_on_stdout(output: &Output, word: &str) {
    assert_eq!(output.status.code(), Some(2));
    let told = stdout(output);
    assert!(told.lines().any(|line| line.starts_with("BAD") && line.contains(word)), "{told}");
}
