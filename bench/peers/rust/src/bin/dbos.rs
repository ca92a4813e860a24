//! The work of `wasl bench outreach-5` by DBOS Transact for Rust: a workflow for each case, a step for each transition, a durable sleep
//! before each but the first.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use dbos::{Config, DBOS, RunOptions, WorkflowRef};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::task::JoinSet;
use wasl_peers::LOCK;
use wasl_peers::machine::Watch;
use wasl_peers::report::{Plan, Round, answered, line, locked};
use wasl_peers::story::STATES;
use wasl_peers::work::{Error, Ground, enter};

/// Cases under way at the same time.
const WORKERS: usize = 64;
/// Connections of each of the two pools: those of DBOS, and those of the business tables.
const CONNECTIONS: u32 = 16;

/// One case from the beginning to the end.
///
/// A step's result is written when its body has returned, by another transaction: after a crash between the two the body runs
/// again, and finds that it has nothing to do.
async fn outreach(db: PgPool, case: i64) -> dbos::Result<()> {
    for (state, name) in STATES.iter().enumerate() {
        if state > 0 {
            // A timer that is due at once; its moment is kept all the same.
            dbos::sleep(Duration::ZERO).await?;
        }
        let db = &db;
        dbos::step(name, || async move {
            enter(db, case, state).await.map_err(|error| dbos::Error::Config(error.to_string()))?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}

async fn play(workflow: &WorkflowRef<i64, ()>, plan: &Plan) -> Result<(), Error> {
    let next = Arc::new(AtomicI64::new(0));
    let mut loops = JoinSet::new();
    for _ in 0..plan.workers {
        let (next, workflow, cases) = (Arc::clone(&next), workflow.clone(), plan.cases);
        loops.spawn(async move {
            loop {
                let case = next.fetch_add(1, Ordering::Relaxed);
                if case >= cases {
                    return Ok::<_, dbos::Error>(());
                }
                // Who tells the same case twice starts one workflow.
                let id = format!("case-{case}");
                workflow.run_with(case, RunOptions { workflow_id: Some(&id), ..Default::default() }).await?;
            }
        });
    }
    while let Some(ended) = loops.join_next().await {
        ended??;
    }
    Ok(())
}

async fn round(plan: &Plan) -> Result<Round, Error> {
    let ground = Ground::new(&plan.database).await?;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(&ground.url).await?;
    let config = Config {
        max_connections: CONNECTIONS,
        app_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..Config::new("outreach", &ground.url)
    };
    let dbos = DBOS::new(config);
    let db = pool.clone();
    let workflow = dbos.register_workflow("outreach", move |case: i64| outreach(db.clone(), case))?;
    dbos.launch().await?;
    let empty = ground.bytes().await?;
    let watch = Watch::start(ground.server().await?);
    play(&workflow, plan).await?;
    let took = watch.stop();
    dbos.shutdown().await;
    pool.close().await;
    ground.look(plan.cases).await?;
    let bytes = ground.bytes().await? - empty;
    ground.drop().await?;
    Ok(Round { took, bytes })
}

async fn all() -> Result<String, Error> {
    let plan = Plan::read(WORKERS)?;
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        eprintln!("round {number} of {}: dbos", plan.rounds);
        rounds.push(round(&plan).await?);
    }
    Ok(line("dbos", locked(LOCK, "dbos"), "postgres", &plan, &rounds))
}

#[tokio::main]
async fn main() -> ExitCode {
    answered("dbos", all().await)
}
