//! A span of days cut into whole months and what is left at its ends, so that a year is read from twelve months and not
//! from all of its days.

use jiff::ToSpan as _;
use jiff::civil::Date;

/// How finely something is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Day by day.
    Day,
    /// Month by month, under their first days.
    Month,
}

impl Grain {
    /// The word under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The day under which this day counts.
    pub fn of(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => first_of_month(day),
        }
    }
}

/// Days of one grain, the last one included. A piece of days lies within one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// How finely it is to be read.
    pub grain: Grain,
    /// Its first day.
    pub from: Date,
    /// Its last day; of a piece of months the first day of its last month.
    pub to: Date,
}

/// The pieces of the days `from` to `to`, both included. What lies after `today` has not happened: a month that lasts
/// until then counts as whole.
pub fn pieces(from: Date, to: Date, today: Date) -> Vec<Piece> {
    if to < from {
        return Vec::new();
    }
    let day = |from, to| Piece { grain: Grain::Day, from, to };
    let first_whole = if from.day() == 1 { from } else { next_month(from) };
    let last_whole = if to >= to.last_of_month() || to >= today { first_of_month(to) } else { month_before(to) };
    if last_whole < first_whole {
        if first_of_month(from) == first_of_month(to) {
            return vec![day(from, to)];
        }
        return vec![day(from, from.last_of_month()), day(first_of_month(to), to)];
    }
    let mut pieces = Vec::new();
    if from < first_whole {
        pieces.push(day(from, from.last_of_month()));
    }
    pieces.push(Piece { grain: Grain::Month, from: first_whole, to: last_whole });
    if first_of_month(to) > last_whole {
        pieces.push(day(first_of_month(to), to));
    }
    pieces
}

/// The first day of a day's month.
pub fn first_of_month(day: Date) -> Date {
    day.first_of_month()
}

fn next_month(day: Date) -> Date {
    day.first_of_month().saturating_add(1.month())
}

fn month_before(day: Date) -> Date {
    day.first_of_month().saturating_sub(1.month())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn cut(from: Date, to: Date) -> Vec<(&'static str, Date, Date)> {
        pieces(from, to, date(2026, 11, 27))
            .into_iter()
            .map(|piece| (piece.grain.as_str(), piece.from, piece.to))
            .collect()
    }

    #[test]
    fn a_span_is_read_by_months_and_the_days_at_its_ends() {
        let whole_year = [("month", date(2026, 1, 1), date(2026, 11, 1))];
        assert_eq!(cut(date(2026, 1, 1), date(2026, 11, 27)), whole_year);
        assert_eq!(cut(date(2026, 1, 1), date(2026, 12, 31)), [("month", date(2026, 1, 1), date(2026, 12, 1))]);
        assert_eq!(
            cut(date(2026, 1, 5), date(2026, 4, 10)),
            [
                ("day", date(2026, 1, 5), date(2026, 1, 31)),
                ("month", date(2026, 2, 1), date(2026, 3, 1)),
                ("day", date(2026, 4, 1), date(2026, 4, 10)),
            ]
        );
        let around = [("day", date(2026, 1, 31), date(2026, 1, 31)), ("day", date(2026, 2, 1), date(2026, 2, 3))];
        assert_eq!(cut(date(2026, 1, 31), date(2026, 2, 3)), around);
        assert_eq!(cut(date(2026, 2, 2), date(2026, 2, 3)), [("day", date(2026, 2, 2), date(2026, 2, 3))]);
        assert_eq!(cut(date(2026, 2, 3), date(2026, 2, 2)), []);
    }

    /// Each day is read once, whatever the span.
    #[test]
    fn the_pieces_cover_the_span_and_nothing_twice() {
        let (first, last) = (date(2025, 11, 28), date(2026, 4, 2));
        for from in first.series(1.day()).take_while(|day| *day <= last) {
            for to in from.series(1.day()).take_while(|day| *day <= last) {
                let mut days: Vec<Date> = Vec::new();
                for piece in pieces(from, to, date(2030, 1, 1)) {
                    let end = if piece.grain == Grain::Month { piece.to.last_of_month() } else { piece.to };
                    days.extend(piece.from.series(1.day()).take_while(|day| *day <= end));
                }
                let wanted: Vec<Date> = from.series(1.day()).take_while(|day| *day <= to).collect();
                assert_eq!(days, wanted, "{from} {to}");
            }
        }
    }
}
