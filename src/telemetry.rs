//! Logs: to standard error, so that they never mix with answers. What may be logged is decided where
//! it is logged: no names, numbers, addresses or texts of families, ever.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::failure::{Exit, Failure};

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `filter` is what `WASL_LOG` or `--log` says, such as `info,wasl=debug`.
///
/// # Errors
/// The filter cannot be read.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = parse(filter)?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(std::io::stderr)
        // Whoever read the log may be gone (`wasl serve 2>&1 | head`): to complain of that there is no place either.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start, as in tests, keeps the first.
    match format {
        LogFormat::Text => logs.compact().try_init().ok(),
        LogFormat::Json => logs.json().try_init().ok(),
    };
    Ok(())
}

fn parse(filter: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(filter).map_err(|error| {
        Failure::new(Exit::Usage, format!("`{filter}` is not a log filter: {error}"))
            .help("write for example `--log info,wasl=debug`, or set WASL_LOG")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        assert!(parse("info,wasl=debug").is_ok());
        let failure = parse("wasl=loud").unwrap_err();
        assert!(failure.message.contains("`wasl=loud` is not a log filter"), "{failure}");
    }
}
