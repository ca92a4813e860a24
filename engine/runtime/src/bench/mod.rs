//! What the engine does on this machine, each figure beside a limit that was measured in the same run.
//!
//! The limit is a minimal program that makes the same row changes in a database of the same kind with the
//! same durability ([`crate::store::limit`]). On a machine that others use too, the ratio of CPU times is
//! the figure that counts.

mod compared;
mod crowd;
pub(crate) mod ground;
pub(crate) mod house;
mod latency;
mod machine;
mod memory;
mod needle;
mod outreach;
mod overload;
mod step;

use std::path::PathBuf;

use crate::engine::EngineError;
use crate::store::{DatabaseUrl, StoreError};

pub use compared::Compared;
pub use crowd::{Crowd, Times};
pub use ground::Folder;
#[cfg(test)]
pub(crate) use ground::Ground;
#[cfg(test)]
pub(crate) use house::House;
pub use latency::Latency;
pub use machine::Machine;
pub use memory::Memory;
pub use needle::Needle;
pub use outreach::Outreach;
pub use overload::{Load, Overload};
pub use step::Steps;

pub use crate::store::crowd::Reading;

/// What to measure with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many cases.
    pub cases: u32,
    /// How often limit and engine take turns.
    pub rounds: u32,
    /// Where files are made, and removed again: the databases, unless a server keeps them.
    pub folder: PathBuf,
    /// The server on which each database is a schema, made and dropped again.
    pub server: Option<DatabaseUrl>,
    /// How many nodes share the work, beside one that does it alone.
    pub nodes: u32,
}

/// Says how far a benchmark is.
pub type Telling<'a> = &'a (dyn Fn(&str) + Sync);

/// Why a benchmark could not be played.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The limit's own program failed.
    #[error("the limit's program failed: {0}")]
    Limit(#[from] crate::store::limit::LimitError),
    /// A folder cannot be made or read.
    #[error("cannot use `{path}`")]
    Folder {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What the benchmark plays did not go as it must.
    #[error("the benchmark did not do its work: {0}")]
    Wrong(String),
}

/// Several figures of the same thing: the one in the middle counts.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The figure below which so many per cent of them lie.
fn percentile(figures: &mut [f64], percent: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    let rank = (figures.len() * percent).div_ceil(100).saturating_sub(1);
    figures.get(rank).copied().unwrap_or_default()
}
