//! What people do, what is written to us and what runs out of time is written by the row or by statements of the other driver:
//! what is answered, and what is in the tables afterwards, is the same, byte by byte.

use std::fmt::Debug;

use wasl_core::case::{CaseId, EffectId};
use wasl_core::definition::Priority;
use wasl_core::delivery::Channel;
use wasl_core::effect::{Effect, Message};
use wasl_core::lang::Texts;
use wasl_core::message::keyword;
use wasl_core::policy::Rule;
use wasl_core::value::Record;

use super::both_ways::tables;
use super::sample::{call, case, claiming, fresh, message, minute, open, opening, settlement, suppression};
use crate::simulation::dice::Dice;
use crate::store::{HeldAnswer, Move, NewAudit, NewInbound, NewSession, Settled, Store, StoreError, Wanted};
use wasl_core::delivery::Status;

const CASES: usize = 8;
const TURNS: i64 = 400;
const AGENTS: [&str; 3] = ["huda", "ali", "mona"];

/// Each case has two calls to make, and messages of which one runs out of time.
async fn with_work(store: &Store) {
    let planned = |id: i64| {
        let waits = Message { expires: Some(minute(20 * id)), ..message(&format!("{id}.1.1"), minute(1)) };
        let leaves = message(&format!("{id}.1.2"), minute(1));
        vec![
            call(&format!("{id}.1.0"), "complaints", Priority::Normal, None),
            call(&format!("{id}.2.0"), "calls", Priority::High, Some(minute(30))),
            Effect::Message(Box::new(waits)),
            Effect::Message(Box::new(leaves)),
        ]
    };
    let cases = (1..=i64::try_from(CASES).unwrap()).map(|id| Move { effects: planned(id), ..opening(case(id)) });
    open(store, cases.collect()).await;
}

/// Some of what happens in a house, of which this turn makes one thing.
struct Turn {
    dice: Dice,
    now: i64,
}

impl Turn {
    fn case(&mut self) -> i64 {
        1 + i64::try_from(self.dice.below(CASES)).unwrap()
    }

    fn task(&mut self) -> EffectId {
        let (case, visit) = (self.case(), 1 + self.dice.below(3));
        EffectId(format!("{case}.{visit}.0").into())
    }

    fn agent(&mut self) -> &'static str {
        self.dice.one_of(&AGENTS).copied().unwrap()
    }

    fn number(&mut self) -> String {
        format!("+9733600{:04}", self.case())
    }

    fn trace(&mut self, act: &str) -> NewAudit {
        NewAudit { at: minute(self.now), who: "user:huda".into(), act: act.into(), case: None, subject: None }
    }

    fn held(&mut self) -> HeldAnswer {
        let task = self.task();
        HeldAnswer {
            case: task.case().unwrap(),
            task,
            agent: self.agent().to_owned(),
            outcome: "no_answer".into(),
            answers: Record::new(),
            note: self.dice.chance(300).then(|| "later".to_owned()),
            held_at: minute(self.now),
            submit_at: minute(self.now + 1),
            refused: None,
        }
    }

    fn inbound(&mut self) -> NewInbound {
        let text = ["STOP", "START", "thank you"][self.dice.below(3)];
        NewInbound {
            notifier: "sms".into(),
            channel: Channel::Sms,
            provider_id: format!("IN{}", self.dice.below(40)),
            from: self.number(),
            to: None,
            text: text.to_owned(),
            keyword: keyword(text),
            answers: self.dice.chance(300).then(|| vec![format!("SM{}.1.2", self.case())]),
            raw: b"Body".to_vec(),
            at: minute(self.now),
        }
    }

    /// Does it; says what came of it.
    async fn happens(mut self, store: &Store) -> String {
        let now = minute(self.now);
        match self.dice.below(12) {
            0 => self.claims_next(store).await,
            1 => said(store.claim_task(&self.task(), self.agent(), now, minute(self.now + 5)).await),
            2 => said(store.release_task(&self.task(), self.agent()).await),
            3 => {
                let why = Texts::both("quiet hours", "ساعات الهدوء");
                let until = (minute(self.now + 3), self.dice.chance(500).then_some(&why));
                said(store.postpone_task(&self.task(), self.agent(), until).await)
            }
            4 => said(store.suppress_task(&self.task(), self.agent(), &Rule::OptedOut, now).await),
            5 => said(store.hold_answer(&self.held(), minute(self.now + 5)).await),
            6 => said(store.take_back_answer(&self.task(), self.agent()).await),
            7 => {
                let refused = self.dice.chance(500).then_some("over");
                said(store.settle_answer(&self.task(), refused).await)
            }
            8 => self.writes_to_us(store).await,
            9 => self.lists(store).await,
            10 => {
                let expired = store.expire_messages(now, 1).await.unwrap();
                format!("{expired} {}", said(store.unconfirm_messages(now, 2, 1).await))
            }
            _ => self.comes_in(store).await,
        }
    }

    async fn claims_next(mut self, store: &Store) -> String {
        let queues = if self.dice.chance(500) { vec!["calls".to_owned(), "complaints".to_owned()] } else { Vec::new() };
        let wanted = Wanted { agent: self.agent(), queues: &queues, languages: &["ar".to_owned()] };
        said(store.claim_next_task(wanted, minute(self.now), minute(self.now + 2)).await)
    }

    async fn writes_to_us(mut self, store: &Store) -> String {
        let taken = store.record_inbound(&self.inbound()).await.unwrap();
        if self.dice.chance(200) {
            store.assign_inbound(taken.id, CaseId(self.case()), "user:huda", minute(self.now)).await.unwrap();
        }
        format!("{taken:?}")
    }

    async fn lists(mut self, store: &Store) -> String {
        let (number, channel) = (self.number(), self.dice.chance(500).then_some(Channel::Sms));
        match self.dice.below(3) {
            0 => said(store.suppress(&suppression(&number, channel, "opted_out")).await),
            1 => said(store.unsuppress(&number, channel, ("user:ali", "asked"), minute(self.now)).await),
            _ => said(store.opt_in(&number, Channel::Sms, ("web", "asked"), minute(self.now)).await),
        }
    }

    /// Somebody comes in, is heard of, or goes; one of several machines takes the turn at something.
    async fn comes_in(mut self, store: &Store) -> String {
        let (id, agent) = (1 + i64::try_from(self.dice.below(5)).unwrap(), self.agent());
        match self.dice.below(4) {
            0 => said(store.touch_session(id, minute(self.now)).await),
            1 => said(store.end_session(id, self.trace("session.end")).await),
            2 => said(store.take_lease("detect", agent, minute(self.now), minute(self.now + 9)).await),
            _ => said(store.release_lease("detect", agent).await),
        }
    }
}

