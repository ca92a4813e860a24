//! What Wasl remembers: cases, events, messages, call tasks, detections. All SQL of the product is here.
//!
//! One [`Store`], one file per resource. Values of the core go in and come out; no type of sea-orm
//! leaves this module. It decides nothing: what a case does next is the step's, what is sent when is
//! the scheduler's and the dispatcher's.
//!
//! It is kept in `SQLite` or in `PostgreSQL`, by one set of queries and under one set of rules
//! (`conformance`); what they do differently stands in [`dialect`]. On `SQLite` writes go through one
//! connection, each in an `IMMEDIATE` transaction (a deferred one that reads first and then writes
//! fails at once when another process has committed meanwhile), except that what is written often (moves, events, the trace of acts,
//! receipts, claims and what came of them) is written by the bare driver, in groups, while nobody else has that connection
//! ([`commit::Writer`]); on `PostgreSQL` one that writes takes
//! a lock for it. Reads go through a pool that cannot write. What is committed is on disk
//! (`synchronous = FULL`, `synchronous_commit = on`), because a sent message whose record is lost
//! would be sent again.

mod affected;
mod api_keys;
mod audit;
mod bare;
mod batch;
mod cases;
mod change;
mod commit;
mod connect;
mod counted;
pub(crate) mod crowd;
mod deceased;
mod detection;
mod dialect;
mod document;
mod drafts;
mod erase;
mod error;
mod events;
mod facts;
mod finding;
mod gate;
mod held_answers;
mod histories;
mod inbound;
mod leases;
pub mod limit;
mod log;
mod loose;
mod messages;
mod migrate;
mod outbox;
mod personal;
mod queues;
mod reading;
mod receipts;
mod rejected;
mod report;
mod retention;
pub(crate) mod scratch;
mod search;
mod sending;
mod server;
mod sessions;
mod settings;
mod signals;
mod sound;
mod summary;
mod suppressions;
mod tables;
mod tasks;
mod transaction;
mod tx;
mod unreadable;
mod url;
mod users;
mod versions;
mod views;
mod webhooks;

#[cfg(test)]
pub(crate) mod conformance;
#[cfg(test)]
pub(crate) mod observed;

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr, TransactionTrait};
use wasl_core::retention::Pseudonyms;

pub use api_keys::{ApiKey, NewApiKey};
pub use audit::{AuditEntry, AuditFilter, AuditProof, NewAudit};
pub use cases::{Claim, Due, DuePlace};
pub use commit::{Foreseen, Move, Moved, Telling};
pub use deceased::Deceased;
pub use detection::{DetectionRun, RecordMark};
pub use drafts::{Draft, DraftAct, DraftChange, DraftStatus, DraftSummary};
pub use error::{StoreError, Trouble};
pub use events::{NewEvent, Recorded, StoredEvent};
pub use facts::{Circle, KnownContacts, OPTED_OUT, People};
pub use finding::CaseFilter;
#[cfg(test)]
pub(crate) use gate::Operation;
pub use held_answers::HeldAnswer;
pub use histories::OldHistories;
pub(crate) use inbound::reply;
pub use inbound::{InboundFilter, InboundTaken, NewInbound, SpokenTo, StoredInbound};
pub use log::Folded;
pub use messages::{Attempt, MessageFilter, MessageStatus, StoredMessage};
pub use migrate::MigrationStatus;
pub use outbox::{ChannelCount, GatewayNote, Hold, Scope};
pub use queues::QueueLoad;
pub use receipts::{NewReceipt, ReceiptTaken, StoredReceipt};
pub use rejected::{Correction, Given, Rejected};
pub use report::counting::Counting;
pub use report::{ReportProgress, WorkPast};
pub use retention::{DueCase, DueCount, ERASING};
pub use sending::alike::Alike;
pub use sending::claim::MessageClaim;
pub use sending::{Claimed, Settled, Settlement};
pub use sessions::{NewSession, StoredSession};
pub use signals::Signals;
pub use summary::{StateCount, WaitingCount};
pub use suppressions::{Suppression, SuppressionChange};
pub use tasks::work::{Claiming, Wanted, Workable};
pub use tasks::{StoredTask, TaskFilter, TaskStatus};
pub use url::DatabaseUrl;
pub use users::{Identity, NewUser, User};
pub use versions::{Activation, Version, VersionSummary};
pub use views::{NewView, VIEWS_MAX, View};
pub use webhooks::{AfterPost, Delivery, NewWebhook, PostAttempt, Webhook};

use bare::Bare;
use dialect::{Beside, Dialect};
use error::During;
pub(crate) use gate::Gate;
use gate::Reader;
use tx::Tx;

/// How often a transaction is done over that lost against others; each deadlock costs them a second.
const OVERTAKEN_MAX: u32 = 5;

/// How often a transaction is begun while another process keeps the write lock; each waits five
/// seconds by itself (`busy_timeout`, `lock_timeout`).
const BEGIN_ATTEMPTS_MAX: u32 = 4;

