//! What every database must do for the store: each rule a function that takes a fresh, migrated
//! store, so that another database joins by giving it one.

mod access;
mod alike;
mod cases;
mod detection;
mod events;
mod inbound;
mod migrations;
mod moves;
mod people;
mod plans;
mod sample;
mod sending;
mod trouble;
mod work;

/// Runs rules on `SQLite`, each on a file of its own.
macro_rules! on_sqlite {
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
    };
}
use on_sqlite;
