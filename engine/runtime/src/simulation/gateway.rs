//! The gateway of a simulation: fails as the dice say, and keeps the truth of what it took. What it took is what a family
//! would have received.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use wasl_core::delivery::{
    Failure, Found, Hook, HookError, Notifier, Outgoing, Pending, Receipt, Sent, Sighting, Status,
};

use super::dice::Dice;
use super::turns::{Stop, Turns};

/// What becomes of a request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Taken,
    TakenReplyLost,
    NotTakenReplyLost,
    Refused,
    Busy,
    TooMany,
    Unreachable,
    Misconfigured,
}

const FATES: [(Fate, usize); 8] = [
    (Fate::Taken, 60),
    (Fate::TakenReplyLost, 12),
    (Fate::NotTakenReplyLost, 6),
    (Fate::Refused, 4),
    (Fate::Busy, 6),
    (Fate::TooMany, 5),
    (Fate::Unreachable, 6),
    (Fate::Misconfigured, 1),
];

/// A message that the gateway took.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Taken {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
    /// The last thing that the gateway will say of it.
    pub(super) end: Status,
}

/// What the gateway has to say of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    body: String,
}

struct Books {
    dice: Dice,
    hostile: bool,
    taken: BTreeMap<String, Taken>,
    /// Every message in the order in which it was taken, twice if it was taken twice.
    log: Vec<Taken>,
    reports: Vec<Report>,
    met: BTreeMap<Fate, usize>,
}

/// The gateway. Clones are the same one.
#[derive(Clone)]
pub(super) struct Gateway {
    turns: Arc<Turns>,
    books: Arc<Mutex<Books>>,
}

