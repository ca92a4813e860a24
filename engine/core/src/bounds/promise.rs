//! Whether a workflow keeps what it promises, and if not, on which way it breaks its word.

use super::spans::Spans;
use super::words::{self, Unit};
use super::{Bounds, CountBound, ENDLESS, TimeBound};
use crate::definition::{Limit, Promise, Promised};

/// A promise that is not kept in the worst case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The promise.
    pub promise: Promise,
    /// What happens instead, and how it comes to that.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// What breaks a promise, if anything does.
pub(super) fn broken(promise: &Promise, bounds: &Bounds, spans: &mut Spans<'_>) -> Option<Broken> {
    match (promise.of, promise.limit) {
        (Promised::Duration, limit) => of_time(promise, limit, &bounds.duration, spans),
        (Promised::Silence, limit) => of_time(promise, limit, &bounds.silence, spans),
        (Promised::Messages, limit) => of_count(promise, limit, &bounds.messages),
        (Promised::Sms, limit) => of_count(promise, limit, &bounds.sms),
        (Promised::Emails, limit) => of_count(promise, limit, &bounds.emails),
        (Promised::Calls, limit) => of_count(promise, limit, &bounds.calls),
        (Promised::Segments, limit) => of_count(promise, limit, &bounds.segments_in_any),
    }
}

fn of_time(promise: &Promise, limit: Limit, bound: &TimeBound, spans: &mut Spans<'_>) -> Option<Broken> {
    let Limit::Time(limit) = limit else { return None };
    // A promise of a month is one of 28 days to whoever is told it in February.
    let allowed = spans.of(limit).shortest;
    if bound.minutes.unwrap_or(ENDLESS) <= allowed {
        return None;
    }
    let name = promise.of.name();
    let time = bound.days.map_or("without end".to_owned(), |days| format!("up to {days} days"));
    let what = if promise.of == Promised::Silence {
        "the family may hear nothing"
    } else {
        "a case that is left alone may last"
    };
    let message =
        format!("`{name}: {limit}` is not kept: {what} {time}: {}", words::path(&bound.path, Unit::Time, "en"));
    let help = match bound.days {
        Some(days) => format!("shorten a wait on this way or say something in between, or promise `{days} days`"),
        None => "let a wait lead out of this circle".to_owned(),
    };
    Some(Broken { promise: promise.clone(), message, help })
}

fn of_count(promise: &Promise, limit: Limit, bound: &CountBound) -> Option<Broken> {
    let Limit::Count(limit) = limit else { return None };
    if bound.most.unwrap_or(ENDLESS) <= u64::from(limit) {
        return None;
    }
    let name = promise.of.name();
    let because = match (&bound.cap, bound.most) {
        (Some(cap), Some(most)) => format!("`{cap}` allows {most}, and the states ask for more"),
        (_, Some(most)) => format!("the states can ask for {most}"),
        (_, None) => "the states can ask for more without end".to_owned(),
    };
    let path = words::path(&bound.path, Unit::Count, "en");
    let message = format!("`{name}: {limit}` is not kept: {because}: {path}");
    let help = match promise.of {
        _ if limit == 0 => "ask for none".to_owned(),
        Promised::Segments => "shorten the texts, or ask for fewer SMS".to_owned(),
        Promised::Calls => format!("add `{limit} call attempts per case` to `contact_policy: at_most`"),
        _ => format!("add `{limit} {name} per case` to `contact_policy: at_most`, or ask for fewer"),
    };
    Some(Broken { promise: promise.clone(), message, help })
}
