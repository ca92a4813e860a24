//! `serve`: the daemon. One at a time on a database file, any number on a PostgreSQL; says what it did and where to look, then works
//! until it is told to stop.

mod greeting;
mod lock;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wasl_core::delivery::Channel;
use wasl_notifiers::{ProcessSecrets, Webhooks};
use wasl_runtime::clock::{Clock, SystemClock};
use wasl_runtime::engine::{Engine, Loaded, Outlet, Running};
use wasl_runtime::intake::RunSummary;
use wasl_runtime::store::Store;

use super::db::sound;
use super::detect::{Bar, run_one};
use crate::access::{self, Access, Token};
use crate::api::{self, Api};
use crate::console::Console;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Format, Screen, print};
use crate::session::{Session, environment, parts, zone_of};
use crate::settings::{CHANNELS, NotifierSection, Settings, surroundings};
use crate::telemetry::log_faults;

/// So many ticks may be missed before the daemon counts as stuck, and at the least so long.
const TICKS_MISSED_MAX: i32 = 10;
const STUCK_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);
/// Whoever starts it is told where to come in after so long, although detections are not through.
const GREETED_FIRST: std::time::Duration = std::time::Duration::from_secs(2);
/// When a greeting is tried again for which the database gave no answer.
const GREETED_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// A database file is read whole before the start, up to so many bytes: more would keep the daemon from its work for
/// longer than a restart may take. `wasl db check` reads any.
const CHECKED_MAX: u64 = 1 << 30;

/// `serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl serve
  wasl serve --listen 127.0.0.1:9000 --log info,wasl=debug

It makes the database where there is none, takes changed workflow files by itself (a bad file never
replaces a good version), and stops gracefully on Ctrl-C or SIGTERM. On PostgreSQL several daemons
share the work.")]
pub(crate) struct ServeArgs {
    /// Where receipts and health checks are taken, in place of the configured address
    #[arg(long, value_name = "ADDRESS", env = "WASL_LISTEN", hide_env_values = true)]
    listen: Option<SocketAddr>,
    /// The address under which gateways see it
    #[arg(long, value_name = "URL", env = "WASL_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<String>,
}

impl ServeArgs {
    /// What it says in place of the file.
    pub(crate) fn overrides(&self) -> (Option<SocketAddr>, Option<String>) {
        (self.listen, self.public_url.clone())
    }
}

/// Runs the daemon.
///
/// # Errors
/// The configuration, the database or a gateway's settings cannot be used, or another daemon runs.
pub(crate) async fn run(mut settings: Settings, screen: Screen) -> Result<Answer, Failure> {
    log_faults();
    let environment = environment(&settings)?;
    let outlets = outlets(&settings)?;
    let poster = poster(&settings)?;
    let is_new = settings.database.file().is_some_and(|file| !file.exists());
    let _lock = lock::take(&settings)?;
    let listener = listen(settings.listen).await?;
    // Port 0 asks for any free one; people are told which it became.
    settings.listen = listener.local_addr().unwrap_or(settings.listen);
    let stop = CancellationToken::new();
    let signals = tokio::spawn(watch_signals(stop.clone()));

    let store = Store::open_at(&settings.database).await?;
    if settings.database.file().and_then(|file| file.metadata().ok()).is_some_and(|file| file.len() <= CHECKED_MAX) {
        sound(&store, &settings).await?;
    }
    store.migrate(SystemClock.now()).await?;
    let zone = zone_of(&environment);
    let engine = Engine::new(parts(&settings, store, environment, outlets)?);
    engine.knows_whom_it_erased().await.map_err(|error| crate::retention::failure(error, screen))?;
    let tick_max = (settings.scheduler.tick * TICKS_MISSED_MAX).max(STUCK_AFTER);
    let public_url = settings.public_url.clone();
    let first = access::first_run(&engine.store, engine.now()).await?;
    let access = Access::new(&settings)?;
    let session = Session::on(Arc::clone(&engine), Arc::new(settings.clone()), screen, zone);
    let console =
        Console::new().map_err(|error| Failure::new(Exit::Refused, format!("a page is no template: {error}")))?;
    let stopping = stop.clone();
    let api = Api { engine: Arc::clone(&engine), session, access, console, stop: stopping, public_url, tick_max };
    let api = Arc::new(api);
    let server = tokio::spawn(api::serve(listener, api, stop.clone()));

    let loaded = load(&engine, &settings).await?;
    // However long a feed is that waits for the start, the cases that are there go on meanwhile.
    let begun = CancellationToken::new();
    let running = running(&settings, poster, begun.clone());
    let loops = tokio::spawn(Arc::clone(&engine).run(running, stop.clone()));
    let start = Began { loaded, first, is_new, ..Began::default() };
    let told = begin(&engine, &settings, screen, start, (&begun, &stop)).await;
    if told.is_err() {
        stop.cancel();
    }
    stop.cancelled().await;
    finish(&engine.store, &settings, loops, server).await;
    signals.abort();
    told?;
    Ok(Answer::new(screen.pick("stopped", "توقف"), serde_json::json!({"stopped": true})))
}

