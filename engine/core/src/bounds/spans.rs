//! How long a duration takes at the most and at the least, over every start that the calendar knows.
//!
//! `10 working days` take 14 days in an ordinary week and 19 over an Eid. What is longest is found
//! exactly, not by trying: between the openings and closings of the office a wait changes evenly, so
//! that its extremes lie right at them. Times are civil: the hour by which a clock changes is not counted.

use jiff::civil::{Date, DateTime, date};
use jiff::{Span, ToSpan as _};

use crate::calendar::{Calendar, Hours};
use crate::duration::Duration;

/// Minutes of a day.
pub(super) const DAY: u64 = 24 * 60;

/// How long a wait lasts, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// From the start that suits it best.
    pub(super) shortest: u64,
    /// From the start that suits it worst.
    pub(super) longest: u64,
    /// That start, where the calendar makes a difference.
    pub(super) from: Option<DateTime>,
}

/// The extents of durations in one calendar; each is worked out once.
pub(super) struct Spans<'a> {
    calendar: &'a Calendar,
    years: (i16, i16),
    office: Option<Office>,
    known: Vec<(Duration, Extent)>,
}

impl<'a> Spans<'a> {
    pub(super) fn new(calendar: &'a Calendar) -> Self {
        Self { calendar, years: years(calendar), office: None, known: Vec::new() }
    }

    /// The first and the last year whose holidays the calendar knows.
    pub(super) fn years(&self) -> (i16, i16) {
        self.years
    }

    pub(super) fn of(&mut self, duration: Duration) -> Extent {
        if let Some((_, extent)) = self.known.iter().find(|(known, _)| *known == duration) {
            return *extent;
        }
        let extent = self.work_out(duration);
        self.known.push((duration, extent));
        extent
    }

    fn work_out(&mut self, duration: Duration) -> Extent {
        let even = |minutes| Extent { shortest: minutes, longest: minutes, from: None };
        match duration {
            _ if duration.is_zero() => even(0),
            Duration::Elapsed(elapsed) => {
                let seconds = u64::try_from(elapsed.as_secs()).unwrap_or(0);
                Extent { shortest: seconds / 60, longest: seconds.div_ceil(60), from: None }
            }
            Duration::Days(days) => even(u64::try_from(days).unwrap_or(0) * DAY),
            Duration::Months(months) => of_months(months),
            Duration::WorkingDays(days) => {
                let days = usize::try_from(days).unwrap_or(0);
                let office = self.office_with(|office| office.working_days_after_known() >= days);
                office.working_days(days)
            }
            Duration::WorkingHours { minutes } => {
                let office = self.office_with(|office| office.minutes_after_known() > minutes);
                office.working_minutes(minutes)
            }
        }
    }

    /// The office's days, as far beyond the known years as `enough` wants.
    fn office_with(&mut self, enough: impl Fn(&Office) -> bool) -> &Office {
        let (calendar, years) = (self.calendar, self.years);
        let office = self.office.get_or_insert_with(|| Office::new(calendar, years));
        while !enough(office) && office.extend(calendar) {}
        office
    }
}

/// The years that the calendar says something about; one of any, if all its years are alike.
fn years(calendar: &Calendar) -> (i16, i16) {
    let seasons = calendar.seasons().iter().flat_map(|season| [season.from, season.to]);
    let days: Vec<Date> = calendar.holidays().map(|(day, _)| day).chain(seasons).collect();
    let (first, last) = (days.iter().min(), days.iter().max());
    (first.map_or(2024, |day| day.year()), last.map_or(2024, |day| day.year()))
}

/// Four years hold every order of long and short months.
fn of_months(months: i32) -> Extent {
    let start = date(2024, 1, 1);
    let mut days = start.series(1.day()).take(4 * 365 + 1).map(|day| {
        let until = day.saturating_add(Span::new().try_months(months).unwrap_or_default());
        days_between(day, until)
    });
    let first = days.next().unwrap_or(0);
    let (shortest, longest) = days.fold((first, first), |(least, most), days| (least.min(days), most.max(days)));
    Extent { shortest: shortest * DAY, longest: longest * DAY, from: None }
}

fn days_between(from: Date, to: Date) -> u64 {
    u64::try_from(number_of(to) - number_of(from)).unwrap_or(0)
}

/// Days since some day long ago.
fn number_of(day: Date) -> i64 {
    day.since(date(1970, 1, 1)).map_or(0, |span| span.get_days().into())
}

/// A stretch of open time, in minutes since some midnight long ago.
#[derive(Clone, Copy, Debug)]
struct Open {
    opens: i64,
    closes: i64,
    /// Open minutes before it.
    before: i64,
    /// Its day's position among the working days.
    day: usize,
}

/// When the office is open: day by day, from the first of the known years on.
struct Office {
    open: Vec<Open>,
    /// For each working day, its number and where its stretches begin in `open`.
    days: Vec<(i64, usize)>,
    /// Working days within the known years.
    known_days: usize,
    /// The minute with which the known years begin.
    begins: i64,
    next: Option<Date>,
    last_known: Date,
}

impl Office {
    fn new(calendar: &Calendar, (first, last): (i16, i16)) -> Self {
        let (first, last_known) = (date(first, 1, 1), date(last, 12, 31));
        let mut office = Self {
            open: Vec::new(),
            days: Vec::new(),
            known_days: 0,
            begins: number_of(first) * 1_440,
            next: Some(first),
            last_known,
        };
        while office.next.is_some_and(|day| day <= last_known) && office.extend(calendar) {}
        office
    }

