//! How messages share a gateway: nobody's waits for the slowest of others, one of a family is under way
//! at a time, and a daemon that stops gives back what has not left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wasl_core::delivery::{Found, Notifier, Outgoing, Pending, Sent, Status};
use wasl_runtime::clock::ManualClock;
use wasl_runtime::engine::{Engine, Options};
use wasl_runtime::store::MessageStatus;

use super::{MESSAGES_EACH, daemon, setting};

/// Enough that their messages take many claims.
const FAMILIES: usize = 24;

/// A gateway that takes its time with some messages.
#[derive(Default)]
struct Gateway {
    /// How many others it must have taken before it answers the very first.
    first_waits_for: usize,
    /// Told of each message that it gets.
    stop_at_once: Option<CancellationToken>,
    seen: Mutex<Seen>,
    taken: Notify,
}

#[derive(Default)]
struct Seen {
    order: Vec<String>,
    answered: usize,
    under_way: BTreeSet<String>,
    shared: Vec<String>,
}

impl Gateway {
    async fn take(&self, message: &Outgoing) -> Sent {
        let is_first = {
            let mut seen = self.seen.lock().unwrap();
            seen.order.push(message.id.clone());
            if !seen.under_way.insert(message.to.clone()) {
                seen.shared.push(message.id.clone());
            }
            seen.order.len() == 1
        };
        if let Some(stop) = &self.stop_at_once {
            stop.cancel();
        }
        while is_first && self.seen.lock().unwrap().answered < self.first_waits_for {
            self.taken.notified().await;
        }
        // Others get a chance to be here at the same time.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut seen = self.seen.lock().unwrap();
        seen.under_way.remove(&message.to);
        seen.answered += 1;
        self.taken.notify_one();
        let provider_id = Some(format!("G{}", message.id));
        Sent::Accepted { provider_id, status: Status::Accepted, segments: None }
    }
}

impl Notifier for Gateway {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(self.take(message))
    }

    fn find<'a>(&'a self, _: &'a Outgoing, _: Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::No))
    }
}

/// An engine whose families wait for all their messages at once.
async fn engine(folder: &Path, families_count: usize, gateway: &Arc<Gateway>) -> Arc<Engine> {
    setting::write(folder, families_count);
    let clock = Arc::new(ManualClock::new(crate::support::local(setting::BEGINNING)));
    let notifier: Arc<dyn Notifier> = Arc::clone(gateway) as _;
    // It looks for more work again and again while answers come back.
    let options = Options { tick: SignedDuration::from_millis(1), ..daemon::options() };
    let engine = daemon::engine_with(folder, clock, notifier.into(), options).await;
    engine.detect("pulse", None, false, &|_| ()).await.unwrap();
    while engine.tick().await.unwrap() > 0 {}
    engine
}

#[tokio::test]
async fn no_message_waits_for_the_slowest_of_others() {
    let dir = TempDir::new().unwrap();
    let all = FAMILIES * MESSAGES_EACH;
    // Those of its own family wait for it, and of the one that shares its number.
    let others = all - 2 * MESSAGES_EACH;
    let gateway = Arc::new(Gateway { first_waits_for: others, ..Gateway::default() });
    let engine = engine(dir.path(), FAMILIES, &gateway).await;
    let sending = tokio::time::timeout(Duration::from_mins(20), engine.dispatch());
    let dispatched = sending.await.expect("what is slow holds the others up").unwrap();
    assert_eq!(dispatched.accepted, all as u64);
}

#[tokio::test]
async fn of_one_family_one_message_is_under_way_at_a_time_and_in_their_order() {
    let dir = TempDir::new().unwrap();
    // The first two share a number.
    let gateway = Arc::new(Gateway::default());
    let engine = engine(dir.path(), 4, &gateway).await;
    assert_eq!(engine.dispatch().await.unwrap().accepted, 4 * MESSAGES_EACH as u64);
    let seen = gateway.seen.lock().unwrap();
    assert_eq!(seen.shared, Vec::<String>::new(), "two for one number at once");
    let mut of_case = BTreeMap::<&str, Vec<&str>>::new();
    for id in &seen.order {
        of_case.entry(id.split('.').next().unwrap()).or_default().push(id);
    }
    for ids in of_case.values() {
        assert!(ids.is_sorted(), "{ids:?}");
    }
}

#[tokio::test]
async fn a_daemon_that_stops_gives_back_what_has_not_left() {
    let dir = TempDir::new().unwrap();
    let stop = CancellationToken::new();
    let gateway = Arc::new(Gateway { stop_at_once: Some(stop.clone()), ..Gateway::default() });
    let engine = engine(dir.path(), FAMILIES, &gateway).await;
    let accepted = engine.dispatch_until(&stop).await.unwrap().accepted;
    assert!((1..FAMILIES as u64).contains(&accepted), "{accepted} left");
    let standing = engine.store.messages_by_status().await.unwrap();
    let waiting = (FAMILIES * MESSAGES_EACH) as u64 - accepted;
    assert_eq!(
        standing,
        BTreeMap::from([(MessageStatus::Accepted, accepted), (MessageStatus::Queued, waiting)]),
        "none is left under a lease that has to run out"
    );
}
