//! The gateway's double: takes messages over real TCP like Twilio, fails as the seed says, and keeps
//! the truth of what it took. What it took is what a family would have received.

use std::collections::BTreeMap;
use std::hash::Hasher as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};
use wasl_runtime::clock::Clock as _;

use super::setting::RunClock;
use super::wire::{self, Request};

/// What goes wrong with a request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// Nothing.
    None,
    /// The answer takes its time.
    Slow,
    /// The connection is reset before anything is taken.
    ResetBefore,
    /// Too many requests; wait so long.
    TooMany,
    /// The server fails before it takes anything.
    ErrorBefore,
    /// Taken, then the server fails.
    ErrorAfter,
    /// Taken, then the connection is reset.
    ResetAfter,
    /// Taken, and the answer comes when nobody waits for it any more.
    TooLate,
    /// Taken, and the answer breaks off in the middle.
    HalfAnswer,
}

/// Out of a hundred requests so many meet each fault; the rest meet none.
const FAULTS: [(Fault, u64); 8] = [
    (Fault::Slow, 6),
    (Fault::ResetBefore, 4),
    (Fault::TooMany, 4),
    (Fault::ErrorBefore, 3),
    (Fault::ErrorAfter, 3),
    (Fault::ResetAfter, 3),
    (Fault::TooLate, 1),
    (Fault::HalfAnswer, 3),
];

/// A message that the gateway took.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// Our id of it, from the address for its receipts.
    pub(super) id: String,
    pub(super) sid: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) at: Timestamp,
    /// How long the gateway may try, in seconds.
    pub(super) validity_secs: i64,
    from: String,
}

impl Taken {
    fn to_json(&self) -> Json {
        let date = self.at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        json!({
            "sid": self.sid, "to": self.to, "from": self.from, "body": self.body, "status": "queued",
            "direction": "outbound-api", "num_segments": "1", "error_code": null,
            "date_created": jiff::fmt::rfc2822::to_string(&date).unwrap(), "date_sent": null,
        })
    }
}

/// What the gateway tells of what it took.
pub(super) trait Reporter: Send + Sync + 'static {
    /// A message was taken; the first word of it may be out before the answer to its request is.
    fn taken(&self, taken: &Taken) -> impl Future<Output = ()> + Send;
}

struct Inner<R> {
    seed: u64,
    /// Among so many requests are those that meet a fault, and the rest.
    among: u64,
    clock: Arc<RunClock>,
    reporter: R,
    taken: Mutex<Vec<Taken>>,
    /// How often each message was asked to be sent, and how often each list was asked for.
    asked: Mutex<BTreeMap<String, u64>>,
    met: Mutex<BTreeMap<Fault, u64>>,
}

/// The double. It lives as long as the runtime of its test.
pub(super) struct Double<R> {
    pub(super) address: SocketAddr,
    inner: Arc<Inner<R>>,
}

impl<R: Reporter> Double<R> {
    pub(super) async fn start(seed: u64, clock: Arc<RunClock>, reporter: R) -> Self {
        Self::start_hostile(seed, clock, reporter, 100).await
    }

    /// The same, with the faults of a hundred requests in so many.
    pub(super) async fn start_hostile(seed: u64, clock: Arc<RunClock>, reporter: R, among: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (taken, asked, met) = (Mutex::default(), Mutex::default(), Mutex::default());
        let inner = Arc::new(Inner { seed, among, clock, reporter, taken, asked, met });
        let serving = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), stream));
            }
        });
        Self { address, inner }
    }

    pub(super) fn taken(&self) -> Vec<Taken> {
        self.inner.taken.lock().unwrap().clone()
    }

    pub(super) fn taken_count(&self) -> usize {
        self.inner.taken.lock().unwrap().len()
    }

    /// Which faults were met how often, in words.
    pub(super) fn faults(&self) -> String {
        format!("{:?}", self.inner.met.lock().unwrap())
    }
}

async fn serve<R: Reporter>(inner: Arc<Inner<R>>, mut stream: TcpStream) {
    let mut rest = Vec::new();
    // A broken connection is the daemon's death or its choice: the next one is another.
    while let Ok(Some(request)) = wire::read(&mut stream, &mut rest).await {
        let kept = match (request.method.as_str(), request.target.contains("/Messages.json")) {
            ("POST", true) => create(&inner, stream, &request).await,
            ("GET", true) => list(&inner, stream, &request).await,
            _ => reply(stream, &wire::answer("200 OK", "", "{}")).await,
        };
        match kept {
            Some(open) => stream = open,
            None => return,
        }
    }
}

