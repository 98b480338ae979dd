//! What `-v` and `DEMARCHE_LOG` show.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Filters by module and level, as `demarche::job=trace`.
const VARIABLE: &str = "DEMARCHE_LOG";

/// Logs to standard error from now on: nothing, stages (`-v`) or all (`-vv`), unless the variable says
/// otherwise.
///
/// # Errors
/// The variable is no filter.
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
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|e| format!("logging: {e}"))
}
