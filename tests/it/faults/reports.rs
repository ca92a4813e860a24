//! The gateway's receipts: some come before the answer to the request, most later, in any order, many
//! twice, some never. One that the daemon did not take, because it was dead, is sent again.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use tokio::sync::Semaphore;

use super::daemon::PUBLIC_URL;
use super::double::{Reporter, Taken, number};

/// Receipts under way at the same time.
const AT_ONCE: usize = 8;

/// What the daemon has taken of each message, by our id: the gateway's words.
pub(super) type Arrived = BTreeMap<String, Vec<&'static str>>;

/// Sends receipts. Clones share everything.
#[derive(Clone)]
pub(super) struct Reports {
    seed: u64,
    client: reqwest::Client,
    /// Where daemons listen; each attempt goes to the next.
    daemons: Arc<[SocketAddr]>,
    attempts: Arc<AtomicUsize>,
    slots: Arc<Semaphore>,
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
struct Books {
    arrived: Arrived,
    waiting: usize,
}

impl Reports {
    pub(super) fn new(seed: u64, daemons: &[SocketAddr]) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        let (slots, attempts) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::default());
        Self { seed, client, daemons: daemons.into(), attempts, slots, books: Arc::default() }
    }

    /// Receipts that the daemon has not taken yet.
    pub(super) fn waiting(&self) -> usize {
        self.books.lock().unwrap().waiting
    }

    pub(super) fn arrived(&self) -> Arrived {
        self.books.lock().unwrap().arrived.clone()
    }

    /// What is told of a message, in the order of telling.
    pub(super) fn plan(&self, id: &str) -> VecDeque<&'static str> {
        let drawn = number(self.seed, id, 1_000);
        let words: &[&str] = match drawn % 20 {
            0..8 => &["delivered"],
            8..10 => &["sent", "delivered"],
            10..12 => &["delivered", "sent"],
            12..14 => &["delivered", "delivered"],
            14 => &["sent", "queued", "delivered", "sent"],
            15 => &["undelivered"],
            16 => &["sent"],
            _ => &[],
        };
        words.iter().copied().collect()
    }

    /// Tells it until the daemon has taken it.
    async fn tell(&self, taken: &Taken, word: &'static str) {
        while !self.post(taken, word).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut books = self.books.lock().unwrap();
        books.arrived.entry(taken.id.clone()).or_default().push(word);
        books.waiting -= 1;
    }

    async fn post(&self, taken: &Taken, word: &str) -> bool {
        let Ok(_slot) = self.slots.acquire().await else { return false };
        let path = format!("/hooks/sms/status?message={}", taken.id);
        let form = [("MessageSid", taken.sid.as_str()), ("MessageStatus", word), ("To", taken.to.as_str())];
        let signed: String = form.iter().flat_map(|(name, value)| [*name, *value]).collect();
        let mut mac = Hmac::<Sha1>::new_from_slice(b"secret-for-tests").unwrap();
        mac.update(format!("{PUBLIC_URL}{path}{signed}").as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let daemon = self.daemons[self.attempts.fetch_add(1, Ordering::Relaxed) % self.daemons.len()];
        let request = self.client.post(format!("http://{daemon}{path}")).form(&form);
        match request.header("X-Twilio-Signature", signature).send().await {
            Ok(answer) if answer.status() == 403 => panic!("a signed receipt was refused"),
            Ok(answer) => answer.status().is_success(),
            Err(_) => false,
        }
    }
}

impl Reporter for Reports {
    async fn taken(&self, taken: &Taken) {
        let mut words = self.plan(&taken.id);
        self.books.lock().unwrap().waiting += words.len();
        // One in eight is told before the sender has its answer, if the daemon is alive to hear it.
        if number(self.seed, &taken.id, 2_000).is_multiple_of(8)
            && let Some(word) = words.front().copied()
        {
            let early = tokio::time::timeout(Duration::from_millis(100), self.post(taken, word)).await;
            if early == Ok(true) {
                words.pop_front();
                let mut books = self.books.lock().unwrap();
                books.arrived.entry(taken.id.clone()).or_default().push(word);
                books.waiting -= 1;
            }
        }
        let (reports, taken) = (self.clone(), taken.clone());
        tokio::spawn(async move {
            for word in words {
                reports.tell(&taken, word).await;
            }
        });
    }
}
