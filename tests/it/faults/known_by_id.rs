//! A gateway that knows each message by our id, and whose answers all get lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use wasl_core::delivery::{Failure, Found, Notifier, Outgoing, Pending, Sent, Sighting, Status};
use wasl_runtime::clock::ManualClock;
use wasl_runtime::engine::{BreakerLimits, Gate, Outlet};
use wasl_runtime::store::MessageStatus;

use super::{MESSAGES_EACH, daemon, setting};

/// How often it was given each message.
#[derive(Default)]
struct Forgetful(Mutex<BTreeMap<String, u32>>);

impl Notifier for Forgetful {
    fn name(&self) -> &'static str {
        "sms"
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        *self.0.lock().unwrap().entry(message.id.clone()).or_default() += 1;
        Box::pin(std::future::ready(Sent::Uncertain(Failure::new("lost", "the answer got lost"))))
    }

    fn find<'a>(&'a self, message: &'a Outgoing, _: Timestamp) -> Pending<'a, Found> {
        let sighting = Sighting { provider_id: format!("G{}", message.id), status: Status::Accepted };
        let has_it = self.0.lock().unwrap().contains_key(&message.id);
        Box::pin(std::future::ready(if has_it { Found::This(sighting) } else { Found::No }))
    }
}

#[tokio::test]
async fn what_a_gateway_knows_by_our_id_is_adopted_whatever_looks_like_it() {
    let dir = TempDir::new().unwrap();
    // Families 0 and 1 share a number, and every text.
    setting::write(dir.path(), 2);
    let gateway = Arc::new(Forgetful::default());
    let clock = Arc::new(ManualClock::new(crate::support::local(setting::BEGINNING)));
    // It never rests, however often its answers get lost.
    let breaker = BreakerLimits { failures: u32::MAX, ..BreakerLimits::default() };
    let outlet = Outlet { notifier: Arc::clone(&gateway) as _, gate: Gate { breaker, ..Gate::default() } };
    let engine = daemon::engine_speaking_by(dir.path(), Arc::clone(&clock) as _, outlet).await;
    engine.detect("pulse", None, false, &|_| ()).await.unwrap();
    // In the forty minutes that are left of the day.
    for _ in 0..35 {
        engine.tick().await.unwrap();
        engine.dispatch().await.unwrap();
        clock.advance(SignedDuration::from_mins(1));
    }
    let standing = engine.store.messages_by_status().await.unwrap();
    let all = 2 * MESSAGES_EACH;
    assert_eq!(standing, BTreeMap::from([(MessageStatus::Accepted, all as u64)]));
    let given = gateway.0.lock().unwrap().clone();
    assert!(given.len() == all && given.values().all(|times| *times == 1), "{given:?}");
}
