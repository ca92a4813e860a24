//! Time, CPU time and memory of this process, and the CPU time of a database server beside it, as the system counts them.

use std::time::{Duration, Instant};

use crate::store::scratch::ServerFacts;

/// The unit of CPU times in `/proc`, fixed at 100 a second for programs on Linux (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a piece of work took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub(super) wall: Duration,
    /// User and system time of all threads, and of the server; nought where the system does not tell.
    pub(super) cpu: Duration,
}

impl Took {
    /// How many of `count` were done in a second.
    pub(super) fn per_second(self, count: u64) -> f64 {
        per(count, self.wall)
    }

    /// CPU time for one of `count`, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
    pub(super) fn cpu_us_each(self, count: u64) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / count.max(1) as f64
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are far below 2^52")]
pub(super) fn per(count: u64, wall: Duration) -> f64 {
    count as f64 / wall.as_secs_f64().max(1e-9)
}

/// Begins to count.
pub(super) struct Watch {
    began: Instant,
    cpu: Duration,
    server: Option<Server>,
}

impl Watch {
    /// Of this process and, where there is one on this machine, of the server that works for it.
    pub(super) fn start(server: Option<Server>) -> Self {
        Self { began: Instant::now(), cpu: cpu_time(server), server }
    }

    pub(super) fn stop(&self) -> Took {
        Took { wall: self.began.elapsed(), cpu: cpu_time(self.server).saturating_sub(self.cpu) }
    }
}

/// A database server on this machine, by the number of its first process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server(u32);

impl Server {
    /// `None` if the process that serves us is not one of this machine.
    pub(super) fn of(facts: &ServerFacts) -> Option<Self> {
        let title = std::fs::read_to_string(format!("/proc/{}/cmdline", facts.backend)).ok()?;
        let serves_us = title.starts_with("postgres:") && title.contains(&facts.database);
        let parent = Process::read(facts.backend)?.parent;
        serves_us.then_some(Self(parent))
    }

    /// What all its processes have used, also those that have ended.
    fn ticks(self) -> u64 {
        let first = Process::read(self.0).map_or(0, |process| process.ticks + process.ticks_of_ended);
        let others = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let others = others.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(Process::read);
        first + others.filter(|process| process.parent == self.0).map(|process| process.ticks).sum::<u64>()
    }
}

/// What the system counts of a process, in ticks.
struct Process {
    parent: u32,
    ticks: u64,
    /// Of its children that have ended.
    ticks_of_ended: u64,
}

impl Process {
    fn read(id: u32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// The name in brackets may contain spaces; the parent is the second word after it, the times are the 12th to the 15th.
    fn parse(stat: &str) -> Option<Self> {
        let words: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let number = |n: usize| words.get(n)?.parse::<u64>().ok();
        Some(Self {
            parent: words.get(1)?.parse().ok()?,
            ticks: number(11)? + number(12)?,
            ticks_of_ended: number(13)? + number(14)?,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a process are far below 2^52")]
fn cpu_time(server: Option<Server>) -> Duration {
    let own = Process::read(std::process::id()).map_or(0, |process| process.ticks);
    let ticks = own + server.map_or(0, Server::ticks);
    Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND)
}

/// Memory that the process has now, and had at most, in MiB; nought where the system does not tell.
pub(super) fn resident_mib() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    (kib("VmRSS:").unwrap_or_default() / 1024.0, kib("VmHWM:").unwrap_or_default() / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_process_are_found_behind_its_name() {
        let stat = "4242 (a ) b) S 17 4242 4242 0 -1 4194560 1 2 3 4 50 7 90 3 20 0 1 0 100 1 1";
        let process = Process::parse(stat).unwrap();
        assert_eq!((process.parent, process.ticks, process.ticks_of_ended), (17, 57, 93));
        assert!(Process::parse("1 (x) S").is_none());
    }
}
