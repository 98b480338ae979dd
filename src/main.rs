//! The command line: parse, wire, set the exit code.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(message) => {
            eprintln!("demarche: {message}");
            cli::Outcome::Nothing.into()
        }
    }
}
