//! Tells the linker where libtorch is, so that a program with the feature `rust-bert` finds it at
//! run time.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    if env::var_os("CARGO_FEATURE_RUST_BERT").is_none() {
        return;
    }
    let Some(lib) = env::var_os("LIBTORCH").map(|folder| Path::new(&folder).join("lib")) else { return };
    if lib.is_dir() {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
    }
}