/// The database, shared by all parts of the process. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: Reader,
    dialect: Dialect,
    counts: Arc<counted::Counts>,
    /// Who writes batches of moves, where the database is part of this process.
    row_writer: Option<Arc<commit::Writer>>,
    /// The write-ahead log, there.
    log: Option<Arc<log::Log>>,
    /// Who is told of cases, for those.
    listening: Arc<webhooks::Listening>,
    /// The blocks of histories.
    room: Arc<histories::Room>,
    gate: Option<Arc<dyn Gate>>,
    /// What stands for identities that are erased.
    pseudonyms: Option<Arc<Pseudonyms>>,
}

impl Store {
    /// Opens the database of an address such as `sqlite:data/wasl.sqlite`, creating file and folder
    /// where there are none, or `postgres://wasl@host/wasl`. Does not migrate: see [`Store::migrate`].
    ///
    /// # Errors
    /// The address is not known, the file cannot be opened or the write-ahead log beside it is another's, or the server cannot be
    /// reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_at(&url.into()).await
    }

    /// The same, of an address that hides its password.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_at(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let (writer, reader) = connect::open(url).await?;
        let dialect = Dialect::of(&writer);
        let (mut row_writer, mut bare, mut log) = (None, None, None);
        if dialect == Dialect::Sqlite {
            let (turns, file) = (writer.get_sqlite_connection_pool().clone(), connect::file(&writer));
            bare = Some(Bare::new(file.clone(), connect::bare_reader));
            let folded = Arc::new(log::Log::of(&file, Bare::new(file.clone(), connect::bare_folder)));
            let own = Bare::new(file, connect::bare_writer);
            row_writer = Some(commit::Writer::new(turns, own, Arc::clone(&folded)));
            log = Some(folded);
        }
        let reader = Reader::new(reader, bare);
        let (counts, listening, room) = (Arc::default(), Arc::default(), Arc::default());
        Ok(Self { writer, reader, dialect, counts, row_writer, log, listening, room, gate: None, pseudonyms: None })
    }

    /// The same database, in which what was erased is known again by its pseudonyms.
    #[must_use]
    pub fn knowing(self, pseudonyms: Option<Pseudonyms>) -> Self {
        Self { pseudonyms: pseudonyms.map(Arc::new), ..self }
    }

    /// The same database behind a gate.
    #[cfg(test)]
    pub(crate) fn behind(&self, gate: &Arc<dyn Gate>) -> Self {
        Self { reader: self.reader.behind(Arc::clone(gate)), gate: Some(Arc::clone(gate)), ..self.clone() }
    }

    /// Whether several processes may work on the database at the same time.
    pub fn is_shared(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Closes every connection; the write-ahead log is folded into the file by the last process.
    ///
    /// # Errors
    /// The database failed while closing.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.reader.close().await?;
        if let Some(log) = &self.log {
            log.close().await?;
        }
        self.writer.clone().close().await.during("close the database")?;
        match &self.row_writer {
            Some(row_writer) => row_writer.close().await,
            None => Ok(()),
        }
    }

    /// Begins a transaction that may write, and that no other writes beside. Dropping it undoes everything.
    async fn begin(&self, operation: &'static str) -> Result<Tx, StoreError> {
        self.begin_as(Beside::Nobody, operation).await
    }

    /// Begins a transaction that writes only what belongs to cases that it holds ([`cases::hold`]), or
    /// what the database itself keeps apart: a server lets others of its kind write beside it.
    async fn begin_beside(&self, operation: &'static str) -> Result<Tx, StoreError> {
        self.begin_as(Beside::Others, operation).await
    }

    async fn begin_as(&self, beside: Beside, operation: &'static str) -> Result<Tx, StoreError> {
        if let Some(log) = &self.log {
            log.may_be_written().map_err(|failure| failure.during(operation))?;
        }
        let mut attempt = 1;
        loop {
            let begun = self.try_begin(beside).await;
            match begun {
                Err(error) if attempt < BEGIN_ATTEMPTS_MAX && Trouble::of(&error) == Trouble::Busy => attempt += 1,
                other => return other.during(operation),
            }
        }
    }

    async fn try_begin(&self, beside: Beside) -> Result<Tx, DbErr> {
        if let Some(gate) = &self.gate {
            gate::pass(gate.as_ref(), gate::Operation::Write).await?;
        }
        let tx = match self.dialect {
            Dialect::Sqlite => Tx::File(self.writer.begin_with_options(dialect::writing()).await?),
            Dialect::Postgres => server::begin(self.writer.get_postgres_connection_pool()).await.map(Tx::Server)?,
        };
        self.dialect.keep_apart(&tx, beside).await?;
        Ok(tx)
    }
}

/// Counts how often a transaction lost against others, which leaves nothing of it written.
#[derive(Debug, Default)]
struct Lost(u32);

impl Lost {
    /// Whether it is to be done over.
    fn again<T>(&mut self, result: &Result<T, StoreError>) -> bool {
        self.0 += 1;
        self.0 < OVERTAKEN_MAX && result.as_ref().is_err_and(StoreError::was_overtaken)
    }
}
