//! The limit that benchmarks are held to: a minimal program on the bare driver that makes the same row
//! changes as the engine, in the same tables, with the same durability and as many cases to a transaction.
//! It knows the rows beforehand: what they are was recorded from one case that the engine moved.
//!
//! Each database is written in the way that is quickest there.

mod postgres;
mod sqlite;

use std::ops::Range;
use std::time::Duration;

use rusqlite::Connection;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::postgres::PgConnection;

use super::url::DatabaseUrl;

/// The limit's program failed.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// `SQLite` did.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// `PostgreSQL` did.
    #[error(transparent)]
    Postgres(#[from] sea_orm::sqlx::Error),
    /// The rows are not as they must be.
    #[error("{0}")]
    Wrong(String),
}

/// What a move may change of a case, as in [`super::commit`].
const CHANGING: [&str; 12] = [
    "workflow_hash",
    "state",
    "visit",
    "standing",
    "standing_detail",
    "outcome",
    "closed_at",
    "data",
    "progress",
    "wake_at",
    "state_since",
    "version",
];

/// Where the numbers of sleeping cases begin, far above those that the engine gives.
const SLEEPING_FROM: i64 = 1_000_000_000;
/// When they wake: in the year 2255.
const SLEEPING_UNTIL: i64 = 9_000_000_000_000;

/// What belongs to a case and is added to by its transitions, beside the row of the case.
const ADDED: [&str; 4] = ["history", "notifications", "case_words", "events"];
/// The tables of [`ADDED`] whose rows the database numbers itself.
const NUMBERED: [&str; 2] = ["history", "events"];

/// A connection of the bare driver that does nothing: what a program needs at the least to talk to a database.
pub(crate) enum Bare {
    /// To a file.
    Sqlite(Connection),
    /// To a server.
    Postgres(PgConnection),
}

impl Bare {
    /// Connects as the limit does.
    pub(crate) async fn connect(database: &DatabaseUrl) -> Result<Self, LimitError> {
        Ok(match database.file() {
            Some(file) => Self::Sqlite(sqlite::connect(&file)?),
            None => Self::Postgres(postgres::connect(database).await?),
        })
    }

    /// Lets it go.
    pub(crate) async fn close(self) -> Result<(), LimitError> {
        match self {
            Self::Sqlite(db) => Ok(db.close().map_err(|(_, error)| error)?),
            Self::Postgres(db) => Ok(db.close().await?),
        }
    }
}

/// The rows of the case with number 1, transition by transition.
pub struct Recording(Recorded);

enum Recorded {
    Sqlite(Box<sqlite::Recording>),
    Postgres(postgres::Recording),
}

impl Recording {
    /// Begins with the case as it was opened.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn begin(database: &DatabaseUrl) -> Result<Self, LimitError> {
        Ok(Self(match database.file() {
            Some(file) => Recorded::Sqlite(Box::new(sqlite::Recording::begin(&file)?)),
            None => Recorded::Postgres(postgres::Recording::begin(database).await?),
        }))
    }

    /// Notes what has become of it since.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn transition(&mut self) -> Result<(), LimitError> {
        match &mut self.0 {
            Recorded::Sqlite(recording) => Ok(recording.transition()?),
            Recorded::Postgres(recording) => recording.transition().await,
        }
    }
}

/// A database to play a recording in.
pub struct Limit<'r>(Played<'r>);

enum Played<'r> {
    Sqlite(sqlite::Limit<'r>),
    Postgres(postgres::Limit<'r>),
}

impl<'r> Limit<'r> {
    /// On a new database, which gets what cases refer to. A file gets its tables as well; on a server they are there.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn new(database: &DatabaseUrl, recording: &'r Recording) -> Result<Self, LimitError> {
        Ok(Self(match (&recording.0, database.file()) {
            (Recorded::Sqlite(recording), Some(file)) => Played::Sqlite(sqlite::Limit::new(&file, recording)?),
            (Recorded::Postgres(recording), None) => Played::Postgres(postgres::Limit::new(database, recording).await?),
            _ => return Err(elsewhere()),
        }))
    }

    /// A second connection to a database that is there.
    ///
    /// # Errors
    /// The database cannot be opened.
    pub async fn beside(database: &DatabaseUrl, recording: &'r Recording) -> Result<Self, LimitError> {
        Ok(Self(match (&recording.0, database.file()) {
            (Recorded::Sqlite(recording), Some(file)) => Played::Sqlite(sqlite::Limit::beside(&file, recording)?),
            (Recorded::Postgres(recording), None) => {
                Played::Postgres(postgres::Limit::beside(database, recording).await?)
            }
            _ => return Err(elsewhere()),
        }))
    }

    /// How many transitions were recorded after the opening.
    pub fn transitions(&self) -> usize {
        match &self.0 {
            Played::Sqlite(limit) => limit.transitions(),
            Played::Postgres(limit) => limit.transitions(),
        }
    }

    /// Opens the cases of these numbers.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn open(&mut self, cases: Range<i64>, batch: u32) -> Result<(), LimitError> {
        match &mut self.0 {
            Played::Sqlite(limit) => Ok(limit.open(cases, batch)?),
            Played::Postgres(limit) => limit.open(cases, batch).await,
        }
    }

    /// Takes every one of these cases through a transition; how long each transaction took.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn play(
        &mut self,
        transition: usize,
        cases: Range<i64>,
        batch: u32,
    ) -> Result<Vec<Duration>, LimitError> {
        match &mut self.0 {
            Played::Sqlite(limit) => Ok(limit.play(transition, cases, batch)?),
            Played::Postgres(limit) => limit.play(transition, cases, batch).await,
        }
    }

    /// Lays down cases that sleep for centuries.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn lay_sleeping(&mut self, cases: u32, batch: u32) -> Result<(), LimitError> {
        match &mut self.0 {
            Played::Sqlite(limit) => Ok(limit.lay_sleeping(cases, batch)?),
            Played::Postgres(limit) => limit.lay_sleeping(cases, batch).await,
        }
    }

    /// Folds the log into a file, as the store does when it closes.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn close(self) -> Result<(), LimitError> {
        match self.0 {
            Played::Sqlite(limit) => Ok(limit.close()?),
            Played::Postgres(limit) => limit.close().await,
        }
    }
}

/// A word by which another case is found than the first: of a number the last digits are its own. Names are those of many.
fn word_of(word: &str, case: i64) -> String {
    const OWN: usize = 6;
    let without_digits = word.trim_end_matches(|sign: char| sign.is_ascii_digit()).len();
    let shared = word.len() - (word.len() - without_digits).min(OWN);
    let number = format!("{case:0OWN$}");
    let own = number.get(number.len() - (word.len() - shared)..).unwrap_or_default();
    format!("{}{own}", &word[..shared])
}

fn elsewhere() -> LimitError {
    LimitError::Wrong("what was recorded in one database cannot be played in another".to_owned())
}
