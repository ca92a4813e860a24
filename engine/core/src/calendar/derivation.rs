//! How a due time came about: as data that is stored with it, and in words (rule 8).
//!
//! Owns every sentence about days and times that people read, in English and Arabic.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Calendar, Quiet, days_from, zone};
use crate::delivery::Channel;
use crate::duration::Duration;
use crate::lang::Texts;
use crate::value::ShortText;

/// Weekends are named one by one up to this many, and counted beyond.
const WEEKENDS_NAMED_MAX: usize = 2;

/// A due time with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// How it came about.
    pub why: Derivation,
}

/// How a due time came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// What was counted from.
    pub start: Timestamp,
    /// What was counted.
    pub duration: Duration,
    /// What it came to.
    pub at: Timestamp,
    /// The IANA name of the zone of its local times.
    pub zone: ShortText,
    /// The days that did not count, in order: holidays, and weekends if they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// How many weekends did not count, if they are too many to list.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weekends: u32,
    /// What else moved the time, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
}

/// Days in a row that did not count, all for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The first of them.
    pub from: Date,
    /// The last of them.
    pub to: Date,
    /// Why they did not count.
    pub reason: Reason,
}

/// Why a day did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The week has no hours on that day.
    Weekend,
    /// A holiday.
    Holiday {
        /// What it is called.
        name: Texts,
        /// Whether its date may still move.
        provisional: bool,
        /// Whether it stands in for a holiday on a weekend.
        compensates: bool,
    },
}

/// What moved a due time, other than days that did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// The start was outside working hours, so that counting began at the next opening.
    Opening {
        /// The opening.
        at: Timestamp,
    },
    /// The day it fell on opens later than the time of day that was counted.
    OpensAt {
        /// The opening time.
        time: Time,
    },
    /// The day it fell on closes earlier than the time of day that was counted.
    ClosesAt {
        /// The closing time.
        time: Time,
    },
    /// The month it fell in is too short.
    MonthEnd {
        /// The month's last day.
        day: Date,
    },
    /// The clocks go forward over the local time.
    ClockForward {
        /// The local time that does not exist.
        local: DateTime,
    },
}

impl Derivation {
    /// The derivation in `ar`, else in English: `3 working days from Sun 12 May 2024 10:20; skipped
    /// Fri 17 and Sat 18 May`.
    pub fn words(&self, language: &str) -> String {
        let zone = zone(&self.zone).unwrap_or(TimeZone::UTC);
        let start = zone.to_datetime(self.start);
        let from = if language == "ar" { "ابتداء من" } else { "from" };
        let mut parts =
            vec![format!("{} {from} {}", self.duration.words(language), moment_words(start, true, language))];
        let counted_from = self.moved.iter().filter(|moved| matches!(moved, Moved::Opening { .. }));
        parts.extend(counted_from.map(|moved| moved.words(&zone, start.year(), language)));
        parts.extend(skipped_words(&self.skipped, self.weekends, start.year(), language));
        let rest = self.moved.iter().filter(|moved| !matches!(moved, Moved::Opening { .. }));
        parts.extend(rest.map(|moved| moved.words(&zone, start.year(), language)));
        parts.join(if language == "ar" { "؛ " } else { "; " })
    }
}

impl Moved {
    fn words(&self, zone: &TimeZone, year: i16, language: &str) -> String {
        let arabic = language == "ar";
        match self {
            Self::Opening { at } => {
                let at = zone.to_datetime(*at);
                let at = moment_words(at, at.year() != year, language);
                if arabic {
                    format!("يبدأ العد عند بدء الدوام {at}")
                } else {
                    format!("counted from the opening {at}")
                }
            }
            Self::OpensAt { time } if arabic => format!("يبدأ الدوام {}", clock(*time)),
            Self::OpensAt { time } => format!("opens {}", clock(*time)),
            Self::ClosesAt { time } if arabic => format!("ينتهي الدوام {}", clock(*time)),
            Self::ClosesAt { time } => format!("closes {}", clock(*time)),
            Self::MonthEnd { day } => {
                let day = format!("{} {}", day.day(), month(*day, language));
                if arabic {
                    format!("{day} آخر أيام الشهر")
                } else {
                    format!("{day} is the month's last day")
                }
            }
            Self::ClockForward { local } => {
                let time = clock(local.time());
                if arabic {
                    format!("تُقدَّم الساعة فلا توجد {time} في ذلك اليوم")
                } else {
                    format!("the clocks go forward over {time}")
                }
            }
        }
    }
}

impl Calendar {
    /// The days of `from..=to` that are not open, in stretches; weekends only if they are few,
    /// else their number.
    pub(super) fn skipped(&self, from: Date, to: Date, is_open: impl Fn(Date) -> bool) -> (Vec<Skipped>, u32) {
        let mut stretches: Vec<Skipped> = Vec::new();
        for day in days_from(from).take_while(|day| *day <= to).filter(|day| !is_open(*day)) {
            let reason = self.reason(day);
            match stretches.last_mut() {
                Some(last) if last.to.tomorrow().ok() == Some(day) && last.reason == reason => last.to = day,
                _ => stretches.push(Skipped { from: day, to: day, reason }),
            }
        }
        let weekends = stretches.iter().filter(|stretch| stretch.reason == Reason::Weekend).count();
        if weekends <= WEEKENDS_NAMED_MAX {
            return (stretches, 0);
        }
        stretches.retain(|stretch| stretch.reason != Reason::Weekend);
        (stretches, u32::try_from(weekends).unwrap_or(u32::MAX))
    }

