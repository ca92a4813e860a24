//! The judge: after each step the rows of the database and what the gateway took are held against the reference, and at
//! the end everything must have come to its end.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;
use wasl_core::delivery::Status;

use super::gateway::{Gateway, Taken};
use super::house::{FAMILIES, deceased, relative};
use super::model::{By, Case, Event, Led, Ms, Standing, What};
use super::observed::Observer;
use super::rows::{CaseRow, EventRow, MessageRow, Rows};

/// What is wrong, in words.
pub(super) type Verdict<T = ()> = Result<T, String>;

/// Judges one seed.
pub(super) struct Judge {
    observer: Observer,
    gateway: Gateway,
    cases: BTreeMap<i64, Case>,
    /// Texts by message, and numbers of families by case.
    texts: BTreeMap<String, &'static str>,
    /// Calls, and not before when each was planned.
    calls: BTreeMap<String, Ms>,
    answered: BTreeSet<String>,
    withdrawn: BTreeSet<String>,
    families: BTreeMap<i64, usize>,
    /// What became of each event, and where each message stood, at the last look.
    became: BTreeMap<i64, String>,
    seen: BTreeSet<i64>,
    stood: BTreeMap<String, String>,
    taken: usize,
    /// The latest that the clock has ever shown.
    latest: Ms,
    /// What somebody was told was stored, by source and its id.
    promised: BTreeSet<(String, String)>,
    pub(super) rows: Rows,
}

macro_rules! ensure {
    ($condition:expr, $($words:tt)*) => {
        if !$condition {
            return Err(format!($($words)*));
        }
    };
}

impl Judge {
    pub(super) fn new(observer: Observer, gateway: Gateway) -> Self {
        Self {
            observer,
            gateway,
            cases: BTreeMap::new(),
            texts: BTreeMap::new(),
            calls: BTreeMap::new(),
            answered: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            families: BTreeMap::new(),
            became: BTreeMap::new(),
            seen: BTreeSet::new(),
            stood: BTreeMap::new(),
            taken: 0,
            latest: Ms::MIN,
            promised: BTreeSet::new(),
            rows: Rows::default(),
        }
    }

    pub(super) fn observer(&self) -> &Observer {
        &self.observer
    }

    pub(super) fn into_observer(self) -> Observer {
        self.observer
    }

    /// Somebody was told that this event is stored.
    pub(super) fn promise(&mut self, source: &str, source_id: &str) {
        self.promised.insert((source.to_owned(), source_id.to_owned()));
    }

