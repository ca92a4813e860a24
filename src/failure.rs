//! Why a command did not do what was asked: what happened, what to do, and the exit code.

use std::fmt::{self, Write as _};

use serde_json::json;
use wasl_core::diagnostic::Report;

use crate::settings::SettingsError;

/// The exit codes, as `wasl --help` explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Something was found or refused; nothing is broken.
    Refused = 1,
    /// The command line is not one.
    Usage = 2,
    /// The configuration, or a file that it names, cannot be used.
    Configuration = 3,
    /// The database cannot be used.
    Database = 4,
    /// What was named does not exist.
    NotFound = 5,
    /// Another daemon has the database or the address.
    Occupied = 6,
}

/// What the exit codes mean, for `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  mistakes were found, or the case refused it
  2  the command line is wrong
  3  the configuration, or a file that it names, cannot be used
  4  the database cannot be used
  5  there is no such case, task, message or workflow
  6  another daemon runs on this database, or the address is taken";

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Its exit code.
    pub(crate) exit: Exit,
    /// What happened and why.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
    /// The findings, where files are to blame.
    pub(crate) report: Option<Box<Report>>,
}

impl Failure {
    /// A failure without advice.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None, report: None }
    }

    /// Adds what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do, if there is something.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Says of which database it speaks, if it is one's fault and nothing else helps.
    pub(crate) fn of_database(self, address: &str) -> Self {
        let speaks = self.exit == Exit::Database && self.help.is_none() && !self.message.contains(address);
        if speaks { self.help(format!("the database is `{address}`")) } else { self }
    }

    /// Files have mistakes.
    pub(crate) fn findings(exit: Exit, message: impl Into<String>, report: Report) -> Self {
        Self { report: Some(Box::new(report)), ..Self::new(exit, message) }
    }

    /// For people: the findings, what happened, what to do.
    pub(crate) fn render(&self, color: bool) -> String {
        let mut text = self.report.as_ref().map(|report| report.render(color) + "\n").unwrap_or_default();
        let (red, off) = if color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(text, "{red}error{off}: {}", self.message);
        if let Some(help) = &self.help {
            let _ = writeln!(text, "  help: {help}");
        }
        text
    }

    /// For other programs.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut json = json!({"error": self.message, "exit": self.exit as u8});
        if let Some(help) = &self.help {
            json["help"] = help.as_str().into();
        }
        if let Some(findings) = self.report.as_ref().and_then(|report| serde_json::to_value(report.to_json()).ok()) {
            json["findings"] = findings;
        }
        json
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        let message = error.to_string();
        match error {
            SettingsError::Unreadable { .. } => Self::new(Exit::Configuration, message)
                .help("start Wasl in the folder that holds `config/`, or name the file with `--config PATH`"),
            SettingsError::Findings(report) => Self::findings(Exit::Configuration, message, *report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_happened_and_what_to_do() {
        let failure = Failure::new(Exit::NotFound, "there is no case `ZZZZZ`").help("see `wasl case list`");
        assert_eq!(failure.render(false), "error: there is no case `ZZZZZ`\n  help: see `wasl case list`\n");
        let json = json!({"error": "there is no case `ZZZZZ`", "exit": 5, "help": "see `wasl case list`"});
        assert_eq!(failure.to_json(), json);
    }

    #[test]
    fn help_explains_every_exit_code() {
        let all = [
            Exit::Done,
            Exit::Refused,
            Exit::Usage,
            Exit::Configuration,
            Exit::Database,
            Exit::NotFound,
            Exit::Occupied,
        ];
        for exit in all {
            assert!(EXIT_CODES.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
