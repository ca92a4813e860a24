//! Counts added up: of a month, of a year.

use std::collections::BTreeMap;

use super::counts::SUCCESS;
use super::{Count, Figure};

/// What the counts of some time say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Cases that opened in that time. What follows, up to the money, is of these cases, whenever it happened.
    pub opened: u64,
    /// Those that have not ended, by state.
    pub waiting: BTreeMap<String, u64>,
    /// Those that have ended, by outcome.
    pub ended: BTreeMap<String, u64>,
    /// Those whose family was called, by working hours until the first try.
    pub first_call: Spread,
    /// Those whose family was reached by a call, by working hours until then.
    pub reached: Spread,
    /// Those that ended in success, by days from opening.
    pub to_transfer: Spread,
    /// Those that ended in success and know the day of the death, by days from it.
    pub from_death: Spread,
    /// Those for which work of high priority was asked for.
    pub escalated: u64,
    /// What those that have not ended cost their families.
    pub at_risk: Worth,
    /// What those that ended in success no longer cost their families.
    pub saved: Worth,
    /// What those that ended in success had cost their families by then, in fils.
    pub lost: i64,
    /// Calls tried in that time, by outcome, of whatever case.
    pub calls: BTreeMap<String, u64>,
    /// Messages of that time, by channel and status, of whatever case.
    pub messages: BTreeMap<(String, String), u64>,
    /// Segments of text messages that left in that time.
    pub segments: u64,
    /// How often the engine could not move a case in that time.
    pub incidents: u64,
}

/// How often something took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread(BTreeMap<i64, u64>);

/// A sum that grows from day to day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// Cases that know their use.
    pub cases: i64,
    /// By how much it grows with each day, in fils.
    pub daily_fils: i64,
    /// Each case's fils times the number of the day from which they count.
    since: i64,
}

impl Figures {
    /// Adds a count.
    pub fn add(&mut self, count: &Count) {
        let Count { kind, number } = count;
        let (many, part) = (u64::try_from(*number).unwrap_or(0), kind.part.as_str());
        match kind.figure {
            Figure::Opened => self.opened += many,
            Figure::Waiting => *self.waiting.entry(part.to_owned()).or_default() += many,
            Figure::Ended => *self.ended.entry(part.to_owned()).or_default() += many,
            Figure::FirstCall => self.first_call.add(kind.value, many),
            Figure::Reached => self.reached.add(kind.value, many),
            Figure::ToTransfer => self.to_transfer.add(kind.value, many),
            Figure::FromDeath => self.from_death.add(kind.value, many),
            Figure::Escalated => self.escalated += many,
            Figure::AtRisk => self.at_risk.add(part, *number),
            Figure::Saved => self.saved.add(part, *number),
            Figure::Lost => self.lost = self.lost.saturating_add(*number),
            Figure::Call => *self.calls.entry(part.to_owned()).or_default() += many,
            Figure::Message => {
                let (channel, status) = part.split_once(' ').unwrap_or((part, ""));
                *self.messages.entry((channel.to_owned(), status.to_owned())).or_default() += many;
            }
            Figure::Segments => self.segments += many,
            Figure::Incident => self.incidents += many,
        }
    }

    /// Cases that ended in success.
    pub fn transferred(&self) -> u64 {
        self.ended.get(SUCCESS).copied().unwrap_or(0)
    }

    /// Cases that have ended.
    pub fn all_ended(&self) -> u64 {
        self.ended.values().sum()
    }

    /// Cases that have not ended.
    pub fn all_waiting(&self) -> u64 {
        self.waiting.values().sum()
    }

    /// What share of the cases that opened ended in success: at least so much, if all that have not ended fail, and at
    /// the most so much, if all of them succeed. Both are the same once all have ended. `None` of no case.
    pub fn share_transferred(&self) -> Option<(f64, f64)> {
        let (least, most) = (self.transferred(), self.transferred() + self.all_waiting());
        Some((share(least, self.opened)?, share(most, self.opened)?))
    }

