//! Hours of a day and of a week, and the quiet hours that a workflow adds.
//!
//! Civil time only: what instants they are is decided by the calendar with its zone.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{SignedDuration, civil};

/// Minutes of a civil day.
const DAY_MINUTES: u16 = 24 * 60;

/// A stretch of one day, from `opens` up to and without `closes`, in minutes from midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    opens: u16,
    closes: u16,
}

impl Hours {
    /// The whole day.
    pub const ALL_DAY: Self = Self { opens: 0, closes: DAY_MINUTES };

    /// The civil instant at which it opens on `day`.
    pub fn opens_on(self, day: Date) -> DateTime {
        at_minute(day, self.opens)
    }

    /// The civil instant at which it closes on `day`; for `24:00` the next midnight.
    pub fn closes_on(self, day: Date) -> DateTime {
        at_minute(day, self.closes)
    }

    /// Whether it lasts until midnight.
    pub fn reaches_midnight(self) -> bool {
        self.closes == DAY_MINUTES
    }

    /// What both have in common, if anything.
    fn intersect(self, other: Self) -> Option<Self> {
        let common = Self { opens: self.opens.max(other.opens), closes: self.closes.min(other.closes) };
        (common.opens < common.closes).then_some(common)
    }

    /// `07:00-14:15`.
    fn parse(text: &str) -> Result<Self, String> {
        let (opens, closes) = parse_range(text)?;
        if opens >= closes {
            return Err(format!("`{}` closes before it opens", text.trim()));
        }
        Ok(Self { opens, closes })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock(self.opens), clock(self.closes))
    }
}

fn at_minute(day: Date, minute: u16) -> DateTime {
    day.to_datetime(Time::midnight()).saturating_add(SignedDuration::from_mins(minute.into()))
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// `07:00-14:15` as minutes from midnight.
fn parse_range(text: &str) -> Result<(u16, u16), String> {
    let refuse = || format!("`{}` is not a range of hours such as `07:00-14:15`", text.trim());
    let (from, to) = text.split_once(['-', '–']).ok_or_else(refuse)?;
    Ok((parse_clock(from).ok_or_else(refuse)?, parse_clock(to).ok_or_else(refuse)?))
}

/// `07:00` to `24:00`.
fn parse_clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

/// The hours of one day as written: `07:00-12:00, 13:00-15:00`, or `closed`.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_hours(text: &str) -> Result<Vec<Hours>, String> {
    if text.trim() == "closed" {
        return Ok(Vec::new());
    }
    let hours = text.split(',').map(Hours::parse).collect::<Result<Vec<_>, _>>()?;
    let neighbours = hours.iter().zip(hours.iter().skip(1));
    for (first, second) in neighbours {
        if second.opens < first.closes {
            return Err(format!("`{second}` begins before `{first}` is over"));
        }
    }
    Ok(hours)
}

/// The hours of each day of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week([Vec<Hours>; 7]);

impl Week {
    /// The hours of a weekday; none if closed.
    pub fn on(&self, weekday: Weekday) -> &[Hours] {
        &self.0[sunday_offset(weekday)]
    }

    /// Sets the hours of a weekday.
    pub fn set(&mut self, weekday: Weekday, hours: Vec<Hours>) {
        self.0[sunday_offset(weekday)] = hours;
    }

    /// Whether there is no hour at all.
    pub fn is_closed(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

fn sunday_offset(weekday: Weekday) -> usize {
    usize::from(weekday.to_sunday_zero_offset().unsigned_abs())
}

/// The words for weekdays in files, Sunday first.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("SUN", Weekday::Sunday),
    ("MON", Weekday::Monday),
    ("TUE", Weekday::Tuesday),
    ("WED", Weekday::Wednesday),
    ("THU", Weekday::Thursday),
    ("FRI", Weekday::Friday),
    ("SAT", Weekday::Saturday),
];

/// The days of `SUN-THU`, `SAT-WED` (over the end of the week), `SUN, TUE` or `FRI`.
///
/// # Errors
/// The word that is not a weekday.
pub fn parse_days(text: &str) -> Result<Vec<Weekday>, String> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (parse_weekday(first)?, parse_weekday(last)?);
        days.push(day);
        while day != last {
            day = day.next();
            days.push(day);
        }
    }
    Ok(days)
}

fn parse_weekday(word: &str) -> Result<Weekday, String> {
    let word = word.trim();
    let known = WEEKDAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    known.map(|(_, weekday)| *weekday).ok_or_else(|| word.to_owned())
}

/// A daily stretch of quiet that may cross midnight: `20:00-09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    to: u16,
}

impl QuietHours {
    /// Reads `20:00-09:00`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (from, to) = parse_range(text)?;
        if from == to {
            return Err(format!("`{}` has no length", text.trim()));
        }
        Ok(Self { from, to })
    }

    /// Whether it is quiet at a local time.
    pub fn contains(self, time: civil::Time) -> bool {
        let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// The loud parts of a day.
    fn complement(self) -> Vec<Hours> {
        let parts = if self.from < self.to {
            vec![Hours { opens: 0, closes: self.from }, Hours { opens: self.to, closes: DAY_MINUTES }]
        } else {
            vec![Hours { opens: self.to, closes: self.from }]
        };
        parts.into_iter().filter(|hours| hours.opens < hours.closes).collect()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock(self.from), clock(self.to))
    }
}

