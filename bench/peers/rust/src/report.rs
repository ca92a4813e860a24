//! What is asked of a peer on the command line, and the line of JSON that it answers with.
//!
//! Shared with the folder `duroxide`.

use std::process::ExitCode;

use super::machine::Took;

/// Transitions of a case.
pub const TRANSITIONS: u64 = 5;

/// What to play.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The address of a database, or the folder in which one is made.
    pub database: String,
    pub cases: i64,
    pub rounds: usize,
    /// How many cases are under way at the same time.
    pub workers: usize,
    /// How many transitions may share a transaction, where the peer leaves that to its user.
    pub together: usize,
}

impl Plan {
    /// From `--database`, `--cases`, `--rounds`, `--workers` and `--together`.
    ///
    /// # Errors
    /// What is wrong with the command line, in words.
    pub fn read(workers: usize) -> Result<Self, String> {
        let mut plan = Self { database: String::new(), cases: 10_000, rounds: 3, workers, together: 1 };
        let mut words = std::env::args().skip(1);
        while let Some(name) = words.next() {
            let value = words.next().ok_or(format!("{name} wants a value"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{name} wants a number, not `{value}`"));
            match name.as_str() {
                "--database" => plan.database = value,
                "--cases" => plan.cases = i64::try_from(number()?).map_err(|error| error.to_string())?,
                "--rounds" => plan.rounds = number()?,
                "--workers" => plan.workers = number()?,
                "--together" => plan.together = number()?,
                _ => return Err(format!("nobody knows {name}")),
            }
        }
        if plan.database.is_empty() || [plan.rounds, plan.workers, plan.together].contains(&0) || plan.cases == 0 {
            return Err("say --database, and for the others no nought".to_owned());
        }
        Ok(plan)
    }

    pub fn transitions(&self) -> u64 {
        TRANSITIONS * self.cases.unsigned_abs()
    }
}

/// What was seen in one round.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub took: Took,
    /// By which the database has grown.
    pub bytes: i64,
}

/// The line for programs, with the medians of all rounds.
pub fn line(peer: &str, version: &str, store: &str, plan: &Plan, rounds: &[Round]) -> String {
    let transitions = plan.transitions() as f64;
    let rate = median(rounds.iter().map(|round| transitions / round.took.wall_s).collect());
    let cpu: Option<Vec<f64>> = rounds.iter().map(|round| Some(round.took.cpu_s? * 1e6 / transitions)).collect();
    let bytes = median(rounds.iter().map(|round| round.bytes as f64 / plan.cases as f64).collect());
    serde_json::json!({
        "peer": peer,
        "version": version,
        "store": store,
        "cases": plan.cases,
        "transitions": plan.transitions(),
        "per_s": rate.round(),
        "cpu_us": cpu.map(|cpu| (median(cpu) * 10.0).round() / 10.0),
        "bytes_per_case": bytes.round(),
        "rounds": plan.rounds,
    })
    .to_string()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// The version of a crate in a lock file, so that what is said is what was built.
pub fn locked(lock: &'static str, name: &str) -> &'static str {
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
    entry.and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next()).unwrap_or("unknown")
}

/// Prints the line, or why there is none.
pub fn answered(peer: &str, line: Result<String, impl std::fmt::Display>) -> ExitCode {
    match line {
        Ok(line) => println!("{line}"),
        Err(error) => {
            eprintln!("{peer}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
