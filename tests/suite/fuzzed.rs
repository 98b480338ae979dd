//! Inputs that fuzzing has found: none of them stops the program any more.

use std::fs;

use crate::harness::repository;

#[path = "../../fuzz/src/targets.rs"]
mod targets;

#[test]
fn no_input_that_fuzzing_found_makes_its_target_panic() {
    for (name, target) in targets::TARGETS {
        target(b"");
        let folders = ["regressions", "seeds"].map(|kind| repository(&format!("fuzz/{kind}/{name}")));
        for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
            println!("{}", entry.path().display());
            target(&fs::read(entry.path()).expect("readable"));
        }
    }
}
