//! Opening the database that an address names: connections that write, and others that can only read.

mod foreign;
mod postgres;
mod sqlite;

use sea_orm::DatabaseConnection;

pub(super) use foreign::refuse_foreign_log;
pub(super) use postgres::session_name;
pub(super) use sqlite::{BUSY_TIMEOUT, LOG_PAGES_MAX, bare_folder, bare_reader, bare_writer, file, know_of_no_log};

use super::error::StoreError;
use super::url::{DatabaseUrl, Place};

/// Opens writer and readers.
pub(super) async fn open(url: &DatabaseUrl) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    match url.place()? {
        Place::File(path) => sqlite::open(url.expose(), &path).await,
        Place::Server => postgres::open(url.expose()).await,
    }
}