    /// What share of the cases that have ended did so in success; `None` while none has.
    pub fn share_of_ended(&self) -> Option<f64> {
        share(self.transferred(), self.all_ended())
    }
}

/// A part of a whole; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "no practice has so many cases")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Spread {
    fn add(&mut self, value: i64, number: u64) {
        *self.0.entry(value).or_default() += number;
    }

    /// How many took any time at all.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// How long half of them took at the most.
    pub fn median(&self) -> Option<i64> {
        self.percentile(50)
    }

    /// How long nine in ten of them took at the most.
    pub fn p90(&self) -> Option<i64> {
        self.percentile(90)
    }

    /// The smallest value that this many in a hundred do not exceed (nearest rank).
    fn percentile(&self, percent: u64) -> Option<i64> {
        let rank = (self.count() * percent).div_ceil(100);
        let mut seen = 0;
        self.0.iter().find_map(|(value, number)| {
            seen += number;
            (seen >= rank).then_some(*value)
        })
    }
}

impl Worth {
    fn add(&mut self, part: &str, number: i64) {
        let sum = match part {
            "cases" => &mut self.cases,
            "fils" => &mut self.daily_fils,
            _ => &mut self.since,
        };
        *sum = sum.saturating_add(number);
    }

    /// What it has come to by a day, in fils; [`day_number`](super::day_number) numbers days.
    pub fn by(&self, day: i64) -> i64 {
        self.daily_fils.saturating_mul(day).saturating_sub(self.since)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{Kind, day_number, day_of};
    use super::*;

    fn sum(counts: &[(Figure, &str, i64, i64)]) -> Figures {
        let mut figures = Figures::default();
        for (figure, part, value, number) in counts {
            let kind = Kind { figure: *figure, day: date(2026, 1, 1), part: (*part).to_owned(), value: *value };
            figures.add(&Count { kind, number: *number });
        }
        figures
    }

    #[test]
    fn half_of_them_and_nine_in_ten_took_so_long_at_the_most() {
        let spread = |times: &[i64]| {
            let counts: Vec<_> = times.iter().map(|time| (Figure::ToTransfer, "", *time, 1)).collect();
            let spread = sum(&counts).to_transfer;
            (spread.count(), spread.median(), spread.p90())
        };
        assert_eq!(spread(&[]), (0, None, None));
        assert_eq!(spread(&[7]), (1, Some(7), Some(7)));
        assert_eq!(spread(&[30, 10, 20]), (3, Some(20), Some(30)));
        assert_eq!(spread(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), (10, Some(5), Some(9)));
        assert_eq!(spread(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), (11, Some(6), Some(10)));
    }

    #[test]
    fn a_share_lies_between_two_numbers_until_all_have_ended() {
        let young = [(Figure::Opened, "", 0, 10), (Figure::Ended, "success", 0, 6), (Figure::Ended, "refused", 0, 1)];
        let figures = sum(&[&young[..], &[(Figure::Waiting, "guiding", 0, 3)]].concat());
        assert_eq!(figures.share_transferred(), Some((0.6, 0.9)));
        assert_eq!(figures.share_of_ended(), Some(6.0 / 7.0));
        let old = sum(&[&young[..], &[(Figure::Ended, "unreached", 0, 3)]].concat());
        assert_eq!(old.share_transferred(), Some((0.6, 0.6)));
        assert_eq!((sum(&[]).share_transferred(), sum(&[]).share_of_ended()), (None, None));
    }

    #[test]
    fn what_grows_from_day_to_day_is_known_on_any_day() {
        // Two families: 4 dinars a day since the 1st, 1 dinar a day since the 11th.
        let since = |day: i8| day_number(date(2026, 1, day));
        let figures = sum(&[
            (Figure::Saved, "cases", 0, 2),
            (Figure::Saved, "fils", 0, 5_000),
            (Figure::Saved, "since", 0, 4_000 * since(1) + 1_000 * since(11)),
        ]);
        assert_eq!(figures.saved.by(since(11)), 40_000);
        assert_eq!(figures.saved.by(since(21)), 90_000);
        assert_eq!(day_of(since(21)), date(2026, 1, 21));
    }
}
