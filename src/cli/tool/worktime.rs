//! `tool worktime`.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use serde_json::{Value as Json, json};
use wasl_core::calendar::{Calendar, moment_words};
use wasl_core::diagnostic::{Report, did_you_mean};
use wasl_runtime::clock::{Clock, SystemClock};

use super::{Reply, duration, lines, moment};
use crate::output::facts;
use crate::settings::{Settings, read_calendar, surroundings};

/// `tool worktime`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool worktime '3 working days'
  wasl tool worktime '8 working hours' --start '2024-06-13 12:00' --calendar bahrain-government
  echo '{\"calendar\": \"bahrain-government\", \"start\": \"2024-05-12 10:20\", \"duration\": \"3 working days\"}' \\
    | wasl tool worktime")]
pub(crate) struct WorktimeArgs {
    /// The duration; without it one JSON object a line is read
    #[arg(value_name = "DURATION", num_args = 1..)]
    duration: Vec<String>,
    /// A configured calendar or the path of a file; the first configured one unless given
    #[arg(long, value_name = "CALENDAR")]
    calendar: Option<String>,
    /// Counted from this moment; now unless given
    #[arg(long, value_name = "MOMENT")]
    start: Option<String>,
}

impl WorktimeArgs {
    pub(super) fn question(&self) -> Option<Json> {
        let duration = (!self.duration.is_empty()).then(|| self.duration.join(" "))?;
        Some(json!({"duration": duration, "calendar": self.calendar, "start": self.start}))
    }
}

/// The calendars that were asked for so far; each is read once.
pub(super) struct Calendars {
    known: BTreeMap<String, Calendar>,
    /// What is wrong with the configured ones, for those who ask for one that is missing.
    trouble: Report,
}

impl Calendars {
    /// The configured calendars.
    pub(super) fn new(settings: &Settings) -> Self {
        let (environment, trouble) = surroundings(settings);
        Self { known: environment.calendars, trouble }
    }

    /// Adds a duration to a moment.
    pub(super) fn answer(&mut self, question: &Json, language: &str) -> Result<Reply, String> {
        let duration = duration::parse(lines::required(question, "duration")?)?;
        let calendar = self.calendar(lines::optional(question, "calendar")?)?;
        let start = match lines::optional(question, "start")? {
            Some(text) => moment::parse(text, &calendar.zone)?,
            None => SystemClock.now(),
        };
        let due = calendar.add(start, duration);
        let json = json!({
            "due": moment::rfc3339(due.at, &calendar.zone),
            "derivation": {"en": due.why.words("en"), "ar": due.why.words("ar")},
        });
        let text = facts(&[
            ("due", moment_words(calendar.local(due.at), true, language)),
            ("because", due.why.words(language)),
        ]);
        Ok(Reply { text, json })
    }

    fn calendar(&mut self, wanted: Option<&str>) -> Result<&Calendar, String> {
        let Some(wanted) = wanted else {
            let first = self.known.values().next();
            return first.ok_or_else(|| "no calendar is configured; name the path of a file".to_owned());
        };
        let is_path = wanted.contains(['/', '\\']) || Path::new(wanted).extension().is_some();
        if is_path && !self.known.contains_key(wanted) {
            let calendar = read_calendar(Path::new(wanted)).map_err(|report| first_message(wanted, &report))?;
            self.known.insert(wanted.to_owned(), calendar);
        }
        self.known.get(wanted).ok_or_else(|| self.unknown(wanted))
    }

    fn unknown(&self, wanted: &str) -> String {
        let broken = self.trouble.findings.iter().find(|finding| finding.file.contains(wanted));
        if let Some(finding) = broken {
            return format!("calendar `{wanted}` has mistakes: {}; see `wasl check {}`", finding.message, finding.file);
        }
        let names = self.known.keys().map(String::as_str).filter(|name| !name.contains(['/', '\\']));
        let help = did_you_mean(wanted, names).unwrap_or_else(|| "none is configured".into());
        format!("there is no calendar `{wanted}`; {help}")
    }
}

fn first_message(path: &str, report: &Report) -> String {
    let first = report.findings.first().map_or("cannot be read", |finding| finding.message.as_str());
    format!("calendar `{path}`: {first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendars() -> Calendars {
        let calendars = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/calendars");
        Calendars::new(&Settings { calendars, ..Settings::default() })
    }

    #[test]
    fn the_due_time_comes_with_its_derivation() {
        let question =
            json!({"calendar": "bahrain-government", "start": "2024-05-12 10:20", "duration": "1 working day"});
        let reply = calendars().answer(&question, "en").unwrap();
        assert_eq!(reply.json["due"], "2024-05-13T10:20:00+03:00");
        assert_eq!(reply.json["derivation"]["en"], "1 working day from Sun 12 May 2024 10:20");
        assert!(reply.text.starts_with("due      Mon 13 May 2024 10:20"), "{}", reply.text);
    }

    #[test]
    fn a_calendar_is_found_by_name_or_path() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/config/calendars/bahrain-government.yaml");
        for calendar in [json!("bahrain-government"), json!(path), json!(null)] {
            let question = json!({"calendar": calendar, "start": "2024-05-12T07:20:00Z", "duration": "24 hours"});
            let reply = calendars().answer(&question, "en").unwrap();
            assert_eq!(reply.json["due"], "2024-05-13T10:20:00+03:00");
        }
        let question = json!({"calendar": "bahrain-goverment", "duration": "1 day"});
        let error = calendars().answer(&question, "en").unwrap_err();
        assert!(error.contains("did you mean `bahrain-government`?"), "{error}");
        let error = calendars().answer(&json!({"calendar": "no/such.yaml", "duration": "1 day"}), "en").unwrap_err();
        assert!(error.starts_with("calendar `no/such.yaml`: cannot be read"), "{error}");
    }
}
