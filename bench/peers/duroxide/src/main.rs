//! The work of `wasl bench outreach-5` by duroxide on SQLite: an orchestration for each case, an activity for each transition, a durable
//! timer before each but the first.

#[path = "../../rust/src/machine.rs"]
#[expect(dead_code, reason = "SQLite has no server")]
mod machine;
#[path = "../../rust/src/report.rs"]
mod report;
#[path = "../../rust/src/story.rs"]
mod story;
mod work;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use duroxide::providers::sqlite::SqliteProvider;
use duroxide::runtime::registry::ActivityRegistry;
use duroxide::runtime::{Runtime, RuntimeOptions};
use duroxide::{ActivityContext, Client, OrchestrationContext, OrchestrationRegistry};
use machine::{Database, Watch};
use report::{Plan, Round, answered, line, locked};
use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use story::STATES;
use tokio::task::JoinSet;
use work::{Cases, Error};

/// Orchestrations and activities under way at the same time.
const WORKERS: usize = 4;
/// Connections of the provider's pool.
const CONNECTIONS: usize = 5;
/// How long nothing may happen before we give up.
const PATIENCE: Duration = Duration::from_secs(120);

/// One case from the beginning to the end.
async fn outreach(context: OrchestrationContext, case: String) -> Result<String, String> {
    for state in 0..STATES.len() {
        if state > 0 {
            // A timer that is due at once; it goes through the store all the same.
            context.schedule_timer(Duration::ZERO).await;
        }
        context.schedule_activity("enter", format!("{case} {state}")).await?;
    }
    Ok(case)
}

/// What the activity is asked for.
fn asked(input: &str) -> Result<(i64, usize), String> {
    let (case, state) = input.split_once(' ').ok_or("no case and state")?;
    let case = case.parse().map_err(|_| "no number of a case")?;
    Ok((case, state.parse().map_err(|_| "no number of a state")?))
}

/// Lets every connection of the provider wait for the disk with each commit. It asks for `synchronous = WAL`, a word that SQLite does
/// not know and takes for NORMAL, under which a power cut may undo what was committed last.
///
/// All but one of them are given back to be held: two that write at the same time get into each other's way, until orchestrations fail
/// with `database is locked`.
async fn make_durable(store: &SqliteProvider) -> Result<Vec<PoolConnection<Sqlite>>, Error> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(store.get_pool().acquire().await?);
    }
    for connection in &mut connections {
        sqlx::query("PRAGMA synchronous = FULL").execute(&mut **connection).await?;
    }
    connections.pop();
    Ok(connections)
}

/// Whether it stayed so.
async fn is_durable(store: &SqliteProvider) -> Result<bool, Error> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(store.get_pool().acquire().await?);
    }
    let mut all = true;
    for connection in &mut connections {
        all &= sqlx::query_scalar::<_, i64>("PRAGMA synchronous").fetch_one(&mut **connection).await? == 2;
    }
    Ok(all)
}

/// How often we look whether all are through.
const POLL: Duration = Duration::from_millis(200);

/// Tells of every case.
async fn open(client: &Client, plan: &Plan) -> Result<(), Error> {
    let next = Arc::new(AtomicI64::new(0));
    let mut loops = JoinSet::new();
    for _ in 0..plan.workers {
        let (next, client, cases) = (Arc::clone(&next), client.clone(), plan.cases);
        loops.spawn(async move {
            loop {
                let case = next.fetch_add(1, Ordering::Relaxed);
                if case >= cases {
                    return Ok::<_, Error>(());
                }
                client.start_orchestration(format!("case-{case}"), "outreach", case.to_string()).await?;
            }
        });
    }
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    Ok(())
}

/// Waits until all are through.
async fn finish(client: &Client, plan: &Plan) -> Result<(), Error> {
    let (mut before, mut quiet) = (0, Duration::ZERO);
    loop {
        let metrics = client.get_system_metrics().await?;
        if metrics.completed_instances == plan.cases.unsigned_abs() {
            return Ok(());
        }
        quiet = if metrics.total_events == before { quiet + POLL } else { Duration::ZERO };
        if metrics.failed_instances > 0 || quiet > PATIENCE {
            return Err(format!("{} orchestrations failed, or nothing moves", metrics.failed_instances).into());
        }
        before = metrics.total_events;
        tokio::time::sleep(POLL).await;
    }
}

async fn round(plan: &Plan, folder: &Path) -> Result<Round, Error> {
    std::fs::create_dir_all(folder)?;
    let cases = Cases::new(&folder.join("cases.sqlite")).await?;
    let path = folder.join("duroxide.sqlite");
    std::fs::File::create(&path)?;
    let store = Arc::new(SqliteProvider::new(&format!("sqlite:{}", path.display()), None).await?);
    let held = make_durable(&store).await?;
    let writer = cases.clone();
    let enter = move |_: ActivityContext, input: String| {
        let writer = writer.clone();
        async move {
            let (case, state) = asked(&input)?;
            writer.enter(case, state).await.map_err(|error| error.to_string())?;
            Ok(String::new())
        }
    };
    let activities = ActivityRegistry::builder().register("enter", enter).build();
    let orchestrations = OrchestrationRegistry::builder().register("outreach", outreach).build();
    let mut options = RuntimeOptions {
        orchestration_concurrency: plan.workers,
        worker_concurrency: plan.workers,
        ..RuntimeOptions::default()
    };
    "warn".clone_into(&mut options.observability.log_level);
    let client = Client::new(store.clone());
    let watch = Watch::start(Database::Here);
    open(&client, plan).await?;
    let runtime = Runtime::start_with_options(store.clone(), activities, orchestrations, options).await;
    finish(&client, plan).await?;
    let took = watch.stop();
    runtime.shutdown(None).await;
    drop(held);
    if !is_durable(&store).await? {
        return Err("what is committed may be lost: a connection waits for no disk".into());
    }
    cases.look(plan.cases).await?;
    store.get_pool().close().await;
    cases.close().await;
    let files = std::fs::read_dir(folder)?.flatten().filter_map(|entry| entry.metadata().ok());
    let bytes = files.map(|file| i64::try_from(file.len()).unwrap_or_default()).sum();
    Ok(Round { took, bytes })
}

async fn all() -> Result<String, Error> {
    let plan = Plan::read(WORKERS)?;
    let folder = PathBuf::from(&plan.database).join(format!("wasl-peers-{}", std::process::id()));
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        eprintln!("round {number} of {}: duroxide", plan.rounds);
        let played = round(&plan, &folder).await;
        std::fs::remove_dir_all(&folder)?;
        rounds.push(played?);
    }
    Ok(line("duroxide", locked(include_str!("../Cargo.lock"), "duroxide"), "sqlite", &plan, &rounds))
}

#[tokio::main]
async fn main() -> ExitCode {
    answered("duroxide", all().await)
}