    /// The clock shows another time.
    pub(super) fn clock_shows(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now.as_millisecond());
    }

    /// Looks at everything after a step that may have written something.
    pub(super) fn look(&mut self, now: Timestamp) -> Verdict {
        self.clock_shows(now);
        self.rows = self.observer.look();
        let rows = std::mem::take(&mut self.rows);
        let judged = self.judge(&rows, now.as_millisecond());
        self.rows = rows;
        judged
    }

    fn judge(&mut self, rows: &Rows, now: Ms) -> Verdict {
        for row in &rows.cases {
            self.judge_case(rows, row, now)?;
        }
        ensure!(rows.cases.len() >= self.cases.len(), "a case is gone");
        let known: BTreeSet<i64> = rows.events.iter().map(|event| event.id).collect();
        ensure!(self.seen.is_subset(&known), "an event is gone");
        self.seen = known;
        self.judge_messages(rows)?;
        self.judge_calls(rows)?;
        let stored: BTreeSet<(&str, &str)> =
            rows.events.iter().map(|event| (event.source.as_str(), event.source_id.as_str())).collect();
        for (source, id) in &self.promised {
            ensure!(stored.contains(&(source, id)), "event {id} of {source} was promised and is not there");
        }
        Ok(())
    }

    /// What happened to a case since the last look, by the reference, and whether that is what its rows say.
    fn judge_case(&mut self, rows: &Rows, row: &CaseRow, now: Ms) -> Verdict {
        let events: Vec<&EventRow> = rows.events.iter().filter(|event| event.case == row.id).collect();
        let entries: Vec<Json> = rows
            .entries
            .iter()
            .filter(|entry| entry.case == row.id)
            .map(|entry| serde_json::from_str(&entry.entry).unwrap())
            .collect();
        // Of what left no line nobody knows when it was decided: before anything was due, as that would have left one.
        let not_due = self.cases.get(&row.id).and_then(Case::timer).map_or(now, |due| now.min(due - 1));
        let decided_at = rows.entries.iter().find(|entry| entry.case == row.id).map_or(not_due, |entry| entry.at);
        let is_new = |event: &&&EventRow| event.disposition.is_some() && !self.became.contains_key(&event.id);
        let new = events.iter().filter(is_new).map(|event| happened(event)).collect::<Verdict<Vec<Event>>>()?;
        let led = match self.cases.get_mut(&row.id) {
            None => {
                let (mut case, mut led) = Case::open(row.id, decided_at);
                // Who does not look after each step may see it when more has happened to it.
                led.add(case.take(new, decided_at));
                self.cases.insert(row.id, case);
                self.families.insert(row.id, row.key.trim_start_matches('F').parse().unwrap());
                led
            }
            Some(case) => {
                // A case that nobody looked at has not moved, whatever has become due.
                if new.is_empty() && entries.is_empty() { Led::default() } else { case.take(new, decided_at) }
            }
        };
        self.judge_events(row, &events, &led)?;
        self.judge_effects(rows, row, &entries, &led)?;
        self.judge_standing(row, &events, now)
    }

    fn judge_events(&mut self, row: &CaseRow, events: &[&EventRow], led: &Led) -> Verdict {
        for event in events {
            let Some(became) = &event.disposition else {
                ensure!(!self.became.contains_key(&event.id), "event {} is unanswered again", event.id);
                continue;
            };
            let expected = led.became.get(&event.id).copied();
            let expected = expected.or(self.became.get(&event.id).map(String::as_str));
            ensure!(
                expected == Some(became.as_str()),
                "case {}: event {} ({}) became {became}, not {expected:?}",
                row.id,
                event.id,
                event.body
            );
            self.became.insert(event.id, became.clone());
        }
        Ok(())
    }

    fn judge_effects(&mut self, rows: &Rows, row: &CaseRow, entries: &[Json], led: &Led) -> Verdict {
        let told: Vec<&str> = entries.iter().filter_map(|entry| entered(&entry["what"])).collect();
        ensure!(told == led.entered, "case {}: its history tells of {told:?}, not {:?}", row.id, led.entered);
        let family = self.families[&row.id];
        for (id, not_before) in &led.calls {
            let call = rows.calls.iter().find(|call| call.id == *id).ok_or(format!("call {id} is missing"))?;
            ensure!(call.not_before == *not_before, "call {id}: from {} on, not {not_before}", call.not_before);
            ensure!(call.to == relative(family), "call {id} goes to {}", call.to);
            self.calls.insert(id.clone(), *not_before);
        }
        for (id, (text, not_before)) in &led.messages {
            let message = rows.messages.iter().find(|row| row.id == *id).ok_or(format!("message {id} is missing"))?;
            ensure!(message.template == *text, "message {id} says {}, not {text}", message.template);
            ensure!(message.not_before == *not_before, "message {id}: from {} on", message.not_before);
            self.texts.insert(id.clone(), text);
        }
        for id in &led.withdrawn {
            judge_withdrawn(rows, id)?;
            self.withdrawn.insert(id.clone());
        }
        self.answered.extend(led.answered.iter().cloned());
        Ok(())
    }

    fn judge_standing(&self, row: &CaseRow, events: &[&EventRow], now: Ms) -> Verdict {
        let case = &self.cases[&row.id];
        let expected = (case.state.name(), case.visit, case.standing.name());
        let found = (row.state.as_str(), row.visit, row.standing.as_str());
        ensure!(found == expected, "case {} stands at {found:?}, not {expected:?}", row.id);
        if events.iter().any(|event| event.disposition.is_none()) {
            // What came before the clock was moved back is taken at the latest when it has caught up.
            ensure!(row.wake_at.is_some_and(|at| at <= self.latest), "case {} sleeps over an event", row.id);
            return Ok(());
        }
        // Woken by an event that was answered meanwhile, it is looked at once for nothing.
        let early = row.wake_at.is_some_and(|at| at <= now);
        let expected = case.wakes_at();
        ensure!(early || row.wake_at == expected, "case {} wakes at {:?}, not {expected:?}", row.id, row.wake_at);
        Ok(())
    }

    fn judge_calls(&self, rows: &Rows) -> Verdict {
        ensure!(rows.calls.len() == self.calls.len(), "{} calls, not {}", rows.calls.len(), self.calls.len());
        for call in &rows.calls {
            let (id, status) = (&call.id, call.status.as_str());
            let planned = self.calls.get(id).ok_or(format!("nobody planned call {id}"))?;
            ensure!(call.not_before >= *planned, "call {id} may be made from {} on", call.not_before);
            let (answered, withdrawn) = (self.answered.contains(id), self.withdrawn.contains(id));
            ensure!((status == "answered") == answered, "call {id} is {status}, answered: {answered}");
            ensure!((status == "withdrawn") == withdrawn, "call {id} is {status}, withdrawn: {withdrawn}");
        }
        Ok(())
    }

    fn judge_messages(&mut self, rows: &Rows) -> Verdict {
        ensure!(rows.messages.len() == self.texts.len(), "{} messages, not {}", rows.messages.len(), self.texts.len());
        for message in &rows.messages {
            ensure!(self.texts.contains_key(&message.id), "nobody planned message {}", message.id);
            let family = self.families[&message.case];
            ensure!(message.to == relative(family), "message {} goes to {}", message.id, message.to);
            if let Some(before) = self.stood.insert(message.id.clone(), message.status.clone()) {
                let moves_on = rank(&before) < 2 || rank(&before) < 4 && rank(&message.status) >= rank(&before);
                let moves = before == message.status || moves_on;
                ensure!(moves, "message {} went from {before} back to {}", message.id, message.status);
            }
            let is_withdrawn = message.status == "withdrawn";
            ensure!(!is_withdrawn || self.withdrawn.contains(&message.id), "nobody withdrew message {}", message.id);
            self.judge_truth(message)?;
        }
        Ok(())
    }

    /// Where a message stands against what the gateway knows.
    fn judge_truth(&self, message: &MessageRow) -> Verdict {
        let taken = self.gateway.took(&message.id);
        let may_be = match (message.status.as_str(), &taken) {
            ("sending" | "uncertain", _)
            | ("accepted" | "sent" | "unconfirmed", Some(_))
            | ("queued" | "withdrawn" | "expired" | "failed", None) => true,
            ("failed", Some(taken)) => taken.end == Status::Failed,
            ("delivered", Some(taken)) => taken.end == Status::Delivered,
            ("undelivered", Some(taken)) => taken.end == Status::Undelivered,
            _ => false,
        };
        ensure!(may_be, "message {} is {}, and the gateway has {taken:?}", message.id, message.status);
        Ok(())
    }

    /// What the gateway took in this step.
    pub(super) fn judge_taken(&mut self) -> Verdict {
        let new = self.gateway.taken_since(self.taken);
        if new.is_empty() {
            return Ok(());
        }
        self.rows.messages = self.observer.messages();
        for taken in new {
            self.taken += 1;
            self.judge_one_taken(&taken)?;
        }
        let times: Vec<Taken> = self.gateway.taken_since(0);
        let once: BTreeSet<&str> = times.iter().map(|taken| taken.id.as_str()).collect();
        ensure!(once.len() == times.len(), "a message was taken twice: {times:?}");
        Ok(())
    }

    fn judge_one_taken(&self, taken: &Taken) -> Verdict {
        let id = &taken.id;
        let row = self.rows.messages.iter().find(|row| row.id == *id).ok_or(format!("{id} left, and is not there"))?;
        let at = taken.at.as_millisecond();
        ensure!(By::Text.allowed_from(at) == at, "message {id} came at {}", taken.at);
        ensure!(row.status == "sending", "message {id} left while it was {}", row.status);
        ensure!(row.not_before <= at, "message {id} left before its time");
        let family = self.families[&row.case];
        ensure!(taken.to == relative(family), "message {id} went to {}", taken.to);
        ensure!((0..FAMILIES).all(|family| taken.to != deceased(family)), "message {id} went to a deceased");
        let words = if self.texts.get(id) == Some(&"thanks") { "Thank you." } else { "Please ring us." };
        ensure!(taken.text.trim() == words, "message {id} says {:?}", taken.text);
        Ok(())
    }

    /// What has not come to its end, one thing of it; nothing if all is over.
    pub(super) fn unfinished(&self) -> Option<String> {
        let rows = &self.rows;
        if rows.cases.len() < FAMILIES {
            return Some(format!("{} of {FAMILIES} cases were opened", rows.cases.len()));
        }
        let open = self.cases.iter().find(|(_, case)| case.standing != Standing::Ended);
        let event = rows.events.iter().find(|event| {
            event.disposition.as_ref().is_none_or(|became| ["deferred", "incident"].contains(&became.as_str()))
        });
        let ends = ["delivered", "undelivered", "failed", "withdrawn", "expired", "suppressed"];
        let has_ended = |message: &&MessageRow| {
            let is_sent = ["sent", "unconfirmed"].contains(&message.status.as_str());
            let last_word = self.gateway.took(&message.id).is_some_and(|taken| taken.end == Status::Sent);
            // Of what a person says had left, nobody knows the gateway's id: reports by that alone find nothing.
            let by_word = message.status == "accepted" && was_resolved(&rows.events, &message.id);
            ends.contains(&message.status.as_str()) || is_sent && last_word || by_word
        };
        let message = rows.messages.iter().find(|message| !has_ended(message));
        let call = rows.calls.iter().find(|call| ["open", "claimed"].contains(&call.status.as_str()));
        let held = rows.held.iter().find(|held| held.refused.is_none());
        open.map(|open| format!("{open:?}"))
            .or(event.map(|event| format!("{event:?}")))
            .or(message.map(|message| format!("{message:?}")))
            .or(call.map(|call| format!("{call:?}")))
            .or(held.map(|held| format!("{held:?}")))
    }
}

