//! Logging, set by `-v` and `DEMARCHE_LOG`.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Filters by module and level, such as `demarche::job=trace`.
const VARIABLE: &str = "DEMARCHE_LOG";

/// Starts logging to standard error: nothing, stages (`-v`) or everything (`-vv`), unless the
/// variable sets a filter.
///
/// # Errors
/// If the variable is not a valid filter.
pub fn start(verbosity: u8) -> Result<(), String> {
    let level = match verbosity {
        0 => "off",
        1 => "demarche=debug",
        _ => "demarche=trace",
    };
    let filter = match std::env::var(VARIABLE) {
        Ok(filter) if !filter.is_empty() => {
            EnvFilter::try_new(&filter).map_err(|e| format!("{VARIABLE}: {filter:?}: {e}"))?
        }
        _ => EnvFilter::new(level),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|e| format!("logging: {e}"))
}
