//! A report as programs get it. Nothing in it names a person.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use wasl_core::report::{Figures, Spread, day_number};
use wasl_runtime::engine::Practice;

/// The practice of one workflow on some days.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PracticeReport {
    /// The workflow.
    workflow: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// When something was counted last; `null` before anything was.
    #[schemars(with = "Option<String>")]
    counted_at: Option<Timestamp>,
    /// Whether something has happened that is not counted yet: some seconds at the most while a daemon runs.
    behind: bool,
    /// Whether all cases are being counted anew: until then figures are of what has been counted.
    recounting: bool,
    /// More than one in ten cases of these days are under way: shares and times are still to move.
    young: bool,
    /// All of these days.
    total: Counted,
    /// Month by month.
    months: Vec<Month>,
    /// Rows that detections read in runs of these days, by what came of them: `opened`, `rejected`, or why not.
    detected: BTreeMap<String, u64>,
    /// People who asked the house on these days to stop.
    opted_out: u64,
    /// Where it stands today, whenever cases opened.
    now: Today,
}

/// The figures of a month.
#[derive(Debug, Serialize, JsonSchema)]
struct Month {
    /// `2026-01`.
    month: String,
    #[serde(flatten)]
    counted: Counted,
}

/// The figures of some time. Cases and times are of the cases that opened then; calls, messages and incidents are those
/// of then.
#[derive(Debug, Serialize, JsonSchema)]
struct Counted {
    /// Cases that opened.
    opened: u64,
    /// Those that ended in success.
    transferred: u64,
    /// Their share of all that opened, between 0 and 1; `null` of none.
    share_transferred: Option<Share>,
    /// Their share of those that have ended.
    share_of_ended: Option<f64>,
    /// Those that have ended, by outcome.
    ended: BTreeMap<String, u64>,
    /// Those that have not, by state.
    under_way: BTreeMap<String, u64>,
    /// Those for which work of high priority was asked for.
    escalated: u64,
    /// Those in which somebody's phone was rung, by working hours until then; a begun hour counts.
    first_call_working_hours: Times,
    /// Those in which a call reached somebody, by working hours until then.
    reached_working_hours: Times,
    /// Days from opening to transfer.
    to_transfer_days: Times,
    /// Days from the death to transfer.
    from_death_days: Times,
    /// What those transferred had cost their families from the death to the transfer, in fils.
    lost_until_transfer_fils: i64,
    /// What their families save.
    saved: Money,
    /// Calls to people, by outcome.
    calls: BTreeMap<String, u64>,
    /// Messages by channel and status.
    messages: BTreeMap<String, BTreeMap<String, u64>>,
    /// Segments of the text messages that left.
    segments: u64,
    /// How often the engine could not move a case.
    incidents: u64,
}

/// A share that is not settled while cases are under way.
#[derive(Debug, Serialize, JsonSchema)]
struct Share {
    /// If all that are under way fail.
    least: f64,
    /// If all of them succeed.
    most: f64,
}

/// How long something took.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PracticeTimes")]
struct Times {
    /// Cases in which it happened.
    cases: u64,
    /// Half of them took so long at the most.
    median: Option<i64>,
    /// Nine in ten of them took so long at the most.
    p90: Option<i64>,
}

/// A sum that grows from day to day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PracticeMoney")]
struct Money {
    /// Cases whose use is known; others count as nothing.
    cases: i64,
    /// By how much it grows each day.
    daily_fils: i64,
    /// What it has come to today.
    until_today_fils: i64,
}

/// Where a workflow stands today.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PracticeToday")]
struct Today {
    /// Cases that have not ended, by state.
    under_way: Vec<Waiting>,
    /// More cases are overdue than were counted.
    overdue_more: bool,
    /// What they cost their families without the subsidy.
    at_risk: Money,
}

/// Cases that wait in a state.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PracticeWaiting")]
struct Waiting {
    state: String,
    /// Opened in the last 7 days.
    week: u64,
    /// In the last 30, but not 7.
    month: u64,
    /// In the last 90, but not 30.
    quarter: u64,
    /// Before that.
    older: u64,
    /// With work that is past its due time.
    overdue: u64,
}

impl PracticeReport {
    /// A report for programs.
    pub(crate) fn of(practice: &Practice) -> Self {
        let today = day_number(practice.today);
        let progress = practice.progress;
        let month = |(first, figures): (&jiff::civil::Date, &Figures)| Month {
            month: format!("{:04}-{:02}", first.year(), first.month()),
            counted: counted(figures, today),
        };
        Self {
            workflow: practice.workflow.name.to_string(),
            from: practice.from.to_string(),
            to: practice.to.to_string(),
            counted_at: progress.map(|progress| progress.counted_at),
            behind: progress.is_none_or(|progress| progress.behind),
            recounting: progress.is_none_or(|progress| progress.recounting),
            young: Practice::is_young(&practice.total),
            total: counted(&practice.total, today),
            months: practice.months.iter().map(month).collect(),
            detected: practice.detected.clone(),
            opted_out: practice.opted_out,
            now: now(practice, today),
        }
    }
}

fn counted(figures: &Figures, today: i64) -> Counted {
    let mut messages: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for ((channel, status), count) in &figures.messages {
        messages.entry(channel.clone()).or_default().insert(status.clone(), *count);
    }
    Counted {
        opened: figures.opened,
        transferred: figures.transferred(),
        share_transferred: figures.share_transferred().map(|(least, most)| Share { least, most }),
        share_of_ended: figures.share_of_ended(),
        ended: figures.ended.clone(),
        under_way: figures.waiting.clone(),
        escalated: figures.escalated,
        first_call_working_hours: times(&figures.first_call),
        reached_working_hours: times(&figures.reached),
        to_transfer_days: times(&figures.to_transfer),
        from_death_days: times(&figures.from_death),
        lost_until_transfer_fils: figures.lost,
        saved: money(figures.saved, today),
        calls: figures.calls.clone(),
        messages,
        segments: figures.segments,
        incidents: figures.incidents,
    }
}

fn times(spread: &Spread) -> Times {
    Times { cases: spread.count(), median: spread.median(), p90: spread.p90() }
}

fn money(worth: wasl_core::report::Worth, today: i64) -> Money {
    Money { cases: worth.cases, daily_fils: worth.daily_fils, until_today_fils: worth.by(today) }
}

fn now(practice: &Practice, today: i64) -> Today {
    let overdue = |state: &String| practice.now.late.overdue.get(state).copied().unwrap_or(0);
    let waiting = practice.now.waiting.iter().map(|(state, [week, month, quarter, older])| Waiting {
        state: state.clone(),
        week: *week,
        month: *month,
        quarter: *quarter,
        older: *older,
        overdue: overdue(state),
    });
    Today {
        under_way: waiting.collect(),
        overdue_more: practice.now.late.more,
        at_risk: money(practice.now.at_risk, today),
    }
}
