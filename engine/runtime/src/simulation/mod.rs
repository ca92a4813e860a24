//! Deterministic simulation: the daemon's own loops on a real database, with people, a hostile gateway, failing database
//! operations and deaths, all of it in an order that follows from a seed. After each step the database is held against a
//! reference that was written separately.
//!
//! `WASL_SIM_SEEDS=17` plays one seed, `WASL_SIM_SEEDS=1-100000` many. Why so: `docs/adr/0031-simulation.md`.

pub(crate) mod dice;
mod gateway;
mod house;
mod judge;
mod model;
mod people;
mod play;
pub(crate) mod rows;
mod turns;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use gateway::Fate;
use house::Ground;
use play::{Failure, Played, Player};

use crate::store::observed::{self, Sabotage};

/// Which seeds are played.
const SEEDS: &str = "WASL_SIM_SEEDS";
const USUAL: &str = "1-1000";
/// The end of the trace that a failure shows; all of it where one seed is played.
const SHOWN: usize = 60;

fn seeds() -> (u64, u64) {
    let wanted = std::env::var(SEEDS).unwrap_or_else(|_| USUAL.to_owned());
    let (first, last) = wanted.split_once('-').unwrap_or((&wanted, &wanted));
    (first.parse().unwrap(), last.parse().unwrap())
}

/// What was met while playing.
#[derive(Debug, Default)]
struct Met {
    turns: usize,
    deaths: usize,
    clock_moved: usize,
    messages: usize,
    fates: BTreeMap<Fate, usize>,
}

impl Met {
    fn add(&mut self, played: &Played) {
        self.turns += played.turns;
        self.deaths += played.deaths;
        self.clock_moved += played.clock_moved;
        self.messages += played.messages;
        for (fate, times) in &played.fates {
            *self.fates.entry(*fate).or_default() += times;
        }
    }
}

/// Plays a seed; a panic of the engine is a failure like any other.
fn try_to_play<'g>(player: &mut Player<'g>, ground: &'g Ground, seed: u64) -> Result<Played, Failure> {
    catch_unwind(AssertUnwindSafe(|| player.play(seed, None))).unwrap_or_else(|_| {
        // Nobody knows in what state it left the database.
        *player = Player::on(ground);
        Err(Failure { what: "somebody panicked, see above".to_owned(), trace: Vec::new(), sabotaged: false })
    })
}

#[test]
fn whatever_the_seed_every_case_does_what_the_reference_says_and_nothing_is_lost_or_done_twice() {
    let (ground, (first, last)) = (Ground::prepare(), seeds());
    let (next, failures, met) = (AtomicU64::new(first), Mutex::new(Vec::new()), Mutex::new(Met::default()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut player = Player::on(&ground);
                while let Some(seed) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|seed| *seed <= last) {
                    match try_to_play(&mut player, &ground, seed) {
                        Ok(end) => met.lock().unwrap().add(&end),
                        Err(failure) => failures.lock().unwrap().push((seed, failure)),
                    }
                }
            });
        }
    });
    eprintln!("seeds {first}-{last}: {:?}", met.into_inner().unwrap());
    let mut failures = failures.into_inner().unwrap();
    failures.sort_by_key(|(seed, _)| *seed);
    let Some((seed, Failure { what, trace, .. })) = failures.first() else { return };
    let shown = if first == last { 0 } else { trace.len().saturating_sub(SHOWN) };
    let others: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    panic!(
        "{}\nseed {seed}: {what}\nplay it again with {SEEDS}={seed} cargo test -p wasl-runtime simulation\nfailed: {others:?}",
        trace[shown..].join("\n")
    );
}

#[test]
fn the_same_seed_is_the_same_play_to_the_last_row() {
    let ground = Ground::prepare();
    let (mut one, mut other) = (Player::on(&ground), Player::on(&ground));
    let first: Vec<Played> = (1..=12).map(|seed| one.play(seed, None).unwrap()).collect();
    // Collected before it is turned round: an iterator would play them in the first order after all.
    let mut again: Vec<Played> = (1..=12).rev().map(|seed| other.play(seed, None).unwrap()).collect();
    again.reverse();
    assert_eq!(first, again);
    assert!(first.windows(2).all(|pair| pair[0].hash != pair[1].hash), "another seed is another play");
}

#[test]
fn a_broken_engine_is_caught_whatever_it_does() {
    let ground = Ground::prepare();
    let mut player = Player::on(&ground);
    for how in Sabotage::ALL {
        let mut took_place = 0;
        for seed in 1..=6 {
            match player.play(seed, Some(how)) {
                Ok(end) => assert!(!end.sabotaged, "{how:?} was not noticed with seed {seed}"),
                Err(failure) => {
                    assert!(failure.sabotaged, "{how:?}, seed {seed}: {}", failure.what);
                    took_place += 1;
                }
            }
        }
        assert!(took_place > 0, "{how:?} never took place");
    }
}
