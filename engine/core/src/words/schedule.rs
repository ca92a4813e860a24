//! Schedules in words: the common shapes in both languages, the rest as their own crate tells them.

use super::Words;
use super::number::{Join, list};
use crate::schedule::Schedule;

const DAYS: [(&str, &str, &str); 7] = [
    ("SUN", "Sunday", "الأحد"),
    ("MON", "Monday", "الاثنين"),
    ("TUE", "Tuesday", "الثلاثاء"),
    ("WED", "Wednesday", "الأربعاء"),
    ("THU", "Thursday", "الخميس"),
    ("FRI", "Friday", "الجمعة"),
    ("SAT", "Saturday", "السبت"),
];

impl Words<'_> {
    /// `at 07:00, Sunday to Thursday`.
    pub fn schedule(&self, schedule: &Schedule) -> String {
        self.usual(schedule.source()).unwrap_or_else(|| {
            let source = schedule.source();
            let described = super::lowered(&schedule.describe());
            self.pick(described, format!("وفق الجدول `{source}`"))
        })
    }

    /// A time of day on certain weekdays, or every day.
    fn usual(&self, source: &str) -> Option<String> {
        let fields: Vec<&str> = source.split_whitespace().collect();
        let [minute, hour, "*", "*", weekdays] = fields.as_slice() else { return None };
        let (minute, hour): (u8, u8) = (minute.parse().ok()?, hour.parse().ok()?);
        let days = if *weekdays == "*" { self.pick("every day", "كل يوم") } else { self.weekdays(weekdays)? };
        Some(self.pick(format!("at {hour:02}:{minute:02}, {days}"), format!("الساعة {hour:02}:{minute:02}، {days}")))
    }

    fn weekdays(&self, field: &str) -> Option<String> {
        let day = |word: &str| {
            let known = DAYS.iter().enumerate();
            let found = known.into_iter().find(|(n, (name, _, _))| {
                name.eq_ignore_ascii_case(word) || word.parse::<usize>().is_ok_and(|number| number % 7 == *n)
            });
            found.map(|(_, (_, en, ar))| self.pick(*en, *ar))
        };
        if let Some((from, to)) = field.split_once('-') {
            let (from, to) = (day(from)?, day(to)?);
            return Some(self.pick(format!("{from} to {to}"), format!("من {from} إلى {to}")));
        }
        let days: Vec<String> = field.split(',').map(day).collect::<Option<_>>()?;
        let days = list(&days, Join::And, self.language);
        Some(self.pick(format!("on {days}"), format!("أيام {days}")))
    }
}
