//! The rows as they lie in the file, read by the bare driver: what the simulation judges by. It shares nothing with the
//! queries and types that it judges.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row};

use crate::simulation::rows::{CallRow, CaseRow, EntryRow, EventRow, HeldRow, MessageRow, Rows};

/// Looks at a database of the simulation.
pub(crate) struct Observer {
    connection: Connection,
    last_entry: i64,
}

impl Observer {
    pub(crate) fn open(database: &Path) -> Self {
        let connection = Connection::open(database).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        Self { connection, last_entry: 0 }
    }

    /// Makes the database as it was when only the workflow was in it.
    pub(crate) fn empty(&mut self) {
        self.connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").unwrap();
        let kept = "'schema_migrations', 'workflow_versions', 'activations'";
        let tables: Vec<String> = self.rows(
            &format!("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ({kept}) AND name NOT LIKE 'sqlite_%'"),
            |row| row.get(0),
        );
        for table in tables {
            self.connection.execute_batch(&format!("DELETE FROM {table}")).unwrap();
        }
        self.connection
            .execute_batch(&format!("DELETE FROM sqlite_sequence WHERE name NOT IN ({kept}); COMMIT"))
            .unwrap();
        self.last_entry = 0;
    }

    pub(crate) fn look(&mut self) -> Rows {
        let entries = self.rows(
            &format!("SELECT id, case_id, at, entry FROM history WHERE id > {} ORDER BY id", self.last_entry),
            |row| Ok((row.get(0)?, EntryRow { case: row.get(1)?, at: row.get(2)?, entry: row.get(3)? })),
        );
        self.last_entry = entries.last().map_or(self.last_entry, |(id, _): &(i64, _)| *id);
        Rows {
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            cases: self.rows(
                "SELECT id, case_key, version, state, visit, standing, wake_at, opened_at FROM cases ORDER BY id",
                |row| {
                    Ok(CaseRow {
                        id: row.get(0)?,
                        key: row.get(1)?,
                        version: row.get(2)?,
                        state: row.get(3)?,
                        visit: row.get(4)?,
                        standing: row.get(5)?,
                        wake_at: row.get(6)?,
                        opened_at: row.get(7)?,
                    })
                },
            ),
            events: self.rows(
                "SELECT id, case_id, source, source_id, at, body, disposition FROM events ORDER BY id",
                |row| {
                    Ok(EventRow {
                        id: row.get(0)?,
                        case: row.get(1)?,
                        source: row.get(2)?,
                        source_id: row.get(3)?,
                        at: row.get(4)?,
                        body: row.get(5)?,
                        disposition: row.get(6)?,
                    })
                },
            ),
            messages: self.messages(),
            calls: self.rows("SELECT id, case_id, to_address, status, not_before FROM call_tasks ORDER BY id", |row| {
                Ok(CallRow {
                    id: row.get(0)?,
                    case: row.get(1)?,
                    to: row.get(2)?,
                    status: row.get(3)?,
                    not_before: row.get(4)?,
                })
            }),
            held: self.rows("SELECT task_id, submit_at, refused FROM held_answers ORDER BY task_id", |row| {
                Ok(HeldRow { task: row.get(0)?, submit_at: row.get(1)?, refused: row.get(2)? })
            }),
        }
    }

    pub(crate) fn messages(&self) -> Vec<MessageRow> {
        self.rows(
            "SELECT id, case_id, template, to_address, status, not_before, next_attempt_at, lease_until, withdraw \
             FROM notifications ORDER BY id",
            |row| {
                Ok(MessageRow {
                    id: row.get(0)?,
                    case: row.get(1)?,
                    template: row.get(2)?,
                    to: row.get(3)?,
                    status: row.get(4)?,
                    not_before: row.get(5)?,
                    next_attempt_at: row.get(6)?,
                    lease_until: row.get(7)?,
                    withdraw: row.get(8)?,
                })
            },
        )
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    }

    /// Does what a broken engine might do; says whether there was anything to do it to.
    pub(crate) fn sabotage(&self, how: Sabotage) -> bool {
        self.connection.execute(how.sql(), []).unwrap() > 0
    }
}

/// What a broken engine might do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    LosesAnEvent,
    LosesAMessage,
    SendsAgain,
    SleepsForEver,
    WakesTooLate,
    GoesElsewhere,
    ForgetsWhatItDid,
    WithdrawsWhatLeft,
    TakesAStatusBack,
    CallsAtNight,
    WritesToTheDeceased,
    AnswersTwice,
}

impl Sabotage {
    pub(crate) const ALL: [Self; 12] = [
        Self::LosesAnEvent,
        Self::LosesAMessage,
        Self::SendsAgain,
        Self::SleepsForEver,
        Self::WakesTooLate,
        Self::GoesElsewhere,
        Self::ForgetsWhatItDid,
        Self::WithdrawsWhatLeft,
        Self::TakesAStatusBack,
        Self::CallsAtNight,
        Self::WritesToTheDeceased,
        Self::AnswersTwice,
    ];

    fn sql(self) -> &'static str {
        match self {
            Self::LosesAnEvent => {
                "DELETE FROM events WHERE id = (SELECT min(id) FROM events WHERE disposition IS NULL)"
            }
            Self::LosesAMessage => {
                "UPDATE notifications SET status = 'withdrawn', next_attempt_at = NULL WHERE id = \
                 (SELECT min(id) FROM notifications WHERE status = 'queued')"
            }
            Self::SendsAgain => {
                "UPDATE notifications SET status = 'queued', next_attempt_at = 0 WHERE id = \
                 (SELECT min(id) FROM notifications WHERE status = 'accepted')"
            }
            Self::SleepsForEver => {
                "UPDATE cases SET wake_at = NULL WHERE id = (SELECT min(id) FROM cases WHERE standing = 'open')"
            }
            Self::WakesTooLate => {
                "UPDATE cases SET wake_at = wake_at + 60000 WHERE id = (SELECT max(id) FROM cases WHERE standing = 'open')"
            }
            Self::GoesElsewhere => {
                "UPDATE cases SET state = 'escalated', version = version + 1 WHERE id = \
                 (SELECT min(id) FROM cases WHERE state = 'calling')"
            }
            Self::ForgetsWhatItDid => {
                "UPDATE cases SET version = version - 1, visit = visit - 1 WHERE id = \
                 (SELECT min(id) FROM cases WHERE visit > 1)"
            }
            Self::WithdrawsWhatLeft => {
                "UPDATE notifications SET status = 'withdrawn' WHERE id = \
                 (SELECT min(id) FROM notifications WHERE status IN ('accepted', 'sent', 'delivered'))"
            }
            Self::TakesAStatusBack => {
                "UPDATE notifications SET status = 'accepted' WHERE id = \
                 (SELECT min(id) FROM notifications WHERE status IN ('sent', 'delivered', 'undelivered'))"
            }
            Self::CallsAtNight => {
                "UPDATE call_tasks SET not_before = not_before - 43200000 WHERE id = \
                 (SELECT min(id) FROM call_tasks WHERE status = 'open')"
            }
            Self::WritesToTheDeceased => {
                "UPDATE notifications SET to_address = '+97338000001' WHERE id = \
                 (SELECT min(id) FROM notifications WHERE status = 'queued')"
            }
            Self::AnswersTwice => {
                "UPDATE call_tasks SET status = 'open' WHERE id = \
                 (SELECT min(id) FROM call_tasks WHERE status = 'answered')"
            }
        }
    }
}
