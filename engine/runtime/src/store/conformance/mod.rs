//! What every database must do for the store: each rule a function that takes a fresh, migrated
//! store of each database.

mod access;
mod alike;
mod cases;
mod detection;
mod drafts;
mod events;
mod inbound;
mod leases;
mod migrations;
mod moves;
mod people;
mod plans;
mod sample;
mod sending;
mod shape;
mod shared;
mod trouble;
mod work;

#[path = "../../../../../tests/it/support/postgres.rs"]
mod postgres;

/// Runs rules on both databases, each rule on a database of its own.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $rule() {
                    let folder = tempfile::tempdir().unwrap();
                    let store = crate::store::conformance::sample::fresh(folder.path()).await;
                    super::$rule(store).await;
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $rule() {
                    let database = crate::store::conformance::postgres::PostgresDatabase::fresh();
                    let store = crate::store::conformance::sample::prepared(&database.url).await;
                    super::$rule(store).await;
                }
            )+
        }
    };
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
