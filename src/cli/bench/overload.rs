//! `bench overload`: what came of too much at once, for people.

use wasl_runtime::bench::{Load, Overload};

use crate::output::thousands;

/// Five thousand events a second for a minute, and as many rows as cases.
pub(super) const fn load(cases: u32, seconds: u32, events_per_s: u32) -> Load {
    Load { events_per_s, seconds, rows: cases }
}

/// The figures.
pub(super) fn rows(figures: &Overload) -> Vec<(&'static str, String)> {
    let Overload { flood, events, feed } = figures;
    let whole = super::whole;
    vec![
        (
            "due at once",
            format!(
                "{} cases, each moved once, in {:.1} s: {} a second",
                thousands(flood.cases.into()),
                flood.moved_after_s,
                whole(flood.moved_per_s)
            ),
        ),
        (
            "a person meanwhile",
            format!(
                "{} commands, half within {:.1} ms, 99 of 100 within {:.1} ms",
                thousands(flood.commands as u64),
                flood.command_p50_ms,
                flood.command_p99_ms
            ),
        ),
        ("at work", format!("said at least every {:.1} s", flood.silent_max_s)),
        ("memory", format!("{:.0} MiB before, {:.0} MiB at the most", flood.before_mib, flood.peak_mib)),
        (
            "events",
            format!(
                "{} at {} a second: {} a second answered, half within {:.1} ms, 99 of 100 within {:.1} ms",
                thousands(events.events),
                thousands(events.offered_per_s.into()),
                whole(events.answered_per_s),
                events.answer_p50_ms,
                events.answer_p99_ms
            ),
        ),
        (
            "asked to come again",
            format!(
                "{} times; the last was answered {:.1} s late, none was lost",
                thousands(events.refused),
                events.behind_s
            ),
        ),
        (
            "a feed",
            format!(
                "{} rows, stopped after {} and read to its end, each opened once: {} a second",
                thousands(feed.rows),
                thousands(feed.rows_before_the_stop),
                whole(feed.rows_per_s)
            ),
        ),
        ("memory", format!("{:.0} MiB before the feed, {:.0} MiB at the most", feed.before_mib, feed.peak_mib)),
    ]
}
