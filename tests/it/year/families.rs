//! Families, gateways and other departments, scripted by a seed: who answers, who writes, who reports.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use wasl_core::calendar::Window;
use wasl_core::case::Case;
use wasl_core::delivery::{Channel, Receipt, Status};
use wasl_core::effect::Offer;
use wasl_core::event::{Body, Disposition};
use wasl_core::value::{Record, Value};
use wasl_runtime::store::{
    CaseFilter, MessageFilter, MessageStatus, NewEvent, NewReceipt, StoredTask, TaskFilter, TaskStatus,
};

use crate::support::House;

/// How often families and desks choose an outcome, out of the sum of what is offered; others count 1.
const LIKELY: [(&str, u64); 12] = [
    ("no_answer", 30),
    ("agreed", 25),
    ("needs_papers", 12),
    ("call_back", 8),
    ("wrong_number", 5),
    ("contact_found", 12),
    ("transferred", 30),
    ("papers_sent", 15),
    ("call_again", 6),
    ("give_up", 4),
    ("not_found", 5),
    ("confirmed_error", 5),
];

/// A small generator whose whole sequence follows from its seed (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

pub(super) struct Families {
    dice: Dice,
    answered: BTreeMap<String, u64>,
    reported: BTreeSet<&'static str>,
    receipts: BTreeSet<String>,
}

