//! A calendar file: every mistake is found, in one run, with its place.

use jiff::civil::date;

use crate::calendar::{Calendar, days_from};
use crate::diagnostic::Diagnostic;

fn findings(source: &str) -> Vec<String> {
    let report = Calendar::parse("c.yaml", source).unwrap_err();
    let line = |finding: &Diagnostic| {
        let (line, column) = finding.position(source);
        let help = finding.suggestion.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{line}:{column} {} {}{help}", finding.code, finding.message)
    };
    assert!(report.sources.contains_key("c.yaml"));
    report.findings.iter().map(line).collect()
}

#[test]
fn every_mistake_of_a_file_is_found_in_one_run() {
    let source = r#"
calendar: Bahrain Government
titel: {en: x, ar: y}
zone: Asia/Bahrein
country: Bahrain
week: {SUN-THR: "07:00-14:15", MON: "14:00-07:00", MON: closed}
contact:
  smms: {SUN-THU: "09:00-20:00"}
  call: {SUN-THU: "09:00-13:00", TUE: "9-13"}
  email: {SUN: closed}
seasons:
  ramadan:
    name: {en: Ramadan}
    dates:
      - {from: 2024-03-11, to: 2024-04-09}
      - {from: 2024-04-01, to: 2024-04-12, provisional: maybe}
      - {from: 2024-06-01}
names:
  eid: {en: Eid, ar: عيد}
holidays:
  - {date: 2024-13-01, name: eid}
  - {date: 1924-05-01, name: eid}
  - {from: 2024-04-12, to: 2024-04-10, name: eid}
  - {from: 2024-04-10, to: 2025-04-12, name: eid}
  - {date: 2024-05-01, name: eidd}
  - {date: 2024-05-02, name: eid}
  - {from: 2024-05-01, to: 2024-05-03, name: eid}
  - {date: 2024-05-07, from: 2024-05-08, name: eid}
  - {date: 2024-05-09}
"#;
    let expected = [
        "2:11 W006 `Bahrain Government` cannot name a calendar (use small letters, digits and hyphens, as in `bahrain-government`)",
        "3:1 W003 a calendar has no key `titel` (did you mean `title`?)",
        "4:7 W006 there is no time zone `Asia/Bahrein` (did you mean `Asia/Bahrain`?)",
        "5:10 W006 `Bahrain` is not a country's two letters, such as `BH`",
        "6:8 W006 `THR` is not a day of the week (did you mean `THU`?)",
        "6:37 W006 `14:00-07:00` closes before it opens",
        "6:52 W002 `MON` is written twice here; the first is on line 6 (keep one of the two)",
        "8:3 W003 there is no channel `smms` (did you mean `sms`?)",
        "9:34 W006 TUE has hours in two places",
        "9:39 W006 `9-13` is not a range of hours such as `07:00-14:15`",
        "10:10 W006 no day has hours here",
        "13:11 W022 the season's name has no text in `ar`",
        "16:9 W006 these dates begin before Ramadan that began 2024-03-11 is over",
        "16:57 W005 true or false belongs here, not text",
        "17:9 W004 a stretch of a season needs `to`",
        "21:12 W006 `2024-13-01` is not a date between 2000-01-01 and 2100-12-31 (write year, month and day, as in `2024-05-01`)",
        "22:12 W006 `1924-05-01` is not a date between 2000-01-01 and 2100-12-31 (write year, month and day, as in `2024-05-01`)",
        "23:28 W006 `2024-04-10` is before `2024-04-12`",
        "24:28 W006 these are 368 days; 60 are the most",
        "25:30 W006 `eidd` is not among this calendar's `names` (did you mean `eid`?)",
        "27:5 W006 Eid on 2024-05-02 is listed twice",
        "28:5 W004 a holiday needs its date (write either `date: 2024-05-01` or `from: 2024-04-10, to: 2024-04-12`)",
        "29:5 W004 a holiday needs `name`",
    ];
    assert_eq!(findings(source), expected);
}

#[test]
fn a_calendar_that_is_closed_for_months_is_refused() {
    let header = "calendar: c\nzone: Asia/Bahrain\nweek: {SUN: '07:00-14:15'}\nnames: {x: {en: X, ar: س}}\nholidays:\n";
    let sundays = days_from(date(2024, 1, 7)).step_by(7).take(9);
    let rows: Vec<String> = sundays.map(|day| format!("  - {{date: {day}, name: x}}")).collect();
    let found = findings(&format!("{header}{}", rows.join("\n")));
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(
        found[0],
        "6:3 W006 there is no working day in the 60 days from 2024-01-01 (shorten the holidays or give the season hours)"
    );
}

#[test]
fn a_calendar_needs_a_name_a_zone_and_a_week_with_hours() {
    assert_eq!(
        findings("title: {en: x, ar: y}"),
        ["calendar", "zone", "week"].map(|key| format!("1:1 W004 a calendar needs `{key}`"))
    );
    assert_eq!(findings("{calendar: c, zone: Asia/Bahrain, week: {SUN: closed}}"), ["1:41 W006 no day has hours here"]);
    assert_eq!(findings("- a list"), ["1:1 W005 a calendar (a mapping) belongs here, not a list"]);
}
