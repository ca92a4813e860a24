//! Caps: how many contacts a person, a household or a case may have in a time, and what has used them up.

use jiff::Timestamp;

use super::{Rule, Rules, Wanted};
use crate::calendar::{Calendar, moment_words};
use crate::case::{Case, Contacted};
use crate::definition::{Cap, CapPer};
use crate::delivery::Channel;
use crate::lang::Texts;

/// Of what has used up a cap so many are told one by one, the youngest; the rest is counted.
const TOLD_MAX: usize = 3;

/// The first instant from `at` at which no cap forbids the contact; if that is later, which cap says so and
/// what has used it up.
pub(super) fn under_caps(
    case: &Case,
    rules: &Rules<'_>,
    wanted: &Wanted<'_>,
    at: Timestamp,
) -> Result<(Timestamp, Option<Texts>), Rule> {
    let mut latest = (at, None);
    let caps = rules.workflow.at_most.iter().chain(&rules.house.at_most);
    for cap in caps.filter(|cap| cap.of.contains(&wanted.channel)) {
        let counted = counted(cap, case, rules, wanted);
        let used = || used(&counted, cap, case, rules.calendar);
        let Some(free) = free_at(cap, &counted, rules.calendar, at) else {
            return Err(Rule::Cap { cap: cap.text.clone(), used: used() });
        };
        if free > latest.0 {
            let (used, cap) = (used(), &cap.text);
            let en = format!("the cap `{cap}` is used up: {}", used.get("en"));
            latest = (free, Some(Texts::both(en, format!("استُنفد الحد `{cap}`: {}", used.get("ar")))));
        }
    }
    Ok(latest)
}

/// The other contacts that a cap counts beside the one that is wanted, oldest first.
fn counted<'c>(cap: &Cap, case: &'c Case, rules: &Rules<'c>, wanted: &Wanted<'_>) -> Vec<&'c Contacted> {
    let facts = rules.facts;
    let to_person = |made: &&Contacted| made.person == wanted.person;
    let in_household = |made: &&Contacted| made.id.case().is_some_and(|case| facts.household.contains(&case));
    let (own, elsewhere) = (case.progress.contacted.iter(), facts.contacted_elsewhere.iter());
    let mut counted: Vec<&Contacted> = match cap.per {
        CapPer::Person => own.chain(elsewhere).filter(to_person).collect(),
        CapPer::Household => own.chain(elsewhere.filter(in_household)).collect(),
        CapPer::Case => own.collect(),
    };
    counted.retain(|made| made.id != *wanted.id && cap.of.contains(&made.channel));
    counted.sort_by_key(|made| made.at);
    counted
}

/// The first instant from `at` at which a cap leaves room for one more; `None` if it never does.
fn free_at(cap: &Cap, counted: &[&Contacted], calendar: &Calendar, at: Timestamp) -> Option<Timestamp> {
    if cap.limit == 0 {
        return None;
    }
    // Fewer than `limit` others lie within the time before it once the limit-th youngest has grown old enough.
    let Some(position) = counted.len().checked_sub(limit(cap)) else { return Some(at) };
    let within = cap.within?;
    let freed = counted.get(position).map_or(at, |oldest| calendar.add(oldest.at, within).at);
    Some(freed.max(at))
}

fn limit(cap: &Cap) -> usize {
    usize::try_from(cap.limit).unwrap_or(usize::MAX)
}

/// What has used up a cap, without saying to whom: `SMS on Sun 12 May 2024 10:00; call on … (case 12); and 2 before`.
fn used(counted: &[&Contacted], cap: &Cap, case: &Case, calendar: &Calendar) -> Texts {
    let youngest = counted.len().saturating_sub(limit(cap));
    let counted = counted.get(youngest..).unwrap_or(&[]);
    let (before, told) = counted.split_at(counted.len().saturating_sub(TOLD_MAX));
    if told.is_empty() {
        return Texts::default();
    }
    let words = |language: &str| {
        let mut parts: Vec<String> = told.iter().map(|made| contact_words(made, case, calendar, language)).collect();
        if !before.is_empty() {
            let count = before.len();
            parts.push(if language == "ar" { format!("وقبلها {count}") } else { format!("and {count} before") });
        }
        parts.join(if language == "ar" { "؛ " } else { "; " })
    };
    Texts::both(words("en"), words("ar"))
}

fn contact_words(made: &Contacted, case: &Case, calendar: &Calendar, language: &str) -> String {
    let moment = moment_words(calendar.local(made.at), true, language);
    let other = made.id.case().filter(|other| *other != case.id);
    if language == "ar" {
        let what = match made.channel {
            Channel::Call => "مكالمة",
            Channel::Sms => "رسالة نصية",
            Channel::Email => "رسالة بريد إلكتروني",
        };
        let of = other.map_or(String::new(), |other| format!(" (الحالة {other})"));
        return format!("{what} {moment}{of}");
    }
    let what = match made.channel {
        Channel::Call => "call",
        Channel::Sms => "SMS",
        Channel::Email => "e-mail",
    };
    let of = other.map_or(String::new(), |other| format!(" (case {other})"));
    format!("{what} on {moment}{of}")
}
