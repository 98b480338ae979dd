//! The libFuzzer program: runs the target that the variable `DEMARCHE_FUZZ_TARGET` names.
//!
//! One program for all targets, because linking the library once is what takes the time. Start it
//! by `run.sh`, which builds it with coverage.

#![no_main]

mod targets;

use std::panic;
use std::process;
use std::sync::OnceLock;

// libFuzzer itself, which has `main` and calls the function below.
use libfuzzer_sys as _;
use targets::{TARGETS, Target};

/// Crates that read pages. The library contains their panics, each of which costs one document.
const CONTAINED: [&str; 7] =
    ["cssparser-", "dom_query-", "dom_smoothie-", "html5ever-", "markup5ever-", "selectors-", "tendril-"];

/// Called by libFuzzer for each input; the name is `libfuzzer-sys`'s.
#[unsafe(no_mangle)]
fn rust_fuzzer_test_input(input: &[u8]) -> i32 {
    static TARGET: OnceLock<Target> = OnceLock::new();
    TARGET.get_or_init(start)(input);
    0
}

/// Finds the target, and has every panic but a contained one end the process, as libFuzzer expects.
fn start() -> Target {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let contained = info
            .location()
            .is_some_and(|place| CONTAINED.iter().any(|name| place.file().contains(&format!("/{name}"))));
        if !contained {
            usual(info);
            process::abort();
        }
    }));
    let name = std::env::var("DEMARCHE_FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(known, _)| *known == name) {
        Some((_, target)) => *target,
        None => panic!("DEMARCHE_FUZZ_TARGET is {name:?}, which names no target"),
    }
}
