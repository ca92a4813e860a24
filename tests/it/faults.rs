//! The proof of the delivery: a gateway that fails in every way a gateway can, a daemon that is killed
//! at random moments, ten thousand messages in each run. Afterwards each of them has been taken
//! exactly once, by the right number, within its hours, and stands where its receipts say.
//!
//! The faults of a run follow from its seed and the messages' ids, whatever the threads do. Time is
//! the run's own: it goes on only while the gateway keeps up with its connections, so that a slow
//! machine makes a run longer and not wrong.

mod daemon;
mod double;
mod flow;
mod known_by_id;
mod lives;
mod nodes;
mod proxy;
mod reports;
mod run;
mod setting;
mod verdict;
mod wire;

use run::run;

/// How many families a run has, and how many messages each of them is sent.
pub(crate) const FAMILIES: usize = 500;
pub(crate) const MESSAGES_EACH: usize = 20;

/// Which seeds are played: the first is among the tests, `tests/run faults` plays 2-20, and any others may be asked for.
const SEEDS: &str = "WASL_SEEDS";

/// Runs at the same time: a run waits more than it works.
const AT_ONCE: usize = 3;

#[test]
fn nothing_is_lost_or_sent_twice_or_to_the_wrong_number_or_outside_hours() {
    let wanted = std::env::var(SEEDS).unwrap_or_else(|_| "1".to_owned());
    let (first, last) = wanted.split_once('-').unwrap_or((&wanted, &wanted));
    let seeds: Vec<u64> = (first.parse().unwrap()..=last.parse().unwrap()).collect();
    for seeds in seeds.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for seed in seeds {
                // The name stands in the message of a run that fails.
                std::thread::Builder::new().name(format!("seed {seed}")).spawn_scoped(scope, || run(*seed)).unwrap();
            }
        });
    }
}
