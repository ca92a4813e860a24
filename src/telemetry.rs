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

/// Tells the log of every fault of this program from now on, in place of writing it past the log.
///
/// Where it happened is told, and what if those words stand in the program: words that were put together may hold what a
/// family said. `RUST_BACKTRACE`, which somebody who looks for the fault sets, adds all of it on standard error.
pub(crate) fn log_faults() {
    let whole = std::panic::take_hook();
    let all = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |fault| {
        let at = fault.location().map(ToString::to_string).unwrap_or_default();
        let what =
            fault.payload().downcast_ref::<&'static str>().copied().unwrap_or("set RUST_BACKTRACE=1 to see what");
        tracing::error!(at, what, "a fault of this program");
        if all {
            whole(fault);
        }
    }));
}

fn parse(filter: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(filter).map_err(|error| {
        Failure::new(Exit::Usage, format!("`{filter}` is not a log filter: {error}"))
            .help("write for example `--log info,wasl=debug`, or set WASL_LOG")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_fault_reaches_the_log_with_its_place_and_without_what_a_family_said() {
        let (log, name) = (Kept::default(), "Huda".to_owned());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        log_faults();
        tracing::subscriber::with_default(subscriber, || {
            _ = std::panic::catch_unwind(|| panic!("a hand is missing"));
            _ = std::panic::catch_unwind(|| panic!("{name} cannot be"));
        });
        _ = std::panic::take_hook();
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(told.contains("a fault of this program") && told.contains("telemetry.rs:"), "{told}");
        assert!(told.contains("a hand is missing") && !told.contains("Huda"), "{told}");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        assert!(parse("info,wasl=debug").is_ok());
        let failure = parse("wasl=loud").unwrap_err();
        assert!(failure.message.contains("`wasl=loud` is not a log filter"), "{failure}");
    }
}
