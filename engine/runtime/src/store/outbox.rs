//! The outbox as operators see and steer it: what is held back, and how much waits.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use wasl_core::delivery::Channel;

use super::Store;
use super::bare::Bare;
use super::batch;
use super::connect;
use super::dialect::Dialect;
use super::document::{instant, millis, unknown_word};
use super::error::{During, StoreError};
use super::messages::{MessageStatus, StoredMessage, to_stored};
use super::tables::{gateways, notifications, outbox_holds};
use outbox_holds::Column;

const OPERATION: &str = "hold the outbox";

/// What is held back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every message.
    All,
    /// Every message of a channel, whichever gateway it would leave by.
    Channel(Channel),
    /// One gateway; messages leave by those that stand in for it.
    Gateway(String),
}

impl Scope {
    /// The word used in SQL.
    const fn word(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Channel(_) => "channel",
            Self::Gateway(_) => "gateway",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::All => "",
            Self::Channel(channel) => channel.as_str(),
            Self::Gateway(name) => name,
        }
    }

    fn read(scope: &str, name: &str) -> Option<Self> {
        match scope {
            "all" => Some(Self::All),
            "channel" => Channel::parse(name).map(Self::Channel),
            "gateway" => Some(Self::Gateway(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Channel(_) | Self::Gateway(_) => write!(f, "{} {}", self.word(), self.name()),
        }
    }
}

/// Something that an operator holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// How a gateway stands, as the daemon saw it when that changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayNote {
    /// The gateway's name.
    pub name: String,
    /// Until when it rests; `None` if it works.
    pub rests_until: Option<Timestamp>,
    /// What is wrong with it, without personal data.
    pub why: Option<String>,
}

/// What waits on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelCount {
    /// Messages that wait.
    pub waiting: u64,
    /// Of these, those whose moment has come.
    pub due: u64,
    /// Since when the longest due one waits.
    pub oldest_due: Option<Timestamp>,
    /// Messages of which nobody knows whether they left.
    pub uncertain: u64,
}

impl Store {
    /// Holds something back. What is held already stays as it is: the answer is that hold.
    ///
    /// # Errors
    /// The database failed.
    pub async fn hold_outbox(&self, hold: &Hold) -> Result<Option<Hold>, StoreError> {
        let tx = self.begin(OPERATION).await?;
        if let Some(row) = in_force(&hold.scope).one(&tx).await.during(OPERATION)? {
            return to_hold(row).map(Some);
        }
        let row = outbox_holds::ActiveModel {
            id: ActiveValue::NotSet,
            scope: ActiveValue::Set(hold.scope.word().to_owned()),
            name: ActiveValue::Set(hold.scope.name().to_owned()),
            reason: ActiveValue::Set(hold.reason.clone()),
            held_by: ActiveValue::Set(hold.by.clone()),
            held_at: ActiveValue::Set(millis(hold.since)),
            released_by: ActiveValue::Set(None),
            released_at: ActiveValue::Set(None),
        };
        row.insert(&tx).await.during(OPERATION)?;
        tx.commit().await.during(OPERATION)?;
        Ok(None)
    }

    /// Copies the database into a new file while others go on with it. The outbox of the copy is held: whoever restores
    /// it looks first at what has left since. The copy says of itself that it has no write-ahead log: that of the database in
    /// whose place it is put is not taken for its own.
    ///
    /// # Errors
    /// The file is there already or cannot be written, the log of another lies where its own would, the database failed, or it is a
    /// server, which has its own tools.
    pub async fn back_up(&self, file: &str, by: &str, now: Timestamp) -> Result<(), StoreError> {
        if self.dialect == Dialect::Postgres {
            return Err(StoreError::ServerBackup);
        }
        // `SQLite` would remove the log beside an empty file, and with it what was committed last in the database that it belongs to.
        connect::refuse_foreign_log(Path::new(file))?;
        private_file(file).map_err(|source| StoreError::BackupFile { file: file.to_owned(), source })?;
        let copied = self.copy_held(file, by, now).await;
        if copied.is_err() {
            // Half a copy is none, and one that is not held would send; where it cannot be removed the error says enough.
            for end in ["", "-wal", "-shm", "-journal"] {
                std::fs::remove_file(format!("{file}{end}")).ok();
            }
        }
        copied
    }

    async fn copy_held(&self, file: &str, by: &str, now: Timestamp) -> Result<(), StoreError> {
        const OPERATION: &str = "back up the database";
        let copy = format!("VACUUM INTO '{}'", file.replace('\'', "''"));
        self.writer.execute_unprepared(&copy).await.during(OPERATION)?;
        let copy = Self::open(&format!("sqlite://{file}")).await?;
        let reason = format!("a copy made at {now}");
        copy.hold_outbox(&Hold { scope: Scope::All, reason, by: by.to_owned(), since: now }).await?;
        copy.close().await?;
        let alone = Bare::new(file.into(), connect::bare_folder);
        alone.run(OPERATION, connect::know_of_no_log).await?;
        alone.close().await
    }

