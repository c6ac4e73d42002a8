//! The log: lines for people or JSON for programs, on standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to log. What logged before goes on: only tests begin twice.
///
/// # Errors
/// The filter is none.
pub(crate) fn begin(config: &Config) -> Result<(), String> {
    let filter = EnvFilter::try_new(&config.log_filter).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let begun = match config.log {
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
    };
    if begun.is_err() {
        tracing::debug!("the log has begun already");
    }
    Ok(())
}
