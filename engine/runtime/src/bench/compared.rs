//! The figures that every benchmark has: how fast the engine is and what that costs, beside its limit in the same run.

use serde::Serialize;

use super::ground::Conditions;
use super::machine::Took;
use super::median;

/// The engine beside its limit. What is counted is what the benchmark does: a transition, or an event with its move.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Compared {
    /// How often limit and engine took turns; each figure is the median.
    pub rounds: usize,
    /// How many the engine does in a second.
    pub engine_per_s: f64,
    /// How many the limit does in a second.
    pub limit_per_s: f64,
    /// CPU time of one by the engine, in microseconds: of this process and of the server.
    pub engine_cpu_us: f64,
    /// CPU time of one by the limit, in microseconds.
    pub limit_cpu_us: f64,
    /// How much of the limit's rate the engine reaches.
    pub rate_ratio: f64,
    /// How much of the engine's CPU time the limit needs: 1 would be an engine that costs nothing.
    pub cpu_ratio: f64,
    /// Whether the CPU times are those of everything that worked: a server on another machine cannot be looked into.
    pub all_cpu_counted: bool,
    /// Whether what was committed was on disk; absent where nothing is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durable: Option<bool>,
}

/// What engine and limit took in each round.
#[derive(Default)]
pub(super) struct Turns {
    pub(super) engine: Vec<Took>,
    pub(super) limit: Vec<Took>,
}

impl Turns {
    /// Of so many things done in each round, in a database or without one.
    pub(super) fn compared(&self, count: u64, conditions: Option<Conditions>) -> Compared {
        let of = |turns: &[Took], figure: &dyn Fn(Took) -> f64| median(turns.iter().copied().map(figure).collect());
        let (rate, cpu) = (|took: Took| took.per_second(count), |took: Took| took.cpu_us_each(count));
        let (engine_per_s, limit_per_s) = (of(&self.engine, &rate), of(&self.limit, &rate));
        let (engine_cpu_us, limit_cpu_us) = (of(&self.engine, &cpu), of(&self.limit, &cpu));
        Compared {
            rounds: self.engine.len(),
            engine_per_s,
            limit_per_s,
            engine_cpu_us,
            limit_cpu_us,
            rate_ratio: engine_per_s / limit_per_s,
            cpu_ratio: limit_cpu_us / engine_cpu_us,
            all_cpu_counted: conditions.is_none_or(|conditions| conditions.all_cpu_counted),
            durable: conditions.map(|conditions| conditions.durable),
        }
    }
}