    /// Lets go what was held; false if it was not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn release_outbox(&self, scope: &Scope, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        let update = outbox_holds::Entity::update_many()
            .col_expr(Column::ReleasedBy, Expr::val(by))
            .col_expr(Column::ReleasedAt, Expr::val(millis(now)))
            .filter(Column::Scope.eq(scope.word()))
            .filter(Column::Name.eq(scope.name()))
            .filter(Column::ReleasedAt.is_null());
        Ok(self.change_alone("release the outbox", update.into_query(), None).await? > 0)
    }

    /// Everything that is held back, the longest held first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        let query = outbox_holds::Entity::find().filter(Column::ReleasedAt.is_null()).order_by_asc(Column::HeldAt);
        query.all(&self.reader).await.during("read what is held")?.into_iter().map(to_hold).collect()
    }

    /// Keeps how the gateways stand, in place of what was kept before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_gateways(&self, notes: &[GatewayNote], now: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin("note gateways").await?;
        gateways::Entity::delete_many().exec(&tx).await.during("note gateways")?;
        let row = |note: &GatewayNote| gateways::ActiveModel {
            name: ActiveValue::Set(note.name.clone()),
            rests_until: ActiveValue::Set(note.rests_until.map(millis)),
            why: ActiveValue::Set(note.why.clone()),
            noted_at: ActiveValue::Set(millis(now)),
        };
        batch::insert(&tx, notes.iter().map(row).collect(), "note gateways").await?;
        tx.commit().await.during("note gateways")
    }

    /// How the gateways stood when that changed last, by their names.
    ///
    /// # Errors
    /// The database failed.
    pub async fn gateway_notes(&self) -> Result<BTreeMap<String, GatewayNote>, StoreError> {
        let rows = gateways::Entity::find().all(&self.reader).await.during("read gateways")?;
        let note = |row: gateways::Model| {
            let rests_until = row.rests_until.map(instant);
            (row.name.clone(), GatewayNote { name: row.name, rests_until, why: row.why })
        };
        Ok(rows.into_iter().map(note).collect())
    }

    /// What waits on each channel.
    ///
    /// # Errors
    /// The database failed.
    pub async fn outbox(&self, now: Timestamp) -> Result<BTreeMap<Channel, ChannelCount>, StoreError> {
        self.counts.channels.get(|| self.count_by_channel(now)).await
    }

    pub(super) async fn count_by_channel(&self, now: Timestamp) -> Result<BTreeMap<Channel, ChannelCount>, StoreError> {
        use notifications::Column;
        let queued = notifications::Entity::find()
            .select_only()
            .column(Column::Channel)
            .column_as(Column::Id.count(), "messages")
            .filter(Column::Status.eq(MessageStatus::Queued.as_str()))
            .group_by(Column::Channel);
        let due = queued
            .clone()
            .column_as(Column::NextAttemptAt.min(), "oldest")
            .filter(Column::NextAttemptAt.lte(millis(now)));
        let unsure = notifications::Entity::find()
            .select_only()
            .column(Column::Channel)
            .column_as(Column::Id.count(), "messages")
            .filter(Column::Status.eq(MessageStatus::Uncertain.as_str()))
            .group_by(Column::Channel);
        let mut counts: BTreeMap<Channel, ChannelCount> = BTreeMap::new();
        let channel = |word: &str| Channel::parse(word).ok_or_else(|| unknown_word("channel", word));
        for (word, waiting) in self.tuples(queued).await? {
            counts.entry(channel(&word)?).or_default().waiting = waiting;
        }
        let due: Vec<(String, i64, Option<i64>)> = due.into_tuple().all(&self.reader).await.during("count")?;
        for (word, due, oldest) in due {
            let count = counts.entry(channel(&word)?).or_default();
            (count.due, count.oldest_due) = (u64::try_from(due).unwrap_or_default(), oldest.map(instant));
        }
        for (word, uncertain) in self.tuples(unsure).await? {
            counts.entry(channel(&word)?).or_default().uncertain = uncertain;
        }
        Ok(counts)
    }

    /// Messages that nobody but a person can decide about, the oldest first: whether they left is not known, and their
    /// gateway is not asked any more.
    ///
    /// # Errors
    /// The database failed or a stored document is unreadable.
    pub async fn undecided_messages(&self, limit: u32) -> Result<Vec<StoredMessage>, StoreError> {
        use notifications::Column;
        let query = notifications::Entity::find()
            .filter(Column::Status.eq(MessageStatus::Uncertain.as_str()))
            .filter(Column::NextAttemptAt.is_null())
            .filter(Column::LeaseUntil.is_null())
            .order_by_asc(Column::PlannedAt)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit));
        query.all(&self.reader).await.during("list undecided messages")?.into_iter().map(to_stored).collect()
    }
}

fn in_force(scope: &Scope) -> sea_orm::Select<outbox_holds::Entity> {
    outbox_holds::Entity::find()
        .filter(Column::Scope.eq(scope.word()))
        .filter(Column::Name.eq(scope.name()))
        .filter(Column::ReleasedAt.is_null())
}

fn to_hold(row: outbox_holds::Model) -> Result<Hold, StoreError> {
    let scope = Scope::read(&row.scope, &row.name).ok_or_else(|| unknown_word("scope", &row.scope))?;
    Ok(Hold { scope, reason: row.reason, by: row.held_by, since: instant(row.held_at) })
}

/// Makes an empty file that is its owner's alone, as a copy is about people.
fn private_file(file: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}
