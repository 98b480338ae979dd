//! The command line: parse, wire, set the exit code.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::CommandLine::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(message) => {
            cli::tell(format_args!("demarche: {message}"));
            cli::Outcome::Nothing.into()
        }
    }
}
