//! Databases on a PostgreSQL of the tests' own (`tests/postgres`), each for one test. Part of the crates that test with it.
#![allow(dead_code, reason = "not every crate that this is part of uses all of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// An empty database, given back with this.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    name: String,
    pub(crate) url: String,
    /// The folder of its server, if that is nobody else's.
    server: Option<PathBuf>,
    /// What its tables are called that the next one may have without rows.
    schema: Option<String>,
}

impl PostgresDatabase {
    /// Makes one; starts the server where it does not run.
    pub(crate) fn fresh() -> Self {
        Self::on(None, None)
    }

    /// Makes one that may have the tables of a schema already, with no rows in them.
    pub(crate) fn of_schema(schema: String) -> Self {
        Self::on(None, Some(schema))
    }

    /// Makes one on a server of its own, which may be crashed and ends with this.
    pub(crate) fn alone(server: &Path) -> Self {
        Self::on(Some(server.to_owned()), None)
    }

    fn on(server: Option<PathBuf>, schema: Option<String>) -> Self {
        let url = script(server.as_deref(), &["create", schema.as_deref().unwrap_or_default()]);
        let name = url.rsplit_once('/').map(|(_, name)| name.to_owned()).expect("an address");
        Self { name, url, server, schema }
    }

    /// Ends the server as a power cut would.
    pub(crate) fn crash(&self) {
        script(self.server.as_deref(), &["crash"]);
    }

    /// Refuses to write, as a standby does, or takes everything again. Who is connected is cut off.
    pub(crate) fn become_standby(&self, is_standby: bool) {
        script(self.server.as_deref(), &["standby", &self.name, if is_standby { "on" } else { "off" }]);
    }

    /// Waits until nobody is connected to this database any more.
    pub(crate) fn until_nobody_is_connected(&self) {
        script(self.server.as_deref(), &["alone", &self.name]);
    }

    /// Starts it again at the same address.
    pub(crate) fn restart(&self) {
        script(self.server.as_deref(), &["start"]);
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        match &self.server {
            Some(server) => script(Some(server), &["stop"]),
            None => script(None, &["drop", &self.name, self.schema.as_deref().unwrap_or_default()]),
        };
    }
}

fn script(server: Option<&Path>, args: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/postgres"));
    let script = script.into_iter().find(|script| script.is_file()).expect("the script tests/postgres");
    let mut command = Command::new(script);
    if let Some(server) = server {
        command.env("WASL_TEST_POSTGRES", server);
    }
    let ran = command.args(args).output().expect("bash");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("an address").trim().to_owned()
}
