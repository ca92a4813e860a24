//! The figures of the practice: what is counted of each case, and what the counts say together.
//!
//! [`counts()`] turns what is known of one case into a list of [`Count`]s, and [`Figures`] adds up counts, of a month or of
//! a year. Both are pure: the counts of a case can be taken back exactly and given anew whenever the case has changed, so
//! that nobody ever has to look at all cases (`docs/adr/0029-reports.md`). Nothing here names a person.

mod counts;
mod figures;
mod span;

pub use counts::{Seen, SeenCall, SeenMessage, counts, tells_of_death};
pub use figures::{Figures, Spread, Worth};
pub use span::{Grain, Piece, first_of_month, pieces};

use jiff::civil::Date;

/// Changes with what [`counts()`] counts: a store that was counted by another one is counted anew.
pub const COUNTED: u32 = 2;

/// What is counted.
///
/// The first ones count under the day on which the case was opened, so that all of them speak of the same cases; the last
/// ones under the day on which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Cases, by the day on which they opened.
    Opened,
    /// Cases that have not ended, by state.
    Waiting,
    /// Cases that have ended, by outcome.
    Ended,
    /// Cases in which a call to a person was tried, by working hours from opening to the first try.
    FirstCall,
    /// Cases in which somebody was reached by a call, by working hours from opening to the first such call.
    Reached,
    /// Cases that ended in success, by days from opening to the end.
    ToTransfer,
    /// Cases that ended in success, by days from the death to the end.
    FromDeath,
    /// Cases for which work of high priority was asked for.
    Escalated,
    /// What the cases that have not ended cost their families: [`Worth`].
    AtRisk,
    /// What the cases that ended in success no longer cost their families: [`Worth`].
    Saved,
    /// What the cases that ended in success had cost their families by then, in fils.
    Lost,
    /// Calls to persons that were tried, by outcome.
    Call,
    /// Messages, by `channel status`.
    Message,
    /// Segments of the text messages that left.
    Segments,
    /// How often the engine could not move a case.
    Incident,
}

impl Figure {
    const ALL: [(Self, &'static str); 15] = [
        (Self::Opened, "opened"),
        (Self::Waiting, "waiting"),
        (Self::Ended, "ended"),
        (Self::FirstCall, "first_call"),
        (Self::Reached, "reached"),
        (Self::ToTransfer, "to_transfer"),
        (Self::FromDeath, "from_death"),
        (Self::Escalated, "escalated"),
        (Self::AtRisk, "at_risk"),
        (Self::Saved, "saved"),
        (Self::Lost, "lost"),
        (Self::Call, "call"),
        (Self::Message, "message"),
        (Self::Segments, "segments"),
        (Self::Incident, "incident"),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(figure, _)| figure)
    }

    /// The word under which it is stored.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(figure, _)| *figure == self).map_or("", |(_, word)| word)
    }

    /// Whether it is counted by what goes in time, the case's own fields and its history: such a count stays as it was when the
    /// case was erased.
    pub const fn stays_when_erased(self) -> bool {
        match self {
            Self::FromDeath | Self::AtRisk | Self::Saved | Self::Lost | Self::Incident => true,
            Self::Opened
            | Self::Waiting
            | Self::Ended
            | Self::FirstCall
            | Self::Reached
            | Self::ToTransfer
            | Self::Escalated
            | Self::Call
            | Self::Message
            | Self::Segments => false,
        }
    }

    /// The figure of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(figure, _)| figure)
    }
}

/// What a count is about; counts of the same kind are added up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// What is counted.
    pub figure: Figure,
    /// The day under which it counts.
    pub day: Date,
    /// Which part of the figure: a state, an outcome, `sms delivered`; empty where it has none.
    pub part: String,
    /// How long it took, in the unit of the figure; 0 where nothing is measured.
    pub value: i64,
}

/// A contribution of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What it is about.
    pub kind: Kind,
    /// How many, or how much.
    pub number: i64,
}

/// Days since 1970, as days are stored and multiplied.
pub fn day_number(day: Date) -> i64 {
    i64::from(day.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days()))
}

/// The day of a number.
pub fn day_of(number: i64) -> Date {
    let days = jiff::Span::new().try_days(number).unwrap_or_default();
    Date::constant(1970, 1, 1).checked_add(days).unwrap_or(Date::constant(1970, 1, 1))
}
