//! Logs of the server: text for people, JSON lines for machines, on stderr.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// Text.
    Text,
    /// JSON lines.
    Json,
}

/// Begins to log. `PLATFORM_LOG` sets levels, such as `info,causeway_run=debug`.
pub(crate) fn start(format: Format) {
    let filter = EnvFilter::try_from_env("PLATFORM_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let json = match format {
        Format::Auto => !std::io::stderr().is_terminal(),
        Format::Text => false,
        Format::Json => true,
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        lines.json().flatten_event(true).init();
    } else {
        lines.with_target(false).init();
    }
}