impl Families {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), answered: BTreeMap::new(), reported: BTreeSet::new(), receipts: BTreeSet::new() }
    }

    /// Agents answer what is in their queues, within the hours in which calls are allowed.
    pub(super) async fn answer_calls(&mut self, house: &House) {
        let now = house.engine.now();
        let filter =
            TaskFilter { status: Some(TaskStatus::Open), workable_at: Some(now), limit: 2000, ..TaskFilter::default() };
        for stored in house.engine.store.tasks(&filter).await.unwrap() {
            let calls_somebody = stored.task.to.is_some();
            if calls_somebody {
                let allowed = house.calendar.contact_window(Channel::Call, stored.task.not_before);
                assert!(matches!(allowed, Window::Open { .. }), "{} may be called outside the hours", stored.task.id);
            }
            let open = matches!(house.calendar.contact_window(Channel::Call, now), Window::Open { .. });
            let at_desk = house.calendar.is_working_day(house.calendar.today(now));
            let works = if calls_somebody { open } else { at_desk };
            // Nobody gets through everything at once.
            if works && self.dice.roll(100) < 70 {
                self.answer(house, &stored).await;
            }
        }
    }

    async fn answer(&mut self, house: &House, stored: &StoredTask) {
        let offer = self.choose(&stored.task.outcomes);
        let answers = self.answers(house, &offer);
        let body = Body::Answer { task: stored.task.id.clone(), outcome: offer.outcome.clone(), answers, note: None };
        let event = NewEvent {
            case: stored.case,
            source: "task".into(),
            source_id: stored.task.id.to_string(),
            at: house.engine.now(),
            by: "agent:test".into(),
            body,
        };
        let submitted = house.engine.submit(event).await.unwrap();
        assert_eq!(submitted.disposition, Disposition::Applied, "{} on {:?}", offer.outcome, stored.task.id);
        *self.answered.entry(offer.outcome).or_default() += 1;
    }

    fn choose(&mut self, offers: &[Offer]) -> Offer {
        let weight =
            |offer: &Offer| LIKELY.iter().find(|(name, _)| *name == offer.outcome).map_or(1, |(_, weight)| *weight);
        let mut roll = self.dice.roll(offers.iter().map(weight).sum::<u64>().max(1));
        for offer in offers {
            if roll < weight(offer) {
                return offer.clone();
            }
            roll -= weight(offer);
        }
        panic!("a task without outcomes")
    }

    fn answers(&mut self, house: &House, offer: &Offer) -> Record {
        let mobile = format!("3600{:04}", self.dice.roll(10_000));
        let contact = Value::Record(Record::from([
            ("name".into(), "Test Person".into()),
            ("relation".into(), "son".into()),
            ("mobile".into(), Value::from(mobile.as_str())),
            ("language".into(), "en".into()),
        ]));
        let answer = |ty: &str, days: i64| match ty {
            "contact" => contact.clone(),
            "contacts" => Value::List(vec![contact.clone()]),
            "time" => Value::Time(house.engine.now().checked_add((24 * days).hours()).unwrap()),
            other => panic!("an answer of type {other}"),
        };
        let days = i64::try_from(1 + self.dice.roll(4)).unwrap();
        offer.ask.iter().map(|question| (question.name.clone(), answer(&question.ty, days))).collect()
    }

    /// Gateways report deliveries, families write back, other departments report what they did.
    pub(super) async fn write_and_report(&mut self, house: &House) {
        self.deliver(house).await;
        let open = CaseFilter { standing: Some("open".into()), limit: 2000, ..CaseFilter::default() };
        for case in house.engine.store.cases(&open).await.unwrap() {
            let name = match (case.state.as_str(), self.dice.roll(170)) {
                ("guiding" | "awaiting_court_document", 0..4) => "document.received",
                ("follow_up_sms" | "transfer_requested" | "guiding", 4..8) => "account.transferred",
                ("follow_up_sms", 8..12) => "reply",
                (_, 12) if self.dice.roll(4) == 0 => "family.called",
                (_, 13) if self.dice.roll(8) == 0 => "family.objects",
                (_, 14) if self.dice.roll(12) == 0 => "death.withdrawn",
                _ => continue,
            };
            self.report(house, &case, name).await;
        }
    }

    async fn report(&mut self, house: &House, case: &Case, name: &'static str) {
        let body = match name {
            "reply" => Body::Reply { channel: Channel::Sms, text: "اتصلوا بي".into(), from: None },
            name => Body::External { name: name.into(), data: Record::new() },
        };
        let source_id = format!("{}:{name}:{}", case.id, house.engine.now());
        let at = house.engine.now();
        let event = NewEvent { case: case.id, source: "test".into(), source_id, at, by: "billing".into(), body };
        house.engine.submit(event).await.unwrap();
        self.reported.insert(name);
    }

    async fn deliver(&mut self, house: &House) {
        let filter = MessageFilter { status: Some(MessageStatus::Accepted), limit: 500, ..MessageFilter::default() };
        for stored in house.engine.store.messages(&filter).await.unwrap() {
            let status = if self.dice.roll(100) < 8 { Status::Undelivered } else { Status::Delivered };
            let receipt = Receipt {
                message_id: Some(stored.message.id.to_string()),
                provider_id: stored.provider_id,
                status: Some(status),
                provider_status: status.as_str().into(),
                code: (status == Status::Undelivered).then(|| "30003".into()),
            };
            let notifier = stored.message.channel.as_str();
            let new = NewReceipt {
                notifier: notifier.to_owned(),
                receipt,
                bad_address: false,
                confirm_by: None,
                raw: Vec::new(),
            };
            house.engine.store.record_receipts(&[new], house.engine.now()).await.unwrap();
            self.receipts.insert(status.as_str().to_owned());
        }
    }

    /// The year was worth its name: every kind of thing happened, and every kind of end came.
    pub(super) fn lived_through_everything(&self, cases: &[Case]) {
        for outcome in ["no_answer", "agreed", "needs_papers", "call_back", "wrong_number", "refused", "give_up"] {
            assert!(self.answered.contains_key(outcome), "nobody ever answered {outcome}: {:?}", self.answered);
        }
        for name in
            ["document.received", "account.transferred", "reply", "family.called", "family.objects", "death.withdrawn"]
        {
            assert!(self.reported.contains(name), "nobody ever reported {name}");
        }
        assert!(self.receipts.contains("undelivered"));
        let ended = cases.iter().filter(|case| case.is_ended()).count();
        assert!(ended * 10 > cases.len() * 8, "only {ended} cases came to an end");
    }
}