    /// Takes one more day in; false at the end of time.
    fn extend(&mut self, calendar: &Calendar) -> bool {
        let Some(day) = self.next else { return false };
        let number = number_of(day);
        let windows = calendar.working_windows(day);
        if !windows.is_empty() {
            self.days.push((number, self.open.len()));
            self.known_days += usize::from(day <= self.last_known);
        }
        for hours in windows {
            let before = self.open.last().map_or(0, |last| last.before + last.closes - last.opens);
            let (opens, closes) = minutes_of(*hours, day, number);
            self.open.push(Open { opens, closes, before, day: self.days.len() - 1 });
        }
        self.next = day.tomorrow().ok();
        self.next.is_some()
    }

    fn known(&self) -> &[Open] {
        let end = self.open.partition_point(|open| open.day < self.known_days);
        self.open.get(..end).unwrap_or_default()
    }

    fn working_days_after_known(&self) -> usize {
        self.days.len() - self.known_days
    }

    fn minutes_after_known(&self) -> i64 {
        let end = |open: &Open| open.before + open.closes - open.opens;
        self.open.last().map_or(0, end) - self.known().last().map_or(0, end)
    }

    /// The stretches of a working day.
    fn of_day(&self, day: usize) -> &[Open] {
        let begin = self.days.get(day).map_or(self.open.len(), |(_, begin)| *begin);
        let end = self.days.get(day + 1).map_or(self.open.len(), |(_, begin)| *begin);
        self.open.get(begin..end).unwrap_or_default()
    }

    fn working_days(&self, days: usize) -> Extent {
        let mut found = Extremes::default();
        let mut closed_since = self.begins;
        for open in self.known() {
            let target = self.of_day(open.day + days);
            let number = |day: usize| self.days.get(day).map_or(0, |(number, _)| *number);
            let further = (number(open.day + days) - number(open.day)) * 1_440;
            // A start while the office is closed counts from the next opening: worst right after closing.
            found.longest(closed_since, into(target, open.opens + further));
            found.shortest(open.closes, into(target, open.closes + further));
            // Where the day that it falls on has a break, a start may just miss the time before it.
            for (before, after) in target.iter().zip(target.iter().skip(1)) {
                let start = before.closes - further;
                if (open.opens..open.closes).contains(&start) {
                    found.longest(start, after.opens);
                }
            }
            closed_since = open.closes;
        }
        found.extent()
    }

    fn working_minutes(&self, minutes: i64) -> Extent {
        let mut found = Extremes::default();
        let mut closed_since = self.begins;
        let known = self.known();
        for open in known {
            let due = self.reached(open.before + minutes);
            found.longest(closed_since, due);
            found.shortest(open.opens, due);
            // A start a moment later just misses a closing and is due after it.
            found.longest(open.opens, self.just_after(open.before + minutes));
            closed_since = open.closes;
        }
        for closing in &self.open {
            let start = closing.before - minutes;
            let position = known.partition_point(|open| open.before <= start);
            let within = position.checked_sub(1).and_then(|index| known.get(index));
            let Some(open) = within.filter(|open| start < open.before + open.closes - open.opens) else { continue };
            let start = open.opens + start - open.before;
            found.longest(start, closing.opens);
            found.shortest(start, self.reached(closing.before));
        }
        found.extent()
    }

    /// When so many open minutes have passed: a closing time still belongs to its day.
    fn reached(&self, minutes: i64) -> i64 {
        let position = self.open.partition_point(|open| open.before < minutes);
        self.at(position, minutes)
    }

    /// When the next open minute after so many begins.
    fn just_after(&self, minutes: i64) -> i64 {
        let position = self.open.partition_point(|open| open.before <= minutes);
        self.at(position, minutes)
    }

    fn at(&self, position: usize, minutes: i64) -> i64 {
        let open = position.checked_sub(1).and_then(|index| self.open.get(index));
        open.map_or(0, |open| open.opens + minutes - open.before)
    }
}

fn minutes_of(hours: Hours, day: Date, number: i64) -> (i64, i64) {
    let minute = |at: DateTime| {
        let further = if at.date() == day { 0 } else { 1_440 };
        number * 1_440 + further + i64::from(at.hour()) * 60 + i64::from(at.minute())
    };
    (minute(hours.opens_on(day)), minute(hours.closes_on(day)))
}

/// A time moved into the open hours of its day, as the calendar does it.
fn into(day: &[Open], wanted: i64) -> i64 {
    let not_yet_closed = day.iter().find(|open| wanted <= open.closes);
    match (not_yet_closed, day.last()) {
        (Some(open), _) => wanted.max(open.opens),
        (None, Some(last)) => last.closes,
        (None, None) => wanted,
    }
}

/// The longest and the shortest wait seen so far.
#[derive(Default)]
struct Extremes {
    longest: Option<(i64, i64)>,
    shortest: Option<i64>,
}

impl Extremes {
    fn longest(&mut self, start: i64, due: i64) {
        if self.longest.is_none_or(|(most, _)| due - start > most) {
            self.longest = Some((due - start, start));
        }
    }

    fn shortest(&mut self, start: i64, due: i64) {
        self.shortest = Some(self.shortest.map_or(due - start, |least| least.min(due - start)));
    }

    fn extent(&self) -> Extent {
        let minutes = |minutes: i64| u64::try_from(minutes).unwrap_or(0);
        let (longest, start) = self.longest.unwrap_or_default();
        let midnight = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let from = Span::new().try_minutes(start).ok().and_then(|span| midnight.checked_add(span).ok());
        Extent { shortest: minutes(self.shortest.unwrap_or(0)), longest: minutes(longest), from }
    }
}