fn said<T: Debug>(answer: Result<T, StoreError>) -> String {
    format!("{:?}", answer.map_err(|error| error.to_string()))
}

/// Half of the messages left by a gateway that reports on none but the first.
async fn with_silence(store: &Store) {
    for claimed in store.claim_messages(minute(1), &claiming("sms", 1)).await.unwrap() {
        let confirm_by = (claimed.message.id.0.ends_with(".2")).then(|| minute(30));
        let (notifier, provider_id) = ("sms".into(), Some(format!("SM{}", claimed.message.id)));
        let settled = Settled::Accepted { notifier, provider_id, status: Status::Sent, segments: None, confirm_by };
        store.settle_messages(&[settlement(&claimed, settled)], minute(1)).await.unwrap();
    }
}

async fn with_sessions(store: &Store) {
    let huda = "INSERT INTO users (id, name, full_name, roles, created_at) VALUES (1, 'huda', 'Huda', 'agent', 0)";
    store.tamper(huda).await;
    for n in 1..=5 {
        let new = NewSession { token: format!("t{n}"), user: 1, address: "::1".into(), expires_at: minute(9_999) };
        let trace = NewAudit { at: minute(0), who: "user:huda".into(), act: "in".into(), case: None, subject: None };
        store.begin_session(&new, None, trace).await.unwrap();
    }
}

/// Plays one seed both ways; says how many different answers there were.
async fn play(seed: u64) -> usize {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let by_rows = fresh(one.path()).await;
    let at_once = Store { row_writer: None, ..fresh(other.path()).await };
    for store in [&by_rows, &at_once] {
        with_work(store).await;
        with_silence(store).await;
        with_sessions(store).await;
    }
    let mut answers = std::collections::BTreeSet::new();
    for now in 2..=TURNS {
        let turn = || Turn { dice: Dice::new(seed * 10_000 + now.cast_unsigned()), now: now / 4 };
        let mine = turn().happens(&by_rows).await;
        assert_eq!(mine, turn().happens(&at_once).await, "seed {seed}, turn {now}");
        answers.insert(mine);
    }
    for (mine, theirs) in tables(one.path()).into_iter().zip(tables(other.path())) {
        let differing = mine.1.iter().zip(&theirs.1).find(|(mine, theirs)| mine != theirs);
        assert_eq!((differing, mine.1.len()), (None, theirs.1.len()), "seed {seed}, table {}", mine.0);
    }
    answers.len()
}

#[tokio::test]
async fn both_ways_leave_the_same_rows_of_what_people_did() {
    for seed in 1..=3 {
        let different = play(seed).await;
        assert!(different > 40, "{different}: the dice say too little");
    }
}
