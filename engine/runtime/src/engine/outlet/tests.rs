//! What a gateway may be given after each of its answers.

use std::time::Duration;

use wasl_core::delivery::{Failure, Found, Outgoing, Pending, Status};

use super::*;

/// Speaks to nobody: these tests are about what it would be given.
struct Mute(&'static str);

impl Notifier for Mute {
    fn name(&self) -> &str {
        self.0
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(std::future::ready(Sent::Unreachable(Failure::new("mute", "speaks to nobody"))))
    }

    fn find<'a>(&'a self, _: &'a Outgoing, _: Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_second(1_767_600_000 + secs).unwrap()
}

fn outlet(name: &'static str, gate: Gate) -> Outlet {
    Outlet { notifier: Arc::new(Mute(name)), gate }
}

fn gateway(gate: Gate) -> Gateway {
    Gateway::new(outlet("sms", gate), &Options::default())
}

fn failure() -> Failure {
    Failure::new("x", "x")
}

fn accepted() -> Sent {
    Sent::Accepted { provider_id: None, status: Status::Accepted, segments: None }
}

#[test]
fn only_failures_of_the_gateway_itself_bring_it_to_rest() {
    let after = |secs| Some(Duration::from_secs(secs));
    for (sent, room, room_later, why) in [
        (accepted(), 50, 50, "it works"),
        (Sent::Rejected(failure()), 50, 50, "a bad number is the number's fault"),
        (Sent::Retry { failure: failure(), after: None }, 50, 50, "a busy mailbox is the mailbox's fault"),
        (Sent::Retry { failure: failure(), after: after(10) }, 0, 50, "it asked us to slow down"),
        (Sent::Retry { failure: failure(), after: after(80_000) }, 0, 50, "for a minute at the most"),
        (Sent::Unreachable(failure()), 0, 1, "it rests, then one message tries it"),
        (Sent::Uncertain(failure()), 0, 1, "a lost answer is the gateway's failure as well"),
        (Sent::Misconfigured(failure()), 0, 0, "rests longer: a minute mends no password"),
    ] {
        let gateway = gateway(Gate::default());
        for _ in 0..5 {
            gateway.heard(&sent, at(0));
        }
        assert_eq!((gateway.room(at(9), 50), gateway.room(at(60), 50)), (room, room_later), "{why}");
        assert_eq!(gateway.begin(at(9)), room > 0, "{why}");
    }
}

#[test]
fn a_wrong_password_is_seen_at_the_first_answer() {
    let gateway = gateway(Gate::default());
    gateway.heard(&Sent::Misconfigured(failure()), at(0));
    assert_eq!(gateway.standing(at(299)), Standing::Open);
    assert_eq!(gateway.standing(at(300)), Standing::HalfOpen);
}

#[test]
fn the_rate_bounds_what_is_claimed_and_what_leaves_counts() {
    let rate = Some(Rate { messages: 3, per: SignedDuration::from_secs(1) });
    let gateway = gateway(Gate { rate, ..Gate::default() });
    assert_eq!(gateway.room(at(0), 50), 3);
    assert_eq!(gateway.room(at(0), 50), 3, "what is only looked at is not used up");
    assert!(gateway.begin(at(0)) && gateway.begin(at(0)));
    assert_eq!(gateway.room(at(0), 50), 1);
    assert_eq!(gateway.room(at(1), 50), 3);
}

#[test]
fn the_next_of_the_chain_speaks_while_the_first_rests() {
    let chain = vec![outlet("sms", Gate::default()), outlet("spare", Gate::default())];
    let outlets = Outlets::new(BTreeMap::from([(Channel::Sms, chain)]), &Options::default());
    let speaking = |secs| outlets.speaking(Channel::Sms, at(secs)).map(Gateway::name);
    assert_eq!(speaking(0), Some("sms"));
    outlets.chain(Channel::Sms)[0].heard(&Sent::Misconfigured(failure()), at(0));
    assert_eq!(speaking(1), Some("spare"));
    outlets.chain(Channel::Sms)[1].heard(&Sent::Misconfigured(failure()), at(2));
    assert_eq!(speaking(3), None);
    assert_eq!(speaking(300), Some("sms"), "it has rested and is tried");
    outlets.chain(Channel::Sms)[0].heard(&accepted(), at(300));
    assert_eq!(speaking(301), Some("sms"));
    assert_eq!(outlets.named("spare").map(|(channel, _)| channel), Some(Channel::Sms));
    assert!(outlets.named("other").is_none() && outlets.chain(Channel::Email).is_empty());
}
