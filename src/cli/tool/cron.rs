//! `tool cron`.

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use wasl_core::calendar::{moment_words, zone};
use wasl_core::schedule::Schedule;
use wasl_runtime::clock::{Clock, SystemClock};

use super::{Reply, lines, moment};
use crate::settings::{Settings, surroundings};

/// How many times are shown unless asked for another number, and how many at the most.
const COUNT: u64 = 5;
const COUNT_MAX: u64 = 1_000;

/// `tool cron`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl tool cron '0 7 * * SUN-THU'
  wasl tool cron '30 2 * * *' --zone Europe/Berlin --start 2024-03-30 --count 3
  echo '{\"expression\": \"0 7 * * SUN-THU\", \"zone\": \"Asia/Bahrain\", \"start\": \"2024-05-12 09:00\", \"count\": 2}' \\
    | wasl tool cron")]
pub(crate) struct CronArgs {
    /// Minute, hour, day of month, month, day of week; without it one JSON object a line is read
    #[arg(value_name = "EXPRESSION")]
    expression: Option<String>,
    /// The zone of its local times; that of the first configured calendar unless given
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Only times after this one; now unless given
    #[arg(long, value_name = "MOMENT")]
    start: Option<String>,
    /// How many times
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

impl CronArgs {
    pub(super) fn question(&self) -> Option<Json> {
        let expression = self.expression.as_ref()?;
        Some(json!({"expression": expression, "zone": self.zone, "start": self.start, "count": self.count}))
    }
}

/// The zone of the first calendar that is configured, else UTC.
pub(super) fn default_zone(settings: &Settings) -> TimeZone {
    let (environment, _) = surroundings(settings);
    environment.calendars.into_values().next().map_or(TimeZone::UTC, |calendar| calendar.zone)
}

/// Lists the next times of a schedule.
pub(super) fn answer(question: &Json, default: &TimeZone, language: &str) -> Result<Reply, String> {
    let schedule = Schedule::parse(lines::text(question, "expression")?).map_err(|error| match error.suggestion {
        Some(suggestion) => format!("{}; {suggestion}", error.message),
        None => error.message,
    })?;
    let zone = match lines::optional(question, "zone")? {
        Some(name) => {
            zone(name).ok_or_else(|| format!("there is no time zone `{name}`; write for example Asia/Bahrain"))?
        }
        None => default.clone(),
    };
    let start = match lines::optional(question, "start")? {
        Some(text) => moment::parse(text, &zone)?,
        None => SystemClock.now(),
    };
    let count = match question.get("count") {
        None | Some(Json::Null) => COUNT,
        Some(count) => count
            .as_u64()
            .filter(|count| (1..=COUNT_MAX).contains(count))
            .ok_or_else(|| format!("`count` is a whole number from 1 to {COUNT_MAX}"))?,
    };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let times = std::iter::successors(schedule.next_after(start, &zone), |at| schedule.next_after(*at, &zone));
    let times: Vec<_> = times.take(count).collect();
    let words = times.iter().map(|at| format!("  {}", moment_words(zone.to_datetime(*at), true, language)));
    let text = std::iter::once(schedule.describe()).chain(words).collect::<Vec<_>>().join("\n");
    let next: Vec<String> = times.iter().map(|at| moment::rfc3339(*at, &zone)).collect();
    Ok(Reply { text, json: json!({ "next": next }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(question: &Json) -> Result<Json, String> {
        answer(question, &TimeZone::UTC, "en").map(|reply| reply.json)
    }

    #[test]
    fn the_next_times_are_listed_in_the_zone() {
        let question = json!({
            "expression": "0 7 * * SUN-THU", "zone": "Asia/Bahrain", "start": "2024-05-16 09:00", "count": 2,
        });
        let next = json!({"next": ["2024-05-19T07:00:00+03:00", "2024-05-20T07:00:00+03:00"]});
        assert_eq!(ask(&question).unwrap(), next);
    }

    #[test]
    fn mistakes_are_told_with_what_to_write() {
        for (question, told) in [
            (json!({"expression": "0 25 * * *"}), "`25` in `0 25 * * *` is not an hour"),
            (json!({"expression": "0 7 * * *", "zone": "Asia/Manamah"}), "there is no time zone `Asia/Manamah`"),
            (json!({"expression": "0 7 * * *", "count": 0}), "`count` is a whole number"),
            (json!({"expression": "0 7 * * *", "start": "soon"}), "`soon` is not a moment"),
            (json!({}), "give a JSON string"),
        ] {
            let error = ask(&question).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
