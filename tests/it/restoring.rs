//! Restoring: a backup is put in the place of the database, also of one that died and left its write-ahead log there.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use wasl_runtime::store::Store;

use crate::support::program::Desk;

/// Which database the process of [`a_process_that_keeps_a_database_open`] opens.
const DATABASE: &str = "WASL_KEEPS_OPEN";
/// What it says when it has.
const OPEN: &str = "it is open";

/// A process that has the database open until it is killed: as long as it lives nobody else is the last to close it, and folds
/// the log. Run without a database, it has nothing to do.
#[tokio::test]
async fn a_process_that_keeps_a_database_open() {
    let Ok(database) = std::env::var(DATABASE) else { return };
    // What others left in the log is folded first: a command ends without waiting for that.
    Store::open(&database).await.unwrap().close().await.unwrap();
    let _store = Store::open(&database).await.unwrap();
    writeln!(std::io::stdout(), "{OPEN}").unwrap();
    // It waits for a word that never comes.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn keep_open(desk: &Desk) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "restoring::a_process_that_keeps_a_database_open", "--nocapture"]);
    command.env(DATABASE, desk.database()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains(OPEN)));
    child
}

fn open(desk: &Desk, id: &str) {
    desk.text(&["case", "open", "hello", "--data", id, "phone=+97336001234"]);
}

fn cases(desk: &Desk, database: &str) -> usize {
    let listed = desk.json(&["case", "list", "--database", &format!("sqlite://{database}")]);
    listed.as_array().unwrap_or_else(|| panic!("{listed}")).len()
}

/// A folder `var` as a process that was killed left it: of two cases the last one lies in the log alone. Beside it
/// `copy.sqlite`, a backup that has only the first.
fn crashed() -> Desk {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    open(&desk, "id=1");
    desk.text(&["db", "backup", "copy.sqlite"]);
    let mut other = keep_open(&desk);
    open(&desk, "id=2");
    other.kill().unwrap();
    other.wait().unwrap();
    fs::create_dir(desk.path("alone")).unwrap();
    fs::copy(desk.path("var/wasl.sqlite"), desk.path("alone/wasl.sqlite")).unwrap();
    assert_eq!(cases(&desk, "alone/wasl.sqlite"), 1, "the last one lies in the log");
    desk
}

fn bytes(desk: &Desk, name: &str) -> Vec<u8> {
    fs::read(desk.path(name)).unwrap()
}

/// What begins a database where there is none, and what needs one.
const BEGIN: [&[&str]; 2] = [&["serve", "--listen", "127.0.0.1:0"], &["db", "migrate"]];
const NEED: [&[&str]; 3] = [&["db", "check"], &["case", "list"], &["db", "backup", "new.sqlite"]];

/// Commands refuse the database with these words, and leave its files as they are.
fn refused(desk: &Desk, commands: &[&[&str]], words: &[&str]) {
    let files = || {
        let names = fs::read_dir(desk.path("var")).unwrap().map(|entry| entry.unwrap().file_name());
        let is_of_database = |name: &std::ffi::OsString| Path::new(name).extension().is_none_or(|is| is != "lock");
        let mut names: Vec<_> = names.filter(is_of_database).collect();
        names.sort();
        names.into_iter().map(|name| (fs::read(desk.path("var").join(&name)).unwrap(), name)).collect::<Vec<_>>()
    };
    let before = files();
    for command in commands {
        let said = desk.run(command);
        assert_eq!(said.code, 4, "{command:?}: {said:?}");
        for word in words {
            assert!(said.err.contains(word), "{command:?}: {said:?}");
        }
    }
    assert!(files() == before, "nothing was changed");
}

#[test]
fn what_lies_only_in_the_log_of_a_process_that_was_killed_is_there_when_the_next_one_starts() {
    let desk = crashed();
    assert!(!bytes(&desk, "var/wasl.sqlite-wal").is_empty());
    assert_eq!(cases(&desk, "var/wasl.sqlite"), 2);
    assert!(desk.text(&["db", "check"]).contains("whole"));
}

#[test]
fn a_backup_in_the_place_of_a_database_that_left_its_log_is_refused_until_the_log_is_moved_away() {
    let desk = crashed();
    let (copy, log) = (bytes(&desk, "copy.sqlite"), bytes(&desk, "var/wasl.sqlite-wal"));
    fs::create_dir(desk.path("crashed")).unwrap();
    fs::rename(desk.path("var/wasl.sqlite"), desk.path("crashed/wasl.sqlite")).unwrap();
    refused(&desk, &BEGIN, &["wasl.sqlite-wal` is there", "nothing was changed", "put the file back"]);

    fs::copy(desk.path("copy.sqlite"), desk.path("var/wasl.sqlite")).unwrap();
    let words = ["wasl.sqlite-wal` is not that of the database", "nothing was changed", "move", "wasl.sqlite-shm`"];
    refused(&desk, &[&BEGIN[..], &NEED].concat(), &words);
    assert!(bytes(&desk, "var/wasl.sqlite") == copy && bytes(&desk, "var/wasl.sqlite-wal") == log);

    for name in ["wasl.sqlite-wal", "wasl.sqlite-shm"] {
        fs::rename(desk.path("var").join(name), desk.path("crashed").join(name)).unwrap();
    }
    assert!(desk.text(&["db", "check"]).contains("whole"));
    assert_eq!(cases(&desk, "var/wasl.sqlite"), 1);
    let status: Json = desk.json(&["outbox", "status"]);
    assert_eq!(status["holds"][0]["what"], "all", "{status}");
    assert_eq!(cases(&desk, "crashed/wasl.sqlite"), 2, "what was moved together is still whole");
}