/// What the start did.
#[derive(Default)]
struct Began {
    loaded: Loaded,
    detected: Vec<RunSummary>,
    /// Detections that failed, and why.
    failed: Vec<String>,
    /// Opens the page on which the first administrator chooses a password.
    first: Option<Token>,
    /// Whether the database was made just now.
    is_new: bool,
    /// Whether it has said already where to come in.
    spoke: bool,
}

/// Takes the workflow files, and what has changed around the cases that are there.
async fn load(engine: &Engine, settings: &Settings) -> Result<Loaded, Failure> {
    let loaded = engine.load_workflows(&settings.workflows, "serve").await?;
    engine.report_loaded(&loaded);
    engine.apply_calendars().await?;
    engine.note_all_words().await?;
    Ok(loaded)
}

/// Runs the detections whose moment has come, and says what the start did. Where they take long, it says before where to come
/// in: the daemon works already.
async fn begin(
    engine: &Arc<Engine>,
    settings: &Settings,
    screen: Screen,
    mut start: Began,
    (begun, stop): (&CancellationToken, &CancellationToken),
) -> Result<(), Failure> {
    let (speaks, first) = (screen.format == Format::Text, start.first.take());
    let bar = Bar::new(screen);
    let mut detecting = pin!(detect(engine, start, &bar, stop));
    let start = tokio::select! {
        start = &mut detecting => Began { first, ..start },
        () = tokio::time::sleep(GREETED_FIRST) => {
            // Where nobody can be told, what is under way is done all the same.
            let told = if speaks { bar.aside(|| said(&greeting::meanwhile(first.as_ref(), settings, screen))) } else { Ok(()) };
            let start = detecting.await;
            told?;
            Began { spoke: true, ..start }
        }
    };
    begun.cancel();
    if speaks { greet(engine, settings, screen, &start, stop).await } else { Ok(()) }
}

/// What fails is tried again by the daemon.
async fn detect(engine: &Arc<Engine>, mut began: Began, bar: &Bar, stop: &CancellationToken) -> Began {
    let due = engine.due_detections().await.unwrap_or_else(|error| {
        began.failed.push(format!("detections: {}", Failure::from(error)));
        Vec::new()
    });
    for (workflow, detection) in due {
        let run = Box::pin(async {
            tokio::select! {
                ran = run_one(engine, &workflow, Some(&detection), false, bar) => Some(ran),
                () = stop.cancelled() => None,
            }
        });
        let ran = match engine.alone(&workflow, &detection, run).await {
            Ok(Some(Some(ran))) => ran,
            Ok(Some(None)) => break,
            // Another daemon runs it.
            Ok(None) => continue,
            Err(error) => Err(error.into()),
        };
        match ran {
            Ok(summaries) => began.detected.extend(summaries),
            Err(failure) => began.failed.push(format!("detection {workflow}/{detection}: {failure}")),
        }
    }
    began
}

