//! What a duration comes to from a start, in a calendar (rule 5 of the engine's promises).
//!
//! - A start within working hours counts from there; any other from the next opening. The closing
//!   instant still belongs to the day.
//! - `N working days` lands on the N-th working day after the one it counts from, at the same local
//!   time, moved into that day's hours where it lies outside them.
//! - `N working hours` uses up open time; landing exactly on the closing time stays there.
//! - No time at all is the start itself.
//!
//! A later start never has an earlier due time, with two exceptions that lie in civil time itself:
//! months clamp at their end, and clocks that go back repeat an hour.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, Timestamp};

use super::derivation::{Derivation, Due, Moved};
use super::{Calendar, Hours, days_from};
use crate::duration::Duration;

impl Calendar {
    /// The instant that lies `duration` after `start`, and how it came about.
    ///
    /// Total: a calendar that is hardly ever open was refused when it was read, and beyond the end
    /// of time (the year 9999) there is only that end.
    pub fn add(&self, start: Timestamp, duration: Duration) -> Due {
        let mut moved = Vec::new();
        let at = match duration {
            _ if duration.is_zero() => start,
            Duration::Elapsed(elapsed) => later(start, elapsed),
            Duration::Days(days) => self.add_civil(start, Span::new().try_days(days).unwrap_or_default(), &mut moved),
            Duration::Months(months) => {
                self.add_civil(start, Span::new().try_months(months).unwrap_or_default(), &mut moved)
            }
            Duration::WorkingDays(days) => self.add_working_days(start, days, &mut moved),
            Duration::WorkingHours { minutes } => self.add_working_minutes(start, minutes, &mut moved),
        };
        let zone = self.zone.iana_name().unwrap_or("UTC").into();
        let mut why = Derivation { start, duration, at, zone, skipped: Vec::new(), weekends: 0, moved };
        if duration.is_working() && !duration.is_zero() {
            (why.skipped, why.weekends) =
                self.skipped(self.today(start), self.today(at), |day| self.is_working_day(day));
        }
        Due { at, why }
    }

    /// How long the office is open between two instants; nothing if `to` is not after `from`.
    pub fn working_time_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let last = self.today(to);
        days_from(self.today(from))
            .take_while(|day| *day <= last)
            .flat_map(|day| self.open_instants(day))
            .map(|(opens, closes)| opens.max(from).duration_until(closes.min(to)))
            .filter(SignedDuration::is_positive)
            .fold(SignedDuration::ZERO, SignedDuration::saturating_add)
    }

    /// The working hours of a day as instants.
    fn open_instants(&self, day: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.working_windows(day).iter().map(move |hours| self.instants(*hours, day))
    }

    fn add_civil(&self, start: Timestamp, span: Span, moved: &mut Vec<Moved>) -> Timestamp {
        let local = self.local(start);
        let wanted = local.saturating_add(span);
        let clamped_to_month_end = span.get_months() != 0 && wanted.day() != local.day();
        if clamped_to_month_end {
            moved.push(Moved::MonthEnd { day: wanted.date() });
        }
        let at = self.instant(wanted);
        if self.local(at) != wanted {
            moved.push(Moved::ClockForward { local: wanted });
        }
        at
    }

    fn add_working_days(&self, start: Timestamp, days: i32, moved: &mut Vec<Moved>) -> Timestamp {
        let local = self.local(start);
        let Some(counted_from) = self.counted_from(local) else { return Timestamp::MAX };
        if counted_from != local {
            moved.push(Moved::Opening { at: self.instant(counted_from) });
        }
        let nth = usize::try_from(days).unwrap_or(0);
        let mut working_days = days_from(counted_from.date()).skip(1).filter(|day| self.is_working_day(*day));
        let Some(day) = nth.checked_sub(1).and_then(|before| working_days.nth(before)) else { return start };
        let wanted = day.to_datetime(counted_from.time());
        let landed = into_hours(self.working_windows(day), day, wanted);
        if landed > wanted {
            moved.push(Moved::OpensAt { time: landed.time() });
        } else if landed < wanted {
            moved.push(Moved::ClosesAt { time: landed.time() });
        }
        self.instant(landed)
    }

    /// The local time itself if the office is open (or just closing), else the next opening.
    fn counted_from(&self, local: DateTime) -> Option<DateTime> {
        let today = local.date();
        let is_open = |hours: &Hours| hours.opens_on(today) <= local && local <= hours.closes_on(today);
        if self.working_windows(today).iter().any(is_open) {
            return Some(local);
        }
        days_from(today)
            .flat_map(|day| self.working_windows(day).iter().map(move |hours| hours.opens_on(day)))
            .find(|opens| *opens > local)
    }

    fn add_working_minutes(&self, start: Timestamp, minutes: i64, moved: &mut Vec<Moved>) -> Timestamp {
        let mut left = SignedDuration::from_secs(minutes.saturating_mul(60));
        let mut counting = false;
        for (opens, closes) in days_from(self.today(start)).flat_map(|day| self.open_instants(day)) {
            let from = opens.max(start);
            let open = from.duration_until(closes);
            if !open.is_positive() {
                continue;
            }
            if !counting && opens > start {
                moved.push(Moved::Opening { at: opens });
            }
            counting = true;
            if left <= open {
                return later(from, left);
            }
            left -= open;
        }
        Timestamp::MAX
    }
}

fn later(start: Timestamp, by: SignedDuration) -> Timestamp {
    start.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The local time moved into the hours of its day: forward to an opening, or back to the last closing.
fn into_hours(hours: &[Hours], day: Date, wanted: DateTime) -> DateTime {
    let not_yet_closed = hours.iter().find(|hours| wanted <= hours.closes_on(day));
    match (not_yet_closed, hours.last()) {
        (Some(hours), _) => wanted.max(hours.opens_on(day)),
        (None, Some(last)) => last.closes_on(day),
        (None, None) => wanted,
    }
}
