//! More at once than can be done at once: everything due at the same instant, events faster than they are taken, a feed of
//! very many rows. What counts is that people's work goes on meanwhile, that nothing is lost, and that memory does not grow.

mod events;
mod feed;
mod flood;

use std::sync::Arc;

use serde::Serialize;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::ground::Ground;
use super::house;
use super::{BenchError, Plan, Telling};
use crate::engine::{Engine, Running};

use events::Told;
use feed::Fed;
use flood::Flood;

/// What is asked of it besides the cases that are due.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Events that other systems send in a second.
    pub events_per_s: u32,
    /// For so many seconds.
    pub seconds: u32,
    /// Rows of the feed.
    pub rows: u32,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Overload {
    /// Cases that fell due at the same instant.
    pub flood: Flood,
    /// Events of other systems.
    pub events: Told,
    /// A long feed.
    pub feed: Fed,
}

impl Overload {
    /// Plays it.
    ///
    /// # Errors
    /// The database failed, or something was lost or done twice.
    pub async fn play(plan: &Plan, load: Load, telling: Telling<'_>) -> Result<Self, BenchError> {
        let flood = Flood::play(plan, telling).await?;
        let events = Told::play(plan, load, telling).await?;
        let feed = Fed::play(plan, load, telling).await?;
        Ok(Self { flood, events, feed })
    }
}

/// The daemon's loops on an engine, until they are stopped.
struct Daemon {
    stop: CancellationToken,
    loops: JoinHandle<()>,
}

impl Daemon {
    fn start(engine: &Arc<Engine>, ground: &Ground) -> Result<Self, BenchError> {
        let (stop, environment) = (CancellationToken::new(), house::environment()?);
        let environment = Box::new(move || Ok(environment.clone()));
        let running = Running { workflows: ground.workflows(), environment, poster: None, begun: None };
        let loops = tokio::spawn(Arc::clone(engine).run(running, stop.clone()));
        Ok(Self { stop, loops })
    }

    async fn stop(self) {
        self.stop.cancel();
        // What the loops have to say is in the log.
        self.loops.await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A benchmark that lost something, or did it twice, would fail by itself.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_comes_all_at_once_waits_its_turn_and_nothing_of_it_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let plan = Plan { cases: 20_000, rounds: 1, folder: dir.path().to_owned(), server: None, nodes: 1 };
        let load = Load { events_per_s: 500, seconds: 2, rows: 2_000 };
        let Overload { flood, events, feed } = Overload::play(&plan, load, &|_| ()).await.unwrap();
        assert!(flood.commands > 0, "nobody worked while cases were moved");
        assert_eq!((flood.cases, events.events, feed.rows), (20_000, 1_000, 2_000));
        assert!(feed.rows_before_the_stop < feed.rows && feed.progress_told > 1, "{feed:?}");
    }
}
