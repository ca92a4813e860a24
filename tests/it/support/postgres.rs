//! Databases on a PostgreSQL of the tests' own (`tests/postgres`), each for one test. Part of the crates that test with it.

use std::path::Path;
use std::process::Command;

/// An empty database, given back with this.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    name: String,
    pub(crate) url: String,
}

impl PostgresDatabase {
    /// Makes one; starts the server where it does not run.
    pub(crate) fn fresh() -> Self {
        let url = script(&["create"]);
        let name = url.rsplit_once('/').map(|(_, name)| name.to_owned()).expect("an address");
        Self { name, url }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        script(&["drop", &self.name]);
    }
}

fn script(args: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/postgres"));
    let script = script.into_iter().find(|script| script.is_file()).expect("the script tests/postgres");
    let ran = Command::new(script).args(args).output().expect("bash");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("an address").trim().to_owned()
}
