//! The process dies at each station of the straight line and is started again: nothing is lost, and
//! nothing is sent twice to a gateway that can be asked.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use jiff::SignedDuration;
use tempfile::TempDir;
use wasl_core::delivery::{Channel, Notifier};
use wasl_core::event::Body;
use wasl_core::history::What;
use wasl_core::value::{Record, Value};
use wasl_notifiers::Sandbox;
use wasl_runtime::engine::{Probe, Station};
use wasl_runtime::store::{MessageFilter, MessageStatus, NewEvent, TaskFilter};

use crate::gateway::FakeTwilio;
use crate::support::{Builder, House, contact, family, twilio};

const OPENED: &str = "2024-05-12T09:30";
const STATIONS: [Station; 6] =
    [Station::Claimed, Station::Stepped, Station::Committed, Station::BeforeSend, Station::Sent, Station::Recorded];

/// Ends the process at a station, as a power cut would: nothing is flushed, nothing unwinds.
struct DieAt(Station);

impl Probe for DieAt {
    fn at(&self, station: Station) {
        if station == self.0 {
            std::process::abort();
        }
    }
}

fn outlets(gateway: &str) -> BTreeMap<Channel, Arc<dyn Notifier>> {
    let email: Arc<dyn Notifier> = Arc::new(Sandbox::memory("email"));
    BTreeMap::from([(Channel::Sms, twilio(gateway)), (Channel::Email, email)])
}

/// Opens a case and stores the agent's answer, which makes the case move and send one SMS.
async fn prepare(folder: &Path, gateway: &str) -> House {
    let house = Builder::at(OPENED).folder(folder).outlets(outlets(gateway)).build().await;
    let opened = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap();
    let case = opened.case.id;
    let tasks =
        house.engine.store.tasks(&TaskFilter { case: Some(case), limit: 9, ..TaskFilter::default() }).await.unwrap();
    let task = tasks[0].task.id.clone();
    let answers = Record::from([("heir".into(), contact("+97336001234"))]);
    let body = Body::Answer { task: task.clone(), outcome: "agreed".into(), answers, note: Some("very kind".into()) };
    let at = house.engine.now();
    let event =
        NewEvent { case, source: "task".into(), source_id: task.to_string(), at, by: "agent:test".into(), body };
    assert!(house.engine.store.record_event(&event).await.unwrap().first);
    house
}

/// The process that dies: run by the tests below in a process of its own. Run without their
/// settings, it goes through the same line and lives.
#[tokio::test]
async fn the_line_in_one_process() {
    wasl_notifiers::init_tls();
    let setting = |name: &str| std::env::var(name).ok();
    let (Some(folder), Some(gateway), Some(station)) =
        (setting("WASL_CRASH_FOLDER"), setting("WASL_CRASH_GATEWAY"), setting("WASL_CRASH_STATION"))
    else {
        let (dir, gateway) = (TempDir::new().unwrap(), FakeTwilio::start().await);
        let house = prepare(dir.path(), &gateway.base_url()).await;
        house.settle().await;
        assert_eq!(gateway.messages().len(), 1);
        return;
    };
    let station = STATIONS.into_iter().find(|known| format!("{known:?}") == station).unwrap();
    let builder = Builder::at(OPENED).folder(Path::new(&folder)).outlets(outlets(&gateway));
    let house = builder.probe(Arc::new(DieAt(station))).build().await;
    house.settle().await;
    panic!("the line never came to {station:?}");
}

fn die_at(station: Station, folder: &Path, gateway: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "crash::the_line_in_one_process", "--nocapture"]);
    child.env("WASL_CRASH_FOLDER", folder).env("WASL_CRASH_GATEWAY", gateway);
    child.env("WASL_CRASH_STATION", format!("{station:?}"));
    let output = child.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    // Not a failed assertion: the abort itself.
    assert_eq!(output.status.signal(), Some(6), "{station:?}: {words}");
}

/// Starts again and goes on until everything uncertain has been asked about.
async fn start_again(folder: &Path, gateway: &str) -> House {
    let house = Builder::at(OPENED).folder(folder).outlets(outlets(gateway)).build().await;
    for _ in 0..20 {
        house.settle().await;
        house.clock.advance(SignedDuration::from_secs(30));
    }
    house
}

