//! The server with an engine whose line of events can be held from within: what nobody outside can do at will.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wasl_core::access::Permission;
use wasl_core::case::CaseId;
use wasl_core::event::Body;
use wasl_core::value::{Record, Value};
use wasl_runtime::engine::Engine;
use wasl_runtime::store::NewEvent;

use super::{Api, serve};
use crate::access::{Access, Accounts};
use crate::console::Console;
use crate::output::{Format, Screen};
use crate::session::Session;
use crate::settings::{Language, Settings};

/// More than wait in the line at the most.
const MANY: usize = 500;
/// Those of them who have patience.
const STAYING: usize = 20;

async fn api(settings: Settings) -> Api {
    let screen = Screen { format: Format::Json, color: false, width: None, language: Language::En };
    let session = Session::create(settings.clone(), screen).await.unwrap();
    let engine = Arc::clone(&session.engine);
    engine.load_workflows(&settings.workflows, "test").await.unwrap();
    let tick_max = settings.scheduler.tick * 10;
    let (access, console, stop) = (Access::new(&settings).unwrap(), Console::new().unwrap(), CancellationToken::new());
    Api { engine, session, access, console, stop, public_url: None, tick_max }
}

async fn open_case(engine: &Engine) -> CaseId {
    let text = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    let relative = Record::from([text("name", "Amina"), text("relation", "daughter"), text("mobile", "+97336001234")]);
    let data = Record::from([
        text("cpr", "530445233"),
        text("account_no", "100200"),
        text("deceased_name_ar", "محمد عبدالله"),
        text("deceased_name_en", "Mohamed Abdulla"),
        text("date_of_death", "2026-05-01"),
        text("registered_on", "2026-05-02"),
        text("governorate", "capital"),
        ("monthly_kwh".to_owned(), Value::Int(3000)),
        ("monthly_m3".to_owned(), Value::Int(50)),
        ("contacts".to_owned(), Value::List(vec![Value::Record(relative)])),
    ]);
    engine.open_case("account-transfer", data, "test").await.unwrap().case.id
}

fn told(case: CaseId, number: usize) -> NewEvent {
    let body = Body::External { name: "account.transferred".to_owned(), data: Record::new() };
    let (source, source_id, by) = ("api:key:other".to_owned(), number.to_string(), "key:other".to_owned());
    NewEvent { case, source, source_id, at: jiff::Timestamp::now(), by, body }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_system_is_asked_to_come_again_when_too_many_events_wait_and_its_event_is_not_lost_then() {
    wasl_notifiers::init_tls();
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("wasl.sqlite").display());
    let settings = Settings { database: url.as_str().into(), ..Settings::default() };
    let api = Arc::new(api(settings).await);
    let (engine, stop) = (Arc::clone(&api.engine), api.stop.clone());
    let case = open_case(&engine).await;
    let scopes = BTreeSet::from([Permission::SubmitEvent]);
    let key = Accounts::of(&api.session, "test").make_key("billing", scopes, 1).await.unwrap().key;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/v1/cases/{}/events", listener.local_addr().unwrap(), case.reference());
    let server = tokio::spawn(serve(listener, api, stop.clone()));
    let client = reqwest::Client::new();
    let post = || {
        let request = client.post(&url).bearer_auth(key.reveal()).header("idempotency-key", "the only one");
        request.header("content-type", "application/json").body(r#"{"name": "account.transferred"}"#).send()
    };

    // The first has the turn and is held; the others wait behind it.
    let mut line: Vec<_> = (0..=MANY).map(|n| Box::pin(engine.submit_in_turn(told(case, n)))).collect();
    for one in &mut line {
        assert!(one.as_mut().now_or_never().is_none());
    }
    let refused = post().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    let problem = refused.text().await.unwrap();
    assert!(problem.contains("this was not stored") && problem.contains("under the same id"), "{problem}");

    // Most give up. When the line goes on the others are answered, and who comes again is heard.
    line.truncate(STAYING);
    for answer in join_all(line).await {
        answer.unwrap();
    }
    assert_eq!(post().await.unwrap().status().as_u16(), 200);
    let stored = engine.store.events(case).await.unwrap();
    assert_eq!(stored.iter().filter(|event| event.source_id == "the only one").count(), 1);
    assert_eq!(stored.len(), STAYING + 1);
    stop.cancel();
    server.await.unwrap().unwrap();
}
