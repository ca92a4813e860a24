//! What a machine does to a daemon: a damaged file, a full disk, a clock that jumps.

mod disk;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use jiff::SignedDuration;
use serde_json::Value as Json;
use wasl_runtime::store::{MessageFilter, MessageStatus, TaskFilter};

use crate::support::program::{Daemon, Desk, until};
use crate::support::{Builder, family};

/// The size of a page of the database file.
const PAGE: usize = 4096;

/// A database in one file, with nothing in a log beside it.
fn made(desk: &Desk) -> PathBuf {
    desk.text(&["db", "migrate"]);
    let (copy, folder) = (desk.path("copy.sqlite"), desk.path("var"));
    desk.text(&["db", "backup", copy.to_str().unwrap()]);
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    let file = folder.join("wasl.sqlite");
    fs::rename(copy, &file).unwrap();
    file
}

#[test]
fn a_damaged_database_file_is_told_of_at_the_start_and_stays_as_it_is() {
    let desk = Desk::shipped();
    let file = made(&desk);
    assert!(desk.text(&["db", "check"]).contains("whole"));
    let whole = fs::read(&file).unwrap();
    assert!(whole.len() > 40 * PAGE, "there are pages to damage");
    // A torn page in the middle, and a file that ends too early.
    let mut torn = whole.clone();
    torn[20 * PAGE..20 * PAGE + 512].fill(0xa5);
    let short = whole[..30 * PAGE].to_vec();
    for damaged in [torn, short] {
        fs::write(&file, &damaged).unwrap();
        for command in [&["db", "check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let said = desk.run(command);
            assert_eq!(said.code, 4, "{said:?}");
            assert!(said.err.contains("is damaged") && said.err.contains("wasl db backup"), "{said:?}");
        }
        assert!(fs::read(&file).unwrap() == damaged, "nothing was changed");
    }
}

#[test]
fn a_database_file_that_is_not_there_is_not_whole() {
    let said = Desk::shipped().run(&["db", "check"]);
    assert!(said.code == 4 && said.err.contains("there is no database"), "{said:?}");
}

/// A command without root's right to write where it may not; others have none. What is left of root is the owner.
fn as_anybody(desk: &Desk, args: &[&str]) -> std::process::Output {
    let command = desk.command(args);
    let mut limited = Command::new("setpriv");
    let drops = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    limited.args(drops.then_some("--bounding-set=-dac_override,-dac_read_search"));
    limited.arg(command.get_program()).args(command.get_args()).current_dir(desk.path(""));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.output().unwrap()
}

#[test]
fn a_database_that_may_not_be_written_is_told_of_at_the_start_with_its_place_and_what_to_do() {
    let desk = Desk::empty();
    crate::program::hello(&desk, "http://127.0.0.1:9");
    let (folder, file) = (desk.path("var"), desk.path("var/wasl.sqlite"));
    let mode = |path: &PathBuf, mode: u32| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    let refused = |what: &str, words: &[&str]| {
        let output = as_anybody(&desk, &["serve", "--listen", "127.0.0.1:0"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{what}: {said}");
        for word in words {
            assert!(said.contains(word), "{what}: {said}");
        }
    };
    mode(&desk.path(""), 0o555);
    refused("a folder that cannot be made", &["`var/wasl.sqlite.lock`", "may be written by this user"]);
    mode(&desk.path(""), 0o755);
    fs::create_dir(&folder).unwrap();
    mode(&folder, 0o555);
    refused("a folder that takes no file", &["var/wasl.sqlite", "may be written by this user"]);
    mode(&folder, 0o755);
    made(&desk);
    mode(&file, 0o444);
    refused("a file that is read-only", &["read-only", "sqlite://var/wasl.sqlite"]);
    mode(&file, 0o600);
    mode(&folder, 0o555);
    refused("a folder that is read-only", &["sqlite://var/wasl.sqlite", "may"]);
    mode(&folder, 0o755);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused("a folder in the place of the file", &["cannot be opened", "sqlite://var/wasl.sqlite"]);
    fs::remove_dir(&file).unwrap();
    desk.text(&["db", "migrate"]);
}

#[test]
fn a_server_that_may_not_be_written_any_more_is_told_of_and_the_work_goes_on_when_it_may() {
    wasl_notifiers::init_tls();
    let desk = Desk::empty().on_postgres();
    crate::program::hello(&desk, "");
    desk.write("config/wasl.yaml", "reload: 1 second\nnotifiers:\n  sms: {kind: sandbox, file: sent.jsonl}\n");
    let daemon = desk.serve();
    let sent = || fs::read_to_string(desk.path("sent.jsonl")).unwrap_or_default().lines().count();
    let open = |id: &str| desk.run(&["case", "open", "hello", "--data", id, "phone=+97336001234"]);
    until(|| (ready(&daemon)["status"] == "ready").then_some(())).expect("it does not begin");

    desk.become_standby(true);
    until(|| {
        let page = ready(&daemon);
        (page["status"] == "not_ready" && page["reasons"]["database"].to_string().contains("read-only")).then_some(())
    })
    .expect("nobody is told");
    let refused = open("id=7");
    assert!(refused.code == 4 && refused.err.contains("read-only"), "{refused:?}");

    desk.become_standby(false);
    until(|| (ready(&daemon)["status"] == "ready").then_some(())).expect("the trouble is over and still told of");
    assert_eq!(open("id=8").code, 0);
    until(|| (sent() == 1).then_some(())).expect("it does not go on by itself");
    assert_eq!(daemon.stop().0, Some(0));
}

/// Lets the files of a process grow to so many bytes and no further: to it the disk is full.
fn limit_files(daemon: &Daemon, bytes: &str) {
    let (pid, limit) = (format!("--pid={}", daemon.pid()), format!("--fsize={bytes}:unlimited"));
    assert!(Command::new("prlimit").args([pid, limit]).status().unwrap().success());
}

fn ready(daemon: &Daemon) -> Json {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let page = async { reqwest::get(daemon.url("/readyz")).await.unwrap().json().await.unwrap() };
    runtime.block_on(page)
}

#[test]
fn a_full_disk_stops_the_work_and_not_the_daemon_which_goes_on_when_there_is_room() {
    wasl_notifiers::init_tls();
    let desk = Desk::empty();
    crate::program::hello(&desk, "");
    desk.write("config/wasl.yaml", "notifiers:\n  sms: {kind: sandbox, file: sent.jsonl}\n");
    // A write beyond the limit fails, as on a full disk, in place of ending the process.
    let daemon = desk.serve_ignoring("XFSZ");
    limit_files(&daemon, "16384");
    let opened = desk.json(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
    let case = opened["case"]["reference"].as_str().unwrap();
    let sent = || fs::read_to_string(desk.path("sent.jsonl")).unwrap_or_default().lines().count();

    until(|| ready(&daemon).to_string().contains("most likely because it is full").then_some(()))
        .expect("nobody is told");
    assert_eq!(sent(), 0, "what cannot be noted is not sent");
    assert!(daemon.words().contains("free some space"), "{}", daemon.words());

    limit_files(&daemon, "unlimited");
    until(|| (sent() == 1).then_some(())).expect("it does not go on by itself");
    until(|| (!ready(&daemon).to_string().contains("full")).then_some(()))
        .expect("the trouble is over and still told of");
    let story = desk.json(&["case", "show", case]).to_string();
    assert!(story.contains("accepted"), "{story}");
    assert_eq!(daemon.stop().0, Some(0));
}

#[test]
fn a_daemon_whose_log_nobody_reads_works_and_stops_as_ever() {
    wasl_notifiers::init_tls();
    let desk = Desk::empty();
    crate::program::hello(&desk, "");
    desk.write("config/wasl.yaml", "notifiers:\n  sms: {kind: sandbox, file: sent.jsonl}\n");
    let daemon = desk.serve_unread();
    desk.json(&["case", "open", "hello", "--data", "id=7", "phone=+97336001234"]);
    until(|| desk.path("sent.jsonl").exists().then_some(())).expect("nothing is sent");
    assert_eq!(daemon.stop().0, Some(0));
}

#[tokio::test]
async fn a_clock_that_goes_back_an_hour_or_on_by_a_day_moves_nothing_twice() {
    let house = Builder::at("2024-05-12T09:30:00").build().await;
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    house.settle().await;
    let (before, messages) = (house.engine.store.history(case.id).await.unwrap(), count(&house).await);
    house.clock.advance(SignedDuration::from_hours(-1));
    house.settle().await;
    assert_eq!(house.engine.store.history(case.id).await.unwrap(), before, "nothing happens again");
    house.clock.advance(SignedDuration::from_hours(1));
    house.settle().await;
    assert_eq!((house.engine.store.history(case.id).await.unwrap(), count(&house).await), (before, messages));

    // A day that nobody lived through: what fell due in it happens once, in its order, and says how late it is.
    house.clock.advance(SignedDuration::from_hours(24));
    house.settle().await;
    let after = house.engine.store.history(case.id).await.unwrap();
    house.clock.advance(SignedDuration::from_hours(-24));
    house.settle().await;
    house.clock.advance(SignedDuration::from_hours(24));
    house.settle().await;
    assert_eq!(house.engine.store.history(case.id).await.unwrap(), after, "going there twice is going once");
}

/// Messages sent and calls planned so far.
async fn count(house: &crate::support::House) -> (usize, usize) {
    let all = MessageFilter { limit: 99, ..MessageFilter::default() };
    let sent = house.engine.store.messages(&all).await.unwrap();
    let tasks = house.engine.store.tasks(&TaskFilter { limit: 99, ..TaskFilter::default() }).await.unwrap();
    (sent.iter().filter(|message| message.status >= MessageStatus::Accepted).count(), tasks.len())
}
