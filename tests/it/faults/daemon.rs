//! The daemon of a run: its own process with the real loops, the real notifier and an HTTP server for
//! receipts, killed and started again by the run.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use wasl_core::delivery::{Channel, Hook};
use wasl_core::policy::HousePolicy;
use wasl_core::value::{Record, Value};
use wasl_runtime::clock::Clock;
use wasl_runtime::engine::{Backoff, Engine, NoProbe, Options, Outlet, Parts, ReceiptError, Running};
use wasl_runtime::store::Store;

use super::FAMILIES;
use super::setting::{self, FileClock};

/// How long the daemon waits for an answer of the gateway, in real time.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);

/// The address under which the gateway's signatures see the daemon.
pub(super) const PUBLIC_URL: &str = "https://wasl.test";

/// What the daemon's process is told.
const FOLDER: &str = "WASL_FAULTS_FOLDER";
const GATEWAY: &str = "WASL_FAULTS_GATEWAY";
const LISTEN: &str = "WASL_FAULTS_LISTEN";
/// The address of the store where it is another than the folder's.
const DATABASE: &str = "WASL_FAULTS_DATABASE";

/// Five minutes of the run pass in about a second: leases and waits are such that a request which is
/// under way is never taken for lost.
pub(super) fn options() -> Options {
    Options {
        tick: SignedDuration::from_millis(20),
        message_batch: 64,
        concurrency: 16,
        lease: SignedDuration::from_mins(5),
        attempts: 100,
        backoff: Backoff { max: SignedDuration::from_mins(5), ..Backoff::default() },
        reload: SignedDuration::from_hours(1),
        ..Options::default()
    }
}

/// An engine in the run's folder; `gateway` is where the double listens.
pub(super) async fn engine(folder: &Path, clock: Arc<dyn Clock>, gateway: &str) -> Arc<Engine> {
    let settings = serde_json::json!({
        "kind": "twilio", "account_sid": "AC00000000000000000000000000000001",
        "auth_token": {"env": "TWILIO_AUTH_TOKEN"}, "from": "EWA", "base_url": gateway,
        "public_url": PUBLIC_URL, "timeout": "250ms", "connect_timeout": "200ms", "settle": "4m",
    });
    engine_speaking_by(folder, clock, crate::support::notifier("sms", settings).into()).await
}

/// An engine in the run's folder that sends through this gateway.
pub(super) async fn engine_speaking_by(folder: &Path, clock: Arc<dyn Clock>, sms: Outlet) -> Arc<Engine> {
    engine_with(folder, clock, sms, options()).await
}

/// The same with other numbers.
pub(super) async fn engine_with(folder: &Path, clock: Arc<dyn Clock>, sms: Outlet, options: Options) -> Arc<Engine> {
    let store = Store::open(&std::env::var(DATABASE).unwrap_or_else(|_| setting::store_url(folder))).await.unwrap();
    store.migrate(clock.now()).await.unwrap();
    let engine = Engine::new(Parts {
        store,
        clock,
        environment: setting::environment(),
        house: HousePolicy::default(),
        texts: Record::from([("hotline".into(), Value::from("17 000 000"))]),
        region: "BH".into(),
        outlets: BTreeMap::from([(Channel::Sms, vec![sms])]),
        base: folder.to_owned(),
        options,
        probe: Arc::new(NoProbe),
    });
    let loaded = engine.load_workflows(&folder.join("workflows"), "test").await.unwrap();
    let refused = loaded.refused.iter().map(|(name, report)| format!("{name}:\n{}", report.render(false)));
    assert!(loaded.refused.is_empty(), "{}", refused.collect::<String>());
    engine
}

/// The process that the run kills. Without a run's settings it starts all the same and ends when told.
#[test]
fn the_daemon_of_a_run() {
    wasl_notifiers::init_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let setting = |name: &str| std::env::var(name).ok();
    let stop = CancellationToken::new();
    let (Some(folder), Some(gateway), Some(listen)) = (setting(FOLDER), setting(GATEWAY), setting(LISTEN)) else {
        let dir = tempfile::TempDir::new().unwrap();
        setting::write(dir.path(), FAMILIES);
        let _clock = setting::RunClock::start(dir.path());
        stop.cancel();
        return runtime.block_on(serve(dir.path(), "http://127.0.0.1:9", "127.0.0.1:0", stop));
    };
    runtime.block_on(serve(Path::new(&folder), &gateway, &listen, stop));
}

async fn serve(folder: &Path, gateway: &str, listen: &str, stop: CancellationToken) {
    let engine = engine(folder, Arc::new(FileClock(folder.to_owned())), gateway).await;
    let app = axum::Router::new().route("/hooks/{notifier}/status", post(take_receipt)).with_state(Arc::clone(&engine));
    let listener = bind(listen).await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    let environment = Box::new(|| Ok(setting::environment()));
    let running = Running { workflows: folder.join("workflows"), environment, poster: None, begun: None };
    engine.run(running, stop).await;
}

/// Takes the run's address again after a death. A connection to the gateway may have been given that port
/// meanwhile; it is free again in a moment.
async fn bind(listen: &str) -> tokio::net::TcpListener {
    loop {
        match tokio::net::TcpListener::bind(listen).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            bound => return bound.unwrap(),
        }
    }
}

async fn take_receipt(
    State(engine): State<Arc<Engine>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, StatusCode> {
    let path_and_query = uri.path_and_query().unwrap().as_str();
    let url = format!("{PUBLIC_URL}{path_and_query}");
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let hook = Hook { url: &url, path_and_query, headers: &headers, body: &body };
    match engine.take_receipts("sms", &hook).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(ReceiptError::Engine(_)) => Err(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => Err(StatusCode::FORBIDDEN),
    }
}

/// The daemon as the run holds it. A killed one leaves everything as it was at that instant.
pub(super) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    pub(super) fn start(folder: &Path, gateway: SocketAddr, listen: SocketAddr) -> Self {
        Self::start_on(&setting::store_url(folder), folder, gateway, listen)
    }

    /// The same on a store that it reaches by another address.
    pub(super) fn start_on(database: &str, folder: &Path, gateway: SocketAddr, listen: SocketAddr) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "faults::daemon::the_daemon_of_a_run", "--nocapture"]);
        command
            .env(FOLDER, folder)
            .env(GATEWAY, format!("http://{gateway}"))
            .env(LISTEN, listen.to_string())
            .env(DATABASE, database);
        let log = folder.join("daemon.log");
        let words = std::fs::OpenOptions::new().append(true).create(true).open(&log).unwrap();
        command.stdout(Stdio::null()).stderr(words);
        Self { child: command.spawn().unwrap(), log }
    }

    /// Stops it between two instructions, until it is told to go on.
    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends it between two instructions: nothing is flushed, nothing unwinds.
    pub(super) fn kill(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            let words = std::fs::read_to_string(&self.log).unwrap_or_default();
            panic!("the daemon ended by itself: {status}\n{words}");
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Dead already where the run went well.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
