//! The program: parses the command line, runs the command, sets the exit code.

mod cli;

use std::panic;
use std::process::ExitCode;

use clap::Parser;

// The system's allocator gives the large buffers of inference back after each batch and faults their
// pages in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        // libtorch's bindings panic where libtorch reports an error; these panics are reported as
        // errors.
        let bindings = ["/tch-", "/rust-bert-"];
        let file = panic.location().map_or("", |location| location.file());
        if !bindings.iter().any(|name| file.contains(name)) {
            cli::tell(format_args!("demarche: internal error, please report it: {panic}"));
        }
    }));
    match cli::CommandLine::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(message) => {
            cli::tell(format_args!("demarche: {message}"));
            cli::Outcome::Nothing.into()
        }
    }
}