/// What a workflow adds to the jurisdiction's contact hours of a channel; it can only narrow them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quiet {
    /// Nothing.
    #[default]
    Nothing,
    /// Quiet at these hours of each day.
    Hours(QuietHours),
    /// `outside calendar`: quiet outside the calendar's working hours.
    OutsideCalendar,
}

impl Quiet {
    /// Reads `20:00-09:00` or `outside calendar`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.split_whitespace().eq(["outside", "calendar"]) {
            return Ok(Self::OutsideCalendar);
        }
        QuietHours::parse(text).map(Self::Hours).map_err(|message| {
            if text.contains(':') {
                message
            } else {
                format!("`{text}` is neither `20:00-09:00` nor `outside calendar`")
            }
        })
    }

    /// What is left of a day's contact hours; `working` are its working hours.
    pub(super) fn narrow<'h>(self, contact: &'h [Hours], working: &[Hours]) -> Cow<'h, [Hours]> {
        match self {
            Self::Nothing => Cow::Borrowed(contact),
            Self::Hours(quiet) => Cow::Owned(intersect(contact, &quiet.complement())),
            Self::OutsideCalendar => Cow::Owned(intersect(contact, working)),
        }
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Hours(hours) => hours.fmt(f),
            Self::OutsideCalendar => f.write_str("outside calendar"),
        }
    }
}

/// What two ordered lists of hours have in common, in order.
fn intersect(left: &[Hours], right: &[Hours]) -> Vec<Hours> {
    left.iter().flat_map(|a| right.iter().filter_map(|b| a.intersect(*b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hours: &[Hours]) -> String {
        hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn hours_are_read_and_mistakes_named() {
        for text in ["07:00-14:15", "07:00-12:00, 13:00-15:00", "00:00-24:00"] {
            assert_eq!(shown(&parse_hours(text).unwrap()), text);
        }
        assert_eq!(parse_hours("closed"), Ok(vec![]));
        for (text, message) in [
            ("7-14", "`7-14` is not a range of hours such as `07:00-14:15`"),
            ("07:00", "`07:00` is not a range of hours such as `07:00-14:15`"),
            ("07:00-24:30", "`07:00-24:30` is not a range of hours such as `07:00-14:15`"),
            ("07:60-09:00", "`07:60-09:00` is not a range of hours such as `07:00-14:15`"),
            ("14:00-07:00", "`14:00-07:00` closes before it opens"),
            ("07:00-12:00, 11:00-15:00", "`11:00-15:00` begins before `07:00-12:00` is over"),
        ] {
            assert_eq!(parse_hours(text), Err(message.into()), "{text}");
        }
    }

    #[test]
    fn ranges_of_days_may_run_over_the_end_of_the_week() {
        use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        assert_eq!(parse_days("SUN-THU"), Ok(vec![Sunday, Monday, Tuesday, Wednesday, Thursday]));
        assert_eq!(parse_days("SAT-WED"), Ok(vec![Saturday, Sunday, Monday, Tuesday, Wednesday]));
        assert_eq!(parse_days("sun, TUE"), Ok(vec![Sunday, Tuesday]));
        assert_eq!(parse_days("FRI"), Ok(vec![Friday]));
        assert_eq!(parse_days("SUN-THR"), Err("THR".into()));
    }

    #[test]
    fn quiet_hours_cross_midnight() {
        let quiet = QuietHours::parse("20:00-09:00").unwrap();
        for (time, is_quiet) in
            [((19, 59), false), ((20, 0), true), ((23, 59), true), ((0, 0), true), ((8, 59), true), ((9, 0), false)]
        {
            assert_eq!(quiet.contains(civil::time(time.0, time.1, 0, 0)), is_quiet, "{time:?}");
        }
        let siesta = QuietHours::parse("12:00-16:00").unwrap();
        assert!(siesta.contains(civil::time(12, 0, 0, 0)) && !siesta.contains(civil::time(16, 0, 0, 0)));
        assert!(QuietHours::parse("09:00-09:00").is_err());
    }

    #[test]
    fn quiet_hours_only_narrow_the_contact_hours() {
        let contact = parse_hours("09:00-13:00, 16:00-19:00").unwrap();
        let working = parse_hours("07:00-14:15").unwrap();
        for (quiet, left) in [
            ("20:00-09:00", "09:00-13:00, 16:00-19:00"),
            ("18:00-10:00", "10:00-13:00, 16:00-18:00"),
            ("12:30-16:30", "09:00-12:30, 16:30-19:00"),
            ("00:00-24:00", ""),
            ("outside calendar", "09:00-13:00"),
        ] {
            assert_eq!(shown(&Quiet::parse(quiet).unwrap().narrow(&contact, &working)), left, "{quiet}");
        }
        assert_eq!(
            Quiet::parse("at night"),
            Err("`at night` is neither `20:00-09:00` nor `outside calendar`".to_owned())
        );
    }
}
