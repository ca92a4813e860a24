//! Wall time and CPU time of this process and of a PostgreSQL server beside it, as `engine/runtime/src/bench/machine.rs` counts them.
//!
//! Shared with the folder `duroxide`, which has dependencies of its own.

use std::fs;
use std::time::Instant;

/// The unit of CPU times in `/proc`, fixed at 100 a second for programs on Linux (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Where the work of the database is done.
#[derive(Clone, Copy, Debug)]
pub enum Database {
    /// In this process.
    Here,
    /// In the server with this first process.
    Beside(u32),
    /// On another machine, whose CPU time nobody tells us.
    Elsewhere,
}

impl Database {
    /// The server that `backend` belongs to.
    pub fn server_of(backend: u32, database: &str) -> Self {
        let title = fs::read_to_string(format!("/proc/{backend}/cmdline")).unwrap_or_default();
        let serves_us = title.starts_with("postgres:") && title.contains(database);
        match Process::read(backend) {
            Some(process) if serves_us => Self::Beside(process.parent),
            _ => Self::Elsewhere,
        }
    }

    /// What this process and the server have used, also those of its processes that have ended.
    fn ticks(self) -> Option<u64> {
        let own = Process::read(std::process::id())?.ticks;
        match self {
            Self::Here => Some(own),
            Self::Elsewhere => None,
            Self::Beside(first) => {
                let server = Process::read(first)?;
                let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
                let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
                let others = ids.filter_map(Process::read).filter(|process| process.parent == first);
                Some(own + server.ticks + server.ticks_of_ended + others.map(|process| process.ticks).sum::<u64>())
            }
        }
    }
}

/// What the system counts of a process, in ticks.
struct Process {
    parent: u32,
    ticks: u64,
    ticks_of_ended: u64,
}

impl Process {
    /// The name in brackets may contain spaces; the parent is the second word after it, the times are the 12th to the 15th.
    fn read(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let words: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let number = |n: usize| words.get(n)?.parse::<u64>().ok();
        Some(Self {
            parent: words.get(1)?.parse().ok()?,
            ticks: number(11)? + number(12)?,
            ticks_of_ended: number(13)? + number(14)?,
        })
    }
}

/// Begins to count.
#[derive(Debug)]
pub struct Watch {
    database: Database,
    began: Instant,
    ticks: Option<u64>,
}

impl Watch {
    /// Of this process and of what works for it.
    pub fn start(database: Database) -> Self {
        Self { database, began: Instant::now(), ticks: database.ticks() }
    }

    /// Ends it.
    pub fn stop(&self) -> Took {
        let wall_s = self.began.elapsed().as_secs_f64();
        let ticks = self.database.ticks().zip(self.ticks);
        Took { wall_s, cpu_s: ticks.map(|(after, before)| (after - before) as f64 / TICKS_PER_SECOND) }
    }
}

/// What a round took; CPU time only where all of it can be seen.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub wall_s: f64,
    pub cpu_s: Option<f64>,
}