async fn assert_once(house: &House, gateway: &FakeTwilio, station: Station) {
    let sent = gateway.messages();
    assert_eq!(sent.len(), 1, "{station:?}: the family got {} messages", sent.len());
    let case = house
        .engine
        .store
        .cases(&wasl_runtime::store::CaseFilter { limit: 9, ..Default::default() })
        .await
        .unwrap()
        .remove(0);
    assert_eq!(case.state, "guiding", "{station:?}");
    let messages = house.engine.store.messages(&MessageFilter { limit: 9, ..MessageFilter::default() }).await.unwrap();
    assert_eq!(messages.len(), 1, "{station:?}");
    assert_eq!(messages[0].status, MessageStatus::Accepted, "{station:?}");
    assert_eq!(messages[0].provider_id.as_deref(), sent[0]["sid"].as_str(), "{station:?}");
    let history = house.engine.store.history(case.id).await.unwrap();
    let count = |wanted: fn(&What) -> bool| history.iter().filter(|entry| wanted(&entry.what)).count();
    assert_eq!(count(|what| matches!(what, What::CallAnswered { .. })), 1, "{station:?}");
    assert_eq!(count(|what| matches!(what, What::MessagePlanned { .. })), 1, "{station:?}");
    assert_eq!(count(|what| matches!(what, What::MessageNews { .. })), 1, "{station:?}");
    for event in house.engine.store.events(case.id).await.unwrap() {
        assert!(event.disposition.is_some(), "{station:?}: an event waits for ever: {event:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_station_nothing_is_lost_and_nothing_is_sent_twice() {
    wasl_notifiers::init_tls();
    for station in STATIONS {
        let (dir, gateway) = (TempDir::new().unwrap(), FakeTwilio::start().await);
        let prepared = prepare(dir.path(), &gateway.base_url()).await;
        prepared.engine.store.close().await.unwrap();
        die_at(station, dir.path(), &gateway.base_url());
        let house = start_again(dir.path(), &gateway.base_url()).await;
        assert_once(&house, &gateway, station).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_taken_and_whose_reply_was_lost_is_adopted_not_sent_again() {
    wasl_notifiers::init_tls();
    let (dir, gateway) = (TempDir::new().unwrap(), FakeTwilio::start().await);
    gateway.lose_replies(true);
    let house = prepare(dir.path(), &gateway.base_url()).await;
    house.settle().await;
    let uncertain = MessageFilter { status: Some(MessageStatus::Uncertain), limit: 9, ..MessageFilter::default() };
    assert_eq!(house.engine.store.messages(&uncertain).await.unwrap().len(), 1);
    gateway.lose_replies(false);
    for _ in 0..4 {
        house.clock.advance(SignedDuration::from_secs(30));
        house.settle().await;
    }
    assert_once(&house, &gateway, Station::Sent).await;
}

/// The answer itself is stored before it is given: asked again, it changes nothing.
#[tokio::test]
async fn the_same_answer_again_gets_the_first_reply_and_changes_nothing() {
    let house = Builder::at(OPENED).build().await;
    let case = house.engine.open_case("account-transfer", family("530445233"), "test").await.unwrap().case;
    let filter = TaskFilter { case: Some(case.id), limit: 9, ..TaskFilter::default() };
    let task = house.engine.store.tasks(&filter).await.unwrap().remove(0).task.id;
    let answer = |outcome: &str| NewEvent {
        case: case.id,
        source: "task".into(),
        source_id: task.to_string(),
        at: house.engine.now(),
        by: "agent:test".into(),
        body: Body::Answer { task: task.clone(), outcome: outcome.into(), answers: Record::new(), note: None },
    };
    let first = house.engine.submit(answer("no_answer")).await.unwrap();
    let second = house.engine.submit(answer("refused")).await.unwrap();
    assert!(first.first && !second.first);
    assert_eq!(first.case, second.case);
    assert_eq!(second.disposition, first.disposition);
    assert_eq!(second.case.field("heir"), &Value::Null);
}