    fn reason(&self, day: Date) -> Reason {
        self.holiday(day).map_or(Reason::Weekend, |holiday| Reason::Holiday {
            name: holiday.name.clone(),
            provisional: holiday.provisional,
            compensates: holiday.compensates,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// `skipped Fri 17 and Sat 18 May, Eid al-Fitr (provisional) Sun 19 May`; nothing if nothing was.
pub(super) fn skipped_words(skipped: &[Skipped], weekends: u32, year: i16, language: &str) -> Option<String> {
    let arabic = language == "ar";
    let counted = (weekends > 0).then(|| match weekends {
        _ if !arabic => format!("{weekends} weekends"),
        3..=10 => format!("{weekends} عطل أسبوعية"),
        _ => format!("{weekends} عطلة أسبوعية"),
    });
    let named = skipped.iter().map(|stretch| {
        let days = range_words(stretch.from, stretch.to, year, language);
        match &stretch.reason {
            Reason::Weekend => days,
            Reason::Holiday { name, provisional, compensates } => {
                let marks = marks(*provisional, *compensates, language);
                format!("{}{marks} {days}", name.get(language))
            }
        }
    });
    let items: Vec<String> = counted.into_iter().chain(named).collect();
    match (items.is_empty(), arabic) {
        (true, _) => None,
        (false, true) => Some(format!("دون احتساب {}", items.join("، و"))),
        (false, false) => Some(format!("skipped {}", items.join(", "))),
    }
}

fn marks(provisional: bool, compensates: bool, language: &str) -> &'static str {
    match (provisional, compensates, language == "ar") {
        (false, false, _) => "",
        (true, false, false) => " (provisional)",
        (false, true, false) => " (in lieu)",
        (true, true, false) => " (in lieu, provisional)",
        (true, false, true) => " (غير مؤكد)",
        (false, true, true) => " (تعويض)",
        (true, true, true) => " (تعويض، غير مؤكد)",
    }
}

/// Why a channel is closed during a day that has hours.
pub(super) fn closed_words(channel: Channel, quiet: Quiet, language: &str) -> String {
    let arabic = language == "ar";
    let hours = match (channel, arabic) {
        (Channel::Call, false) => "outside the call hours",
        (Channel::Sms, false) => "outside the sms hours",
        (Channel::Email, false) => "outside the email hours",
        (Channel::Call, true) => "خارج أوقات الاتصال",
        (Channel::Sms, true) => "خارج أوقات الرسائل النصية",
        (Channel::Email, true) => "خارج أوقات البريد الإلكتروني",
    };
    match quiet {
        Quiet::Nothing => hours.into(),
        Quiet::Hours(quiet) if arabic => format!("ساعات الهدوء {quiet}"),
        Quiet::Hours(quiet) => format!("quiet hours {quiet}"),
        Quiet::OutsideCalendar if arabic => "خارج أوقات الدوام".into(),
        Quiet::OutsideCalendar => "outside the working hours".into(),
    }
}

/// `Sun 12 May 2024 10:20`, the year if asked for.
pub fn moment_words(local: DateTime, with_year: bool, language: &str) -> String {
    format!("{} {}", day_words(local.date(), with_year, language), clock(local.time()))
}

/// `Sun 12 May 2024`, the year if asked for.
pub fn day_words(day: Date, with_year: bool, language: &str) -> String {
    let year = if with_year { format!(" {}", day.year()) } else { String::new() };
    format!("{} {} {}{year}", weekday(day, language), day.day(), month(day, language))
}

/// `Sun 19 May`, `Fri 17 and Sat 18 May`, `Wed 10 to Fri 12 Apr`; the year where it is not `year`.
fn range_words(from: Date, to: Date, year: i16, language: &str) -> String {
    let last = day_words(to, to.year() != year, language);
    if from == to {
        return last;
    }
    let same_month = (from.year(), from.month()) == (to.year(), to.month());
    let first = if same_month {
        format!("{} {}", weekday(from, language), from.day())
    } else {
        day_words(from, from.year() != year, language)
    };
    let neighbours = from.tomorrow().ok() == Some(to);
    match (neighbours, language == "ar") {
        (true, false) => format!("{first} and {last}"),
        (false, false) => format!("{first} to {last}"),
        (true, true) => format!("{first} و{last}"),
        (false, true) => format!("من {first} إلى {last}"),
    }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn weekday(day: Date, language: &str) -> &'static str {
    let words = if language == "ar" {
        ["الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"]
    } else {
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    };
    words[usize::from(day.weekday().to_sunday_zero_offset().unsigned_abs())]
}

fn month(day: Date, language: &str) -> &'static str {
    let words = if language == "ar" {
        ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]
    } else {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    };
    words[usize::from(day.month().unsigned_abs()) - 1]
}