/// Says what the start did and what waits, as soon as the database can tell.
async fn greet(
    engine: &Engine,
    settings: &Settings,
    screen: Screen,
    start: &Began,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let mut told = String::new();
    loop {
        match greeting::words(engine, settings, screen, start).await {
            Ok(text) => return said(&text),
            // However long it lasts, it is said once.
            Err(failure) if failure.to_string() == told => {}
            Err(failure) => {
                told = failure.to_string();
                tracing::warn!(reason = told, "what waits for a person cannot be told yet");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(GREETED_AGAIN) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

fn said(text: &str) -> Result<(), Failure> {
    print(text).map_err(|error| Failure::new(Exit::Refused, format!("cannot write: {error}")))
}

/// What the daemon looks after besides the store.
fn running(settings: &Settings, poster: Arc<Webhooks>, begun: CancellationToken) -> Running {
    let again = settings.clone();
    Running {
        workflows: settings.workflows.clone(),
        environment: Box::new(move || {
            let (environment, report) = surroundings(&again);
            if report.has_errors() { Err(report.render(false)) } else { Ok(environment) }
        }),
        poster: Some(poster),
        begun: Some(begun),
    }
}

/// Gives what is in flight the grace time.
async fn finish(
    store: &Store,
    settings: &Settings,
    loops: tokio::task::JoinHandle<()>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
) {
    let finish = async {
        for failed in [loops.await.err(), server.await.err()].into_iter().flatten() {
            tracing::error!(error = %failed, "a part of the daemon broke off");
        }
        if let Err(error) = store.close().await {
            tracing::error!(%error, "the database could not be closed");
        }
    };
    if tokio::time::timeout(settings.shutdown_grace.unsigned_abs(), finish).await.is_err() {
        tracing::warn!("stopped before everything was finished; the rest is looked after at the next start");
    }
}

/// The gateways of each channel, in the order in which they stand in for one another.
fn outlets(settings: &Settings) -> Result<BTreeMap<Channel, Vec<Outlet>>, Failure> {
    let secrets = ProcessSecrets::default();
    let mut outlets = BTreeMap::new();
    for channel in CHANNELS {
        let chain = settings.chain(channel).into_iter();
        let chain = chain.map(|(name, section)| outlet(name, section, settings, &secrets));
        outlets.insert(channel, chain.collect::<Result<_, _>>()?);
    }
    Ok(outlets)
}

fn outlet(
    name: &str,
    section: &NotifierSection,
    settings: &Settings,
    secrets: &ProcessSecrets,
) -> Result<Outlet, Failure> {
    let mut of_kind = section.settings.clone();
    of_kind.reached_at(settings.public_url.as_deref());
    let notifier = wasl_notifiers::build(name, &of_kind, secrets)
        .map_err(|error| Failure::new(Exit::Configuration, error.to_string()))?;
    Ok(Outlet { notifier, gate: section.gate.clone() })
}

/// What carries notices to other systems.
fn poster(settings: &Settings) -> Result<Arc<Webhooks>, Failure> {
    let poster = Webhooks::new(settings.webhooks_to_this_machine);
    poster.map(Arc::new).map_err(|_| {
        let message = "no TLS certificates of authorities were found on this machine: no webhook could be told";
        Failure::new(Exit::Configuration, message).help("install them: on Debian the package `ca-certificates`")
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(Exit::Occupied, format!("cannot listen on {address}: {error}"))
            .help("stop what listens there, or choose another address with `--listen 127.0.0.1:PORT`")
    })
}

/// Ends the work at the first signal, and the process at the second.
async fn watch_signals(stop: CancellationToken) {
    wait_for_signal().await;
    tracing::info!("stopping; a second signal stops at once");
    stop.cancel();
    wait_for_signal().await;
    std::process::exit(Exit::Refused as i32);
}

/// Ctrl-C, or what ends processes.
#[cfg(unix)]
pub(super) async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        tokio::signal::ctrl_c().await.ok();
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn wait_for_signal() {
    tokio::signal::ctrl_c().await.ok();
}