impl Gateway {
    pub(super) fn new(turns: &Arc<Turns>, seed: u64) -> Self {
        let (taken, log, reports) = (BTreeMap::new(), Vec::new(), Vec::new());
        let books = Books { dice: Dice::new(!seed), hostile: true, taken, log, reports, met: BTreeMap::new() };
        Self { turns: Arc::clone(turns), books: Arc::new(Mutex::new(books)) }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// Its own clock does not go back with the machine's: it stands until that has caught up. So what was on its way when
    /// the clock was moved does not come before it left.
    fn now(&self) -> Timestamp {
        self.turns.latest()
    }

    /// From now on it does what it should.
    pub(super) fn calm_down(&self) {
        self.books().hostile = false;
    }

    /// What became of requests before it calmed down, and how often.
    pub(super) fn met(&self) -> BTreeMap<Fate, usize> {
        self.books().met.clone()
    }

    /// What it took since the log had so many lines.
    pub(super) fn taken_since(&self, lines: usize) -> Vec<Taken> {
        self.books().log.get(lines..).unwrap_or_default().to_vec()
    }

    pub(super) fn took(&self, id: &str) -> Option<Taken> {
        self.books().taken.get(id).cloned()
    }

    pub(super) fn reports_waiting(&self) -> usize {
        self.books().reports.len()
    }

    /// One of its reports, whichever the dice say.
    pub(super) fn next_report(&self) -> Option<Report> {
        let books = &mut *self.books();
        books.dice.one_of(&books.reports).cloned()
    }

    /// Somebody took a report. It may come again all the same; one that nobody took comes again for certain.
    pub(super) fn was_heard(&self, report: &Report) {
        let books = &mut *self.books();
        if books.hostile && books.dice.chance(300) {
            return;
        }
        if let Some(n) = books.reports.iter().position(|waiting| waiting == report) {
            books.reports.remove(n);
        }
    }

    /// Takes a message, unless it is too late for it.
    fn take(&self, message: &Outgoing) -> bool {
        let now = self.now();
        if message.expires.is_some_and(|expires| now >= expires) {
            return false;
        }
        let books = &mut *self.books();
        let ends = [(Status::Delivered, 70), (Status::Undelivered, 12), (Status::Failed, 6), (Status::Sent, 12)];
        let end = books.dice.weighed(&ends);
        let taken = Taken { id: message.id.clone(), to: message.to.clone(), text: message.text.clone(), at: now, end };
        for status in [Status::Sent, end] {
            // Some gateways know our id, and some reports only theirs.
            let id = if books.dice.chance(500) { message.id.as_str() } else { "" };
            books.reports.push(Report { body: format!("{id} {} {}", provider_id(&message.id), status.as_str()) });
        }
        books.taken.insert(taken.id.clone(), taken.clone());
        books.log.push(taken);
        true
    }

    async fn hear(&self, message: &Outgoing) -> Sent {
        let (fate, slow) = {
            let books = &mut *self.books();
            let fate = if books.hostile { books.dice.weighed(&FATES) } else { Fate::Taken };
            *books.met.entry(fate).or_default() += usize::from(books.hostile);
            (fate, books.hostile && books.dice.chance(500))
        };
        if slow {
            let mut on_the_way = OnTheWay { gateway: self, message: Some(message) };
            self.turns.stop(Stop::Gateway).await;
            on_the_way.message = None;
        }
        let failure = || Failure::new("x", "as the dice said");
        let takes = matches!(fate, Fate::Taken | Fate::TakenReplyLost);
        if takes && !self.take(message) {
            return Sent::Rejected(Failure::new("expired", "it came too late"));
        }
        self.turns.stop(Stop::Gateway).await;
        match fate {
            Fate::Taken => {
                Sent::Accepted { provider_id: Some(provider_id(&message.id)), status: Status::Accepted, segments: None }
            }
            Fate::TakenReplyLost | Fate::NotTakenReplyLost => Sent::Uncertain(failure()),
            Fate::Refused => Sent::Rejected(failure()),
            Fate::Busy => Sent::Retry { failure: failure(), after: None },
            Fate::TooMany => Sent::Retry { failure: failure(), after: Some(Duration::from_secs(20)) },
            Fate::Unreachable => Sent::Unreachable(failure()),
            Fate::Misconfigured => Sent::Misconfigured(failure()),
        }
    }

    async fn answer(&self, message: &Outgoing) -> Found {
        self.turns.stop(Stop::Gateway).await;
        let books = &mut *self.books();
        if books.hostile && books.dice.chance(250) {
            return if books.dice.chance(500) { Found::NoAnswer } else { Found::CannotTell };
        }
        match books.taken.get(&message.id) {
            Some(_) => Found::This(Sighting { provider_id: provider_id(&message.id), status: Status::Accepted }),
            None => Found::No,
        }
    }
}

/// A request of which the gateway has read nothing yet. If its sender dies, it may come all the same.
struct OnTheWay<'a> {
    gateway: &'a Gateway,
    message: Option<&'a Outgoing>,
}

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        let Some(message) = self.message else { return };
        let is_dying = self.gateway.turns.is_dying();
        if is_dying && self.gateway.books().dice.chance(500) {
            self.gateway.take(message);
        }
    }
}

fn provider_id(id: &str) -> String {
    format!("G{id}")
}

impl Report {
    /// The request by which it comes.
    pub(super) fn body(&self) -> &[u8] {
        self.body.as_bytes()
    }
}

impl Notifier for Gateway {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(self.hear(message))
    }

    fn find<'a>(&'a self, message: &'a Outgoing, _: Timestamp) -> Pending<'a, Found> {
        Box::pin(self.answer(message))
    }

    fn reports_delivery(&self) -> bool {
        true
    }

    fn receipts(&self, hook: &Hook<'_>) -> Result<Vec<Receipt>, HookError> {
        let body = String::from_utf8_lossy(hook.body);
        let words: Vec<&str> = body.split(' ').collect();
        let [id, provider_id, status] = words.as_slice() else { return Err(HookError::BadSignature) };
        let all = [Status::Accepted, Status::Sent, Status::Delivered, Status::Undelivered, Status::Failed];
        Ok(vec![Receipt {
            message_id: Some((*id).to_owned()).filter(|id| !id.is_empty()),
            provider_id: Some((*provider_id).to_owned()),
            status: all.into_iter().find(|one| one.as_str() == *status),
            provider_status: (*status).to_owned(),
            code: None,
        }])
    }
}
