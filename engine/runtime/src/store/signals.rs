//! Signals to other processes: whoever makes something due tells those who wait for work, so that they need not look to know.
//!
//! `PostgreSQL` alone passes it on (`NOTIFY`), at the commit and once for each transaction. Who hears nothing looks by itself
//! after a tick all the same: a signal that is lost costs a moment and no more.

use sea_orm::ConnectionTrait;
use sea_orm::sqlx::postgres::PgListener;

use super::Store;
use super::dialect::Dialect;
use super::error::{During, StoreError, during};
use super::tx::Tx;

const CHANNEL: &str = "wasl";

/// A signal carries its sender's name, which every session has; the process itself knows already what it did.
const SIGNAL: &str = "SELECT pg_notify('wasl', current_setting('application_name'))";

/// Tells the others, when this transaction is committed, that something is due.
pub(super) async fn signal_others(tx: &Tx) -> Result<(), StoreError> {
    if Dialect::of(tx) == Dialect::Postgres {
        tx.execute_unprepared(SIGNAL).await.during("signal other processes")?;
    }
    Ok(())
}

/// What other processes signal.
#[derive(Debug)]
pub struct Signals {
    listener: PgListener,
    own_name: String,
}

impl Store {
    /// Begins to listen to other processes on the same database; `None` where nobody is to be heard.
    ///
    /// # Errors
    /// The database failed.
    pub async fn listen(&self) -> Result<Option<Signals>, StoreError> {
        const OPERATION: &str = "listen to other processes";
        if self.dialect != Dialect::Postgres {
            return Ok(None);
        }
        let pool = self.reader.connection().get_postgres_connection_pool();
        let mut listener = during(PgListener::connect_with(pool).await, OPERATION)?;
        during(listener.listen(CHANNEL).await, OPERATION)?;
        Ok(Some(Signals { listener, own_name: super::connect::session_name().to_owned() }))
    }
}

impl Signals {
    /// Waits until another process says that something is due, or until the connection was lost and made again: what was
    /// signalled meanwhile nobody heard.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        loop {
            match during(self.listener.try_recv().await, "listen to other processes")? {
                Some(signal) if signal.payload() == self.own_name => {}
                Some(_) | None => return Ok(()),
            }
        }
    }
}
