//! The daemon as it is shipped: while it finds cases, moves them, sends through a gateway full of faults, and is told things
//! over HTTP by agents, by other systems and by the gateway, it is killed between any two instructions, two hundred
//! times on each store, or its lines to the database are cut. Afterwards every case went as the simulation's reference says,
//! nothing that was answered with success is lost, and nothing happened twice.
//!
//! A seed draws when the daemon or its server dies or is cut off, what time it is and what people do; what the threads make of it is
//! each run's own. Nothing is decided by how fast the machine is.

mod gateway;
mod house;
mod life;
mod observed;
mod people;

#[path = "../../../engine/runtime/src/simulation/judge.rs"]
#[expect(dead_code, reason = "the simulation looks after each step, and so sees more")]
mod judge;
#[path = "../../../engine/runtime/src/simulation/model.rs"]
mod model;
#[path = "../../../engine/runtime/src/simulation/rows.rs"]
mod rows;

use jiff::SignedDuration;

use crate::support::program::Desk;
use life::{Lives, Trouble};

/// Which seeds are played: `1` among the tests; `1-10` kills two thousand times on each store, and cuts off and lets the server
/// die ten times as often.
const SEEDS: &str = "WASL_KILL_SEEDS";

const KILLS: u64 = 200;
/// At how many moments the daemon lives behind lines that break.
const CUT_OFF: u64 = 6;
/// At how many moments the server dies under a daemon that lives on, and how often at each.
const SERVER_DIES: (u64, u64) = (8, 4);
/// What passes between those.
const BETWEEN: SignedDuration = SignedDuration::from_hours(7);

fn play<F: Future<Output = ()>>(one: impl Fn(u64) -> F) {
    wasl_notifiers::init_tls();
    let wanted = std::env::var(SEEDS).unwrap_or_else(|_| "1".to_owned());
    let (first, last) = wanted.split_once('-').unwrap_or((&wanted, &wanted));
    for seed in first.parse().unwrap()..=last.parse().unwrap() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(one(seed));
    }
}

/// The daemon dies again and again, mostly before anything has come of what it was told.
async fn killed(seed: u64, desk: Desk) {
    let mut lives = Lives::prepare(seed, &desk).await;
    for _ in 0..KILLS {
        if lives.draw("time", 3) > 0 {
            lives.look();
            lives.go_on_a_little();
        }
        lives.live_and_die().await;
    }
    lives.come_to_an_end(&format!("{KILLS} kills")).await;
}

/// The daemon lives on while its lines to the database break, and goes on by itself when they hold again.
async fn cut_off(seed: u64, desk: Desk) {
    let mut lives = Lives::prepare(seed, &desk).await.behind_proxies().await;
    for _ in 0..CUT_OFF {
        lives.look();
        lives.go_on(BETWEEN);
        lives.live_cut_off().await;
    }
    let met = lives.lines_broken();
    assert!(met.values().all(|times| *times > 0), "not everything happened to the lines: {met:?}");
    lives.come_to_an_end(&format!("lines broken {met:?}")).await;
}

/// The daemon lives on while the server dies as by a power cut, and goes on by itself when it is there again.
async fn server_dies(seed: u64, desk: Desk) {
    let mut lives = Lives::prepare(seed, &desk).await;
    let (moments, times) = SERVER_DIES;
    for _ in 0..moments {
        lives.look();
        lives.go_on(BETWEEN);
        lives.live_through_deaths_of_the_server(times).await;
    }
    lives.come_to_an_end(&format!("{} deaths of the server", moments * times)).await;
}

/// Several live together on one database, and something happens to each of them by turns.
async fn together(seed: u64, desk: Desk, daemons: usize) {
    let mut lives = Lives::prepare_several(seed, &desk, daemons).await.behind_proxies().await;
    let troubles = [Trouble::Killed, Trouble::Stopped, Trouble::CutOff];
    for trouble in troubles {
        for troubled in 0..daemons {
            lives.look();
            lives.go_on(BETWEEN);
            lives.live_together(troubled, trouble).await;
        }
    }
    lives.come_to_an_end(&format!("{daemons} daemons, each {troubles:?} once,")).await;
}

#[test]
fn killed_at_any_instant_it_goes_on_by_itself_and_every_case_goes_as_the_reference_says() {
    play(|seed| killed(seed, Desk::empty()));
}

#[test]
fn killed_at_any_instant_it_goes_on_by_itself_on_postgresql_too() {
    play(|seed| killed(seed, Desk::empty().on_postgres()));
}

#[test]
fn lines_to_the_database_that_break_at_any_instant_lose_nothing_and_make_nothing_happen_twice() {
    play(|seed| cut_off(seed, Desk::empty().on_postgres()));
}

#[test]
fn a_server_that_dies_at_any_instant_loses_nothing_and_makes_nothing_happen_twice() {
    play(|seed| server_dies(seed, Desk::empty().on_a_postgres_of_its_own()));
}

#[test]
fn two_daemons_on_one_database_move_every_case_as_the_reference_says_whatever_happens_to_one_of_them() {
    play(|seed| together(seed, Desk::empty().on_postgres(), 2));
}

#[test]
fn three_daemons_on_one_database_move_every_case_as_the_reference_says_whatever_happens_to_one_of_them() {
    play(|seed| together(seed, Desk::empty().on_postgres(), 3));
}
