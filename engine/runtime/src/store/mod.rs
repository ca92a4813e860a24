//! What Wasl remembers: cases, events, messages, call tasks, detections. All SQL of the product is here.
//!
//! One [`Store`], one file per resource. Values of the core go in and come out; no type of sea-orm
//! leaves this module. It decides nothing: what a case does next is the step's, what is sent when is
//! the scheduler's and the dispatcher's.
//!
//! Writes go through one connection, each in an `IMMEDIATE` transaction (a deferred one that reads
//! first and then writes fails at once when another process has committed meanwhile); reads go
//! through a pool that cannot write. `synchronous = FULL`, because a sent message whose record is
//! lost would be sent again.

mod affected;
mod api_keys;
mod audit;
mod batch;
mod cases;
mod commit;
mod connect;
mod deceased;
mod detection;
mod document;
mod error;
mod events;
mod facts;
mod held_answers;
mod inbound;
pub mod limit;
mod messages;
mod migrate;
mod outbox;
mod receipts;
mod search;
mod sending;
mod sessions;
mod settings;
mod summary;
mod suppressions;
mod tables;
mod tasks;
mod users;
mod versions;

#[cfg(test)]
mod conformance;

use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};

pub use api_keys::{ApiKey, NewApiKey};
pub use audit::{AuditEntry, AuditFilter, NewAudit};
pub use cases::{CaseFilter, Claim};
pub use commit::{Move, Moved};
pub use deceased::Deceased;
pub use detection::{DetectionRun, RecordMark, Rejected};
pub use error::{StoreError, Trouble};
pub use events::{NewEvent, Recorded, StoredEvent};
pub use facts::{KnownContacts, OPTED_OUT, People};
pub use held_answers::HeldAnswer;
pub(crate) use inbound::reply;
pub use inbound::{InboundFilter, InboundTaken, NewInbound, SpokenTo, StoredInbound};
pub use messages::{Attempt, MessageFilter, MessageStatus, StoredMessage};
pub use migrate::MigrationStatus;
pub use outbox::{ChannelCount, GatewayNote, Hold, Scope};
pub use receipts::{NewReceipt, ReceiptTaken, StoredReceipt};
pub use sending::alike::Alike;
pub use sending::claim::MessageClaim;
pub use sending::{Claimed, Settled, Settlement};
pub use sessions::{NewSession, StoredSession};
pub use summary::{StateCount, WaitingCount};
pub use suppressions::{Suppression, SuppressionChange};
pub use tasks::work::{Claiming, Wanted};
pub use tasks::{StoredTask, TaskFilter, TaskStatus};
pub use users::{NewUser, User};
pub use versions::{Activation, Version, VersionSummary};

use error::{During, Trouble as Kind};

/// How often a transaction is begun while another process keeps the write lock; each waits
/// [`connect::BUSY_TIMEOUT`] by itself.
const BEGIN_ATTEMPTS_MAX: u32 = 4;

/// The database, shared by all parts of the process. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl Store {
    /// Opens the database of a URL such as `sqlite:data/wasl.sqlite`, creating file and folder where
    /// there are none. Does not migrate: see [`Store::migrate`].
    ///
    /// # Errors
    /// The URL is not known, or the file cannot be opened.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (writer, reader) = connect::open(url).await?;
        Ok(Self { writer, reader })
    }

    /// Closes every connection; the write-ahead log is folded into the file by the last process.
    ///
    /// # Errors
    /// The database failed while closing.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.reader.clone().close().await.during("close the database")?;
        self.writer.clone().close().await.during("close the database")
    }

    /// Begins a transaction that may write. Dropping it undoes everything.
    async fn begin(&self, operation: &'static str) -> Result<DatabaseTransaction, StoreError> {
        let mut attempt = 1;
        loop {
            let begun = self.writer.begin_with_options(immediate()).await;
            match begun {
                Err(error) if attempt < BEGIN_ATTEMPTS_MAX && Kind::of(&error) == Kind::Busy => attempt += 1,
                other => return other.during(operation),
            }
        }
    }
}

fn immediate() -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
}
