//! The work of `wasl bench outreach-5` by apalis on PostgreSQL: a task for each timer, given to a worker in batches. The handler writes the
//! transition and the task of the next one in a transaction of its own; what is done is told to the queue in batches. With
//! `--together 1000` handlers that run at the same time share a transaction.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use apalis::prelude::*;
use apalis_postgres::{Config, PgTask, PostgresStorage, queries::push_tasks};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use wasl_peers::LOCK;
use wasl_peers::machine::Watch;
use wasl_peers::report::{Plan, Round, answered, line, locked};
use wasl_peers::story::STATES;
use wasl_peers::work::{Error, Ground, enter, enter_all};

/// Tasks that are fetched at once, and handled at the same time.
const WORKERS: usize = 1_000;
/// Connections of the handlers, and those of the queue.
const CONNECTIONS: u32 = 16;
const CONNECTIONS_OF_QUEUE: u32 = 4;
/// Transactions at the same time where tasks are committed together.
const COMMITTERS: usize = 3;
/// Cases that are opened by one transaction.
const OPENED_AT_ONCE: i64 = 500;
const QUEUE: &str = "outreach";

/// A timer: this case enters this state.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Move {
    case: i64,
    state: usize,
}

impl Move {
    /// The task of the transition after this one; due at once.
    fn next(self) -> Result<Option<PgTask>, Error> {
        let next = Self { case: self.case, state: self.state + 1 };
        let task =
            || Ok(TaskBuilder::new(serde_json::to_vec(&next)?).run_at_time(std::time::SystemTime::now()).build());
        (next.state < STATES.len()).then(task).transpose()
    }
}

/// Who writes what a task asks for.
#[derive(Clone, Debug)]
enum Writer {
    /// Each task by itself.
    Alone(PgPool),
    /// Those who can give it to somebody who commits it with others.
    Together(mpsc::Sender<(Move, oneshot::Sender<()>)>),
}

impl Writer {
    fn new(pool: &PgPool, together: usize) -> Self {
        if together == 1 {
            return Self::Alone(pool.clone());
        }
        let (asked, asks) = mpsc::channel(2 * WORKERS);
        let asks = Arc::new(tokio::sync::Mutex::new(asks));
        for _ in 0..COMMITTERS {
            let (pool, asks) = (pool.clone(), Arc::clone(&asks));
            tokio::spawn(async move {
                loop {
                    let mut batch = Vec::with_capacity(together);
                    if asks.lock().await.recv_many(&mut batch, together).await == 0 {
                        return;
                    }
                    let (moves, answers): (Vec<Move>, Vec<oneshot::Sender<()>>) = batch.into_iter().unzip();
                    match commit_all(&pool, &moves).await {
                        // Who no longer waits for the answer needs none.
                        Ok(()) => answers.into_iter().for_each(|answer| answer.send(()).unwrap_or_default()),
                        // Nobody is answered, so every task of the batch fails and is tried again.
                        Err(error) => eprintln!("apalis: {error}"),
                    }
                }
            });
        }
        Self::Together(asked)
    }

    /// Writes it. It is on disk when this returns.
    async fn write(&self, asked: Move) -> Result<(), Error> {
        match self {
            Self::Alone(pool) => {
                let mut tx = pool.begin().await?;
                let moved = enter(&mut *tx, asked.case, asked.state).await?;
                if let Some(task) = asked.next()?.filter(|_| moved) {
                    push_tasks(&mut *tx, QUEUE, vec![task]).await?;
                }
                Ok(tx.commit().await?)
            }
            Self::Together(committers) => {
                let (answer, answered) = oneshot::channel();
                committers.send((asked, answer)).await?;
                Ok(answered.await?)
            }
        }
    }
}

/// Many transitions and the tasks of those after them, by one transaction.
async fn commit_all(pool: &PgPool, moves: &[Move]) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    let mut tasks = Vec::with_capacity(moves.len());
    for state in 0..STATES.len() {
        let cases: Vec<i64> = moves.iter().filter(|asked| asked.state == state).map(|asked| asked.case).collect();
        if !cases.is_empty() {
            for case in enter_all(&mut tx, &cases, state).await? {
                tasks.extend(Move { case, state }.next()?);
            }
        }
    }
    if !tasks.is_empty() {
        push_tasks(&mut *tx, QUEUE, tasks).await?;
    }
    Ok(tx.commit().await?)
}

/// How many tasks are left.
#[derive(Clone, Debug)]
struct Left {
    tasks: Arc<AtomicI64>,
}

async fn handle(asked: Move, writer: Data<Writer>, left: Data<Left>, worker: WorkerContext) -> Result<(), BoxDynError> {
    writer.write(asked).await?;
    if left.tasks.fetch_sub(1, Ordering::Relaxed) == 1 {
        worker.stop()?;
    }
    Ok(())
}

async fn open(pool: &PgPool, plan: &Plan) -> Result<(), Error> {
    let next = Arc::new(AtomicI64::new(0));
    let mut loops = JoinSet::new();
    for _ in 0..COMMITTERS {
        let (pool, next, cases) = (pool.clone(), Arc::clone(&next), plan.cases);
        loops.spawn(async move {
            loop {
                let first = next.fetch_add(OPENED_AT_ONCE, Ordering::Relaxed);
                if first >= cases {
                    return Ok::<_, Error>(());
                }
                let moves: Vec<Move> =
                    (first..cases.min(first + OPENED_AT_ONCE)).map(|case| Move { case, state: 0 }).collect();
                commit_all(&pool, &moves).await?;
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
    let pool_of_queue = PgPoolOptions::new().max_connections(CONNECTIONS_OF_QUEUE).connect(&ground.url).await?;
    PostgresStorage::setup(&pool_of_queue).await?;
    let config = Config::default().queue(QUEUE).batch_size(plan.workers).lock_tasks(false);
    let storage = PostgresStorage::<Move>::new(&pool_of_queue).with_config(config).with_pubsub();
    let left = Left { tasks: Arc::new(AtomicI64::new(plan.cases * (STATES.len() as i64 - 1))) };
    let empty = ground.bytes().await?;
    let watch = Watch::start(ground.server().await?);
    open(&pool, plan).await?;
    let worker = WorkerBuilder::new("outreach")
        .backend(storage)
        .data(Writer::new(&pool, plan.together))
        .data(left)
        .concurrency(plan.workers)
        .parallelize(tokio::spawn)
        .build(handle);
    worker.run().await?;
    let took = watch.stop();
    pool.close().await;
    pool_of_queue.close().await;
    let mut database = PgConnection::connect(&ground.url).await?;
    let open = "SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&mut database).await?;
    if open > 0 {
        return Err(format!("the outcome is wrong, no figure: {open} tasks are not done").into());
    }
    database.close().await?;
    ground.look(plan.cases).await?;
    let bytes = ground.bytes().await? - empty;
    ground.drop().await?;
    Ok(Round { took, bytes })
}

async fn all() -> Result<String, Error> {
    let plan = Plan::read(WORKERS)?;
    let name = if plan.together == 1 { "apalis".to_owned() } else { format!("apalis, {} together", plan.together) };
    let mut rounds = Vec::new();
    for number in 1..=plan.rounds {
        eprintln!("round {number} of {}: {name}", plan.rounds);
        rounds.push(round(&plan).await?);
    }
    Ok(line(&name, locked(LOCK, "apalis-postgres"), "postgres", &plan, &rounds))
}

#[tokio::main]
async fn main() -> ExitCode {
    answered("apalis", all().await)
}
