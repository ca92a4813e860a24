//! Those who talk to the daemon over HTTP while it lives and dies: an agent at the phone, the billing system, an operator.
//! Whoever gets no answer asks again, as people and systems do, under the same id.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::faults::double;

/// The name of the key that they use.
pub(super) const KEY: &str = "desk";

/// How long one of them waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon they try again when nobody is there.
const AGAIN: Duration = Duration::from_millis(10);

/// They, and what they were told. Clones are the same people.
#[derive(Clone)]
pub(super) struct People {
    seed: u64,
    client: reqwest::Client,
    /// Where daemons listen; each attempt goes to the next.
    daemons: Arc<[SocketAddr]>,
    key: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// The cases that they know of.
    cases: Mutex<Vec<i64>>,
    /// What was answered with success: the source of an event, and its id.
    promised: Mutex<Vec<(String, String)>>,
    drawn: AtomicU64,
    /// Nothing new is told any more, and what was begun has been told to its end.
    ending: AtomicBool,
    ended: AtomicBool,
    calls: AtomicUsize,
    attempts: AtomicUsize,
}

/// Something that is told.
struct Act {
    path: String,
    body: Json,
    id: String,
}

impl People {
    pub(super) fn new(seed: u64, daemons: &[SocketAddr], key: String) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { seed, client, daemons: daemons.into(), key, inner: Arc::default() }
    }

    /// They begin, and go on until the runtime ends.
    pub(super) fn begin(&self) {
        tokio::spawn(self.clone().answer_calls());
        tokio::spawn(self.clone().tell_events());
    }

    pub(super) fn know(&self, cases: Vec<i64>) {
        *self.inner.cases.lock().unwrap() = cases;
    }

    /// What they were told since this was asked last.
    pub(super) fn promised(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.inner.promised.lock().unwrap())
    }

    /// They tell nothing new any more.
    pub(super) fn come_to_an_end(&self) {
        self.inner.ending.store(true, Ordering::SeqCst);
    }

    /// Whether they have told what they had begun to tell.
    pub(super) fn are_done(&self) -> bool {
        self.inner.ended.load(Ordering::SeqCst)
    }

    /// How many calls were answered.
    pub(super) fn calls(&self) -> usize {
        self.inner.calls.load(Ordering::SeqCst)
    }

    fn draw(&self, under: u64) -> u64 {
        let times = self.inner.drawn.fetch_add(1, Ordering::SeqCst);
        double::number(self.seed, "people", times) % under
    }

    async fn pause(&self, most_ms: u64) {
        tokio::time::sleep(Duration::from_millis(5 + self.draw(most_ms))).await;
    }

    /// An agent takes one call after the other.
    async fn answer_calls(self) {
        loop {
            self.pause(40).await;
            let taken = self.ask(&Act { path: "/tasks/next".into(), body: json!({}), id: String::new() }).await;
            let Some(task) = taken.1["task"]["task"]["id"].as_str() else { continue };
            let outcome = if self.draw(3) == 0 { "reached" } else { "no_answer" };
            let path = format!("/tasks/{task}/answer");
            let (status, _) = self.ask(&Act { path, body: json!({"outcome": outcome}), id: String::new() }).await;
            if status == 200 {
                self.inner.calls.fetch_add(1, Ordering::SeqCst);
                self.promise("task", task);
            }
        }
    }

    /// Other systems and an operator tell what happened.
    async fn tell_events(self) {
        for number in 0.. {
            self.pause(80).await;
            if self.inner.ending.load(Ordering::SeqCst) {
                return self.inner.ended.store(true, Ordering::SeqCst);
            }
            let Some(act) = self.next_event(number) else { continue };
            self.tell(&act).await;
            if act.path.ends_with("/hold") {
                self.pause(80).await;
                let path = act.path.replace("/hold", "/resume");
                self.tell(&Act { path, body: json!({}), id: format!("{}-again", act.id) }).await;
            }
        }
    }

    fn next_event(&self, number: u64) -> Option<Act> {
        let cases = self.inner.cases.lock().unwrap().clone();
        let count = u64::try_from(cases.len()).unwrap();
        let case = cases.get(usize::try_from(self.draw(count.max(1))).unwrap())?;
        let id = format!("event-{number}");
        let happened =
            |name: &str| Act { path: format!("/cases/{case}/events"), body: json!({"name": name}), id: id.clone() };
        Some(match self.draw(10) {
            0..5 => happened("family.rang"),
            5..8 => happened("account.transferred"),
            _ => Act { path: format!("/cases/{case}/hold"), body: json!({"reason": "somebody looks"}), id },
        })
    }

    async fn tell(&self, act: &Act) {
        if self.ask(act).await.0 == 200 {
            self.promise(&format!("api:key:{KEY}"), &act.id);
        }
    }

    fn promise(&self, source: &str, id: &str) {
        self.inner.promised.lock().unwrap().push((source.to_owned(), id.to_owned()));
    }

    /// Asks until there is an answer. To be told to wait is none: who gave up there would leave a case held for ever.
    async fn ask(&self, act: &Act) -> (u16, Json) {
        loop {
            let attempts = self.inner.attempts.fetch_add(1, Ordering::SeqCst);
            let daemon = self.daemons[attempts % self.daemons.len()];
            let mut request = self.client.post(format!("http://{daemon}/api/v1{}", act.path)).bearer_auth(&self.key);
            if !act.id.is_empty() {
                request = request.header("idempotency-key", &act.id);
            }
            let request = request.header("content-type", "application/json").body(act.body.to_string());
            if let Ok(answer) = request.send().await
                && answer.status() != StatusCode::TOO_MANY_REQUESTS
                && !answer.status().is_server_error()
            {
                let status = answer.status().as_u16();
                assert!(status != 401 && status != 403, "the key does not open {}", act.path);
                if let Ok(text) = answer.text().await {
                    return (status, serde_json::from_str(&text).unwrap_or_default());
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