/// What was withdrawn does not wait any more, or not for long.
fn judge_withdrawn(rows: &Rows, id: &str) -> Verdict {
    let Some(message) = rows.messages.iter().find(|message| message.id == id) else { return Ok(()) };
    let is_in_hand = ["sending", "uncertain"].contains(&message.status.as_str());
    let withdrawn = if is_in_hand { message.withdraw.is_some() } else { message.status != "queued" };
    ensure!(withdrawn, "message {id} was withdrawn and is {}", message.status);
    Ok(())
}

/// Whether a person said what became of a message.
fn was_resolved(events: &[EventRow], message: &str) -> bool {
    let resolves = |event: &Event| matches!(&event.what, What::Resolve { message: of } if of == message);
    events.iter().filter_map(|event| happened(event).ok()).any(|event| resolves(&event))
}

/// How far a message has come: waiting, in doubt, with the gateway, and its ends.
fn rank(status: &str) -> u32 {
    match status {
        "queued" | "sending" | "uncertain" => 1,
        "accepted" => 2,
        "sent" | "unconfirmed" => 3,
        _ => 4,
    }
}

/// The state that a line of a history says was entered.
fn entered(what: &Json) -> Option<&str> {
    if what["what"] == "entered" { what["state"].as_str() } else { None }
}

/// A stored event as the reference understands it.
fn happened(row: &EventRow) -> Verdict<Event> {
    let body: Json = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let message = text("message");
    let what = match text("what").as_str() {
        "answer" => What::Answer { call: text("task"), outcome: text("outcome") },
        "external" if text("name") == "family.rang" => What::Rang,
        "external" => What::Transferred,
        "delivery" => What::News { message, news: text("news") },
        "hold" => What::Hold,
        "resume" => What::Resume,
        "message" if body["act"].get("resolve").is_some() => What::Resolve { message },
        "message" if body["act"].get("retry").is_some() => What::Hurry { message },
        "message" if body["act"].get("cancel").is_some() => What::Cancel { message },
        other => return Err(format!("event {} is a {other}, which nobody sent", row.id)),
    };
    Ok(Event { id: row.id, at: row.at, what })
}
