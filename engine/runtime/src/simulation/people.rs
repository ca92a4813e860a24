//! What people and other systems do in a simulation: each act is an activity of its own, as a request to the server is.

use std::sync::{Arc, Mutex};

use wasl_core::case::{CaseId, EffectId};
use wasl_core::delivery::Hook;
use wasl_core::event::Body;
use wasl_core::value::Record;

use super::gateway::{Gateway, Report};
use super::model::By;
use super::turns::{Activity, Stop, Turns};
use crate::engine::{CallAnswer, Engine, Wish};
use crate::store::{MessageFilter, MessageStatus, NewEvent, StoredMessage, Wanted};

/// What people were told, and what they saw that must not be.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Events that somebody was told are stored: source and its id.
    pub(super) promised: Vec<(String, String)>,
    pub(super) wrong: Vec<String>,
}

/// Those who act, and what they were told.
#[derive(Clone)]
pub(super) struct People {
    pub(super) engine: Arc<Engine>,
    pub(super) turns: Arc<Turns>,
    pub(super) gateway: Gateway,
    pub(super) told: Arc<Mutex<Told>>,
}

impl People {
    /// An agent takes the next call, rings, and says what came of it.
    pub(super) fn agent(self, name: String, outcome: &'static str, can_be_taken_back: bool) -> Activity {
        Box::pin(async move {
            let wanted = Wanted { agent: &name, queues: &[], languages: &[] };
            let Ok(Some(next)) = self.engine.next_call(wanted).await else { return };
            let stored = next.task;
            let now = self.engine.now().as_millisecond();
            if By::Call.allowed_from(now) != now {
                self.complain(format!("call {} was given out at {}", stored.task.id, self.engine.now()));
            }
            self.turns.stop(Stop::Gateway).await;
            let (task, outcome) = (stored.task.id, outcome.to_owned());
            let answer = CallAnswer { task, agent: name, outcome, answers: Record::new(), note: None };
            if can_be_taken_back {
                self.engine.hold_answer(answer).await.ok();
            } else if self.engine.answer_call(&answer).await.is_ok() {
                self.promise("task", &answer.task.0);
            }
        })
    }

    /// Somebody tells a case something.
    pub(super) fn tell(self, case: usize, source: &'static str, source_id: String, body: Body) -> Activity {
        Box::pin(async move {
            let case = CaseId(i64::try_from(case).unwrap());
            let (at, by) = (self.engine.now(), source.to_owned());
            let event = NewEvent { case, source: source.to_owned(), source_id: source_id.clone(), at, by, body };
            if self.engine.submit(event).await.is_ok() {
                self.promise(source, &source_id);
            }
        })
    }

    /// An operator does something about one of the messages that stand so.
    pub(super) fn operate(self, status: MessageStatus, n: usize, kind: OperatorDoes) -> Activity {
        Box::pin(async move {
            let filter = MessageFilter { status: Some(status), limit: 20, ..MessageFilter::default() };
            let Ok(mut messages) = self.engine.store.messages(&filter).await else { return };
            messages.sort_by_key(|stored| stored.message.id.clone());
            let Some(stored) = messages.get(n % messages.len().max(1)) else { return };
            self.wish(stored, kind).await;
        })
    }

    async fn wish(&self, stored: &StoredMessage, kind: OperatorDoes) {
        let id: &EffectId = &stored.message.id;
        let reason = "somebody looked into it".to_owned();
        let wish = match kind {
            OperatorDoes::Hurry => Wish::Retry,
            OperatorDoes::Cancel => Wish::Cancel { reason },
            OperatorDoes::Resolve => Wish::Resolve { sent: self.gateway.took(&id.0).is_some(), reason },
        };
        let Ok(event) = self.engine.wish(id, wish, "operator", "operator:ali").await else { return };
        let (source, source_id) = (event.source.clone(), event.source_id.clone());
        if self.engine.submit(event).await.is_ok() {
            self.promise(&source, &source_id);
        }
    }

    /// The gateway reports on a message.
    pub(super) fn report(self, report: Report) -> Activity {
        Box::pin(async move {
            let hook = Hook { url: "/", path_and_query: "/", headers: &[], body: report.body() };
            if self.engine.take_receipts("sms", &hook).await.is_ok() {
                self.gateway.was_heard(&report);
            }
        })
    }

    fn promise(&self, source: &str, source_id: &str) {
        self.told.lock().unwrap().promised.push((source.to_owned(), source_id.to_owned()));
    }

    fn complain(&self, what: String) {
        self.told.lock().unwrap().wrong.push(what);
    }
}

/// What an operator does about a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum OperatorDoes {
    Hurry,
    Cancel,
    Resolve,
}