async fn reply(mut stream: TcpStream, bytes: &[u8]) -> Option<TcpStream> {
    wire::write(&mut stream, bytes).await.ok()?;
    Some(stream)
}

async fn create<R: Reporter>(inner: &Inner<R>, stream: TcpStream, request: &Request) -> Option<TcpStream> {
    let form = request.form();
    let id = wire::pairs(form["StatusCallback"].split_once('?').unwrap().1)["message"].clone();
    let fault = inner.draw(&id);
    *inner.met.lock().unwrap().entry(fault).or_default() += 1;
    match fault {
        Fault::ResetBefore => {
            wire::reset(stream);
            return None;
        }
        Fault::TooMany => {
            let body = r#"{"code": 20429, "message": "Too many requests", "status": 429}"#;
            return reply(stream, &wire::answer("429 Too Many Requests", "retry-after: 5\r\n", body)).await;
        }
        Fault::ErrorBefore => return reply(stream, &wire::answer("503 Service Unavailable", "", "")).await,
        _ => {}
    }
    let taken = inner.take(id, &form);
    inner.reporter.taken(&taken).await;
    let body = taken.to_json().to_string();
    let whole = wire::answer("201 Created", "", &body);
    match fault {
        Fault::ErrorAfter => reply(stream, &wire::answer("502 Bad Gateway", "", "")).await,
        Fault::ResetAfter => {
            wire::reset(stream);
            None
        }
        Fault::TooLate => {
            tokio::time::sleep(super::daemon::PATIENCE * 2).await;
            reply(stream, &whole).await
        }
        Fault::HalfAnswer => {
            reply(stream, &whole[..whole.len() / 2]).await;
            None
        }
        Fault::Slow => {
            tokio::time::sleep(Duration::from_millis(20)).await;
            reply(stream, &whole).await
        }
        _ => reply(stream, &whole).await,
    }
}

/// The list of messages to one number; now and then there is none to be had.
async fn list<R: Reporter>(inner: &Inner<R>, stream: TcpStream, request: &Request) -> Option<TcpStream> {
    let to = request.query()["To"].clone();
    match inner.draw(&format!("list {to}")) {
        Fault::ResetBefore | Fault::ResetAfter => {
            wire::reset(stream);
            return None;
        }
        Fault::ErrorBefore | Fault::ErrorAfter => {
            return reply(stream, &wire::answer("500 Internal Server Error", "", "")).await;
        }
        _ => {}
    }
    let found: Vec<Json> =
        inner.taken.lock().unwrap().iter().filter(|taken| taken.to == to).map(Taken::to_json).collect();
    let body = json!({"messages": found, "next_page_uri": null}).to_string();
    reply(stream, &wire::answer("200 OK", "", &body)).await
}

impl<R> Inner<R> {
    /// The fault of the next request about something: it follows from the seed, from what it is about
    /// and from how often that was asked for.
    fn draw(&self, about: &str) -> Fault {
        let mut asked = self.asked.lock().unwrap();
        let times = asked.entry(about.to_owned()).or_default();
        *times += 1;
        let mut left = number(self.seed, about, *times) % self.among;
        for (fault, share) in FAULTS {
            if left < share {
                return fault;
            }
            left -= share;
        }
        Fault::None
    }

    fn take(&self, id: String, form: &BTreeMap<String, String>) -> Taken {
        let mut taken = self.taken.lock().unwrap();
        let one = Taken {
            id,
            sid: format!("SM{:032x}", taken.len() + 1),
            to: form["To"].clone(),
            body: form["Body"].clone(),
            at: self.clock.now(),
            validity_secs: form["ValidityPeriod"].parse().unwrap(),
            from: form["From"].clone(),
        };
        taken.push(one.clone());
        one
    }
}

/// A number that follows from a seed and from what it is drawn for.
pub(super) fn number(seed: u64, about: &str, times: u64) -> u64 {
    // SipHash with fixed keys: the same in every run of the program.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write_u64(seed);
    hasher.write(about.as_bytes());
    hasher.write_u64(times);
    hasher.finish()
}
