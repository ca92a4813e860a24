//! What every database must do for the store: each rule a function that takes a fresh, migrated
//! store of each database.

mod access;
mod alike;
mod both_ways;
mod cases;
mod clock;
mod detection;
mod done_both_ways;
mod drafts;
mod durable;
mod earlier;
mod erase;
mod events;
mod foreseen;
mod grouped;
mod histories;
mod hops;
mod inbound;
mod leases;
mod log;
mod migrations;
mod moves;
mod people;
mod plans;
mod report;
mod restored;
mod sample;
mod sending;
mod sent_both_ways;
mod shape;
mod shared;
mod together;
mod trouble;
mod unreadable;
mod views;
mod webhooks;
mod work;

#[path = "../../../../../tests/it/support/postgres.rs"]
pub(crate) mod postgres;

/// Runs rules on both databases, each rule on a migrated database of its own; with `empty:` before them, on an empty one.
macro_rules! on_both {
    (empty: $($rule:ident),+ $(,)?) => { $crate::store::conformance::on_both!(@ opened empty $($rule)+); };
    (@ $open:ident $database:ident $($rule:ident)+) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $rule() {
                    let folder = tempfile::tempdir().unwrap();
                    let url = crate::store::conformance::sample::url(folder.path());
                    super::$rule(crate::store::conformance::sample::$open(&url).await).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $rule() {
                    let database = crate::store::conformance::sample::$database();
                    super::$rule(crate::store::conformance::sample::$open(&database.url).await).await;
                }
            )+
        }
    };
    ($($rule:ident),+ $(,)?) => { $crate::store::conformance::on_both!(@ prepared migrated $($rule)+); };
}
use on_both;

/// Runs rules about two processes on one server, each rule on a database of its own.
macro_rules! on_a_shared_server {
    ($($rule:ident),+ $(,)?) => {
        mod on_a_shared_server {
            $(
                #[tokio::test]
                async fn $rule() {
                    let database = crate::store::conformance::postgres::PostgresDatabase::fresh();
                    let one = crate::store::conformance::sample::prepared(&database.url).await;
                    let other = crate::store::Store::open(&database.url).await.unwrap();
                    super::$rule(one, other).await;
                }
            )+
        }
    };
}
use on_a_shared_server;

impl super::Store {
    /// As if no machine had ever brought files.
    pub(crate) async fn forget_files(&self) {
        self.tamper("DELETE FROM settings WHERE key LIKE 'files of %'").await;
    }

    /// What somebody does to the database behind our back.
    pub(crate) async fn tamper(&self, sql: &str) {
        sea_orm::ConnectionTrait::execute_unprepared(&self.writer, sql).await.unwrap();
    }
}
