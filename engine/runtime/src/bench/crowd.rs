//! A database with very many cases to read from: a copy of one that is there, and how long bare readings of it take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::{BenchError, Telling, percentile};
use crate::store::crowd::{Reading, multiply, read, words};
use crate::store::limit::LimitError;

/// How long the same thing took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 95 of 100 took no longer.
    pub p95_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Times {
    /// Of these.
    pub fn of(took: &[Duration]) -> Self {
        let mut ms: Vec<f64> = took.iter().map(|took| took.as_secs_f64() * 1e3).collect();
        Self { p50_ms: percentile(&mut ms, 50), p95_ms: percentile(&mut ms, 95), max_ms: percentile(&mut ms, 100) }
    }
}

/// Such a database.
pub struct Crowd {
    database: PathBuf,
    /// How many cases there are.
    pub cases: u32,
    /// A word that many of them have.
    pub common_word: String,
    /// A word that one has.
    pub rare_word: String,
}

impl Crowd {
    /// Copies the cases of a database, which must be nobody's but ours, until there are so many.
    ///
    /// # Errors
    /// The database holds no cases, or cannot be written.
    pub fn gather(database: &Path, cases: u32, telling: Telling<'_>) -> Result<Self, BenchError> {
        let there =
            multiply(database, cases, &|n| telling(&format!("{n} of {cases} cases"))).map_err(LimitError::from)?;
        if there == 0 {
            return Err(BenchError::Wrong("there are no cases that could be copied".into()));
        }
        let (common_word, rare_word) = words(database).map_err(LimitError::from)?;
        Ok(Self { database: database.to_owned(), cases: there, common_word, rare_word })
    }

    /// How long a bare reading takes, of so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn bare(&self, what: &Reading, times: u32) -> Result<Times, BenchError> {
        Ok(Times::of(&read(&self.database, what, times).map_err(LimitError::from)?))
    }
}
