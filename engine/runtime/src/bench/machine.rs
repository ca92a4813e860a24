//! Time, CPU time and memory of this process, and the CPU time of a database server beside it, as the system counts them; and
//! which machine it is.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::BenchError;
use crate::store::DatabaseUrl;
use crate::store::scratch::{self, ServerFacts};

/// What every figure is told with. What the system does not tell is left out.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors that the process may use.
    pub cores: usize,
    /// What the processor calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_model: Option<String>,
    /// Memory of the machine, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_mib: Option<u64>,
    /// The system's kernel, with its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The version of the database server, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// The version that was measured.
    pub version: &'static str,
    /// Whether the program was built for speed: figures of another say little.
    pub optimised: bool,
}

impl Machine {
    /// This machine and this program.
    pub fn this() -> Self {
        let told = |path: &str| std::fs::read_to_string(path).ok();
        let of_system = |name: &str| Some(told(&format!("/proc/sys/kernel/{name}"))?.trim().to_owned());
        Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            cpu_model: told("/proc/cpuinfo").and_then(|text| cpu_model(&text)),
            memory_mib: told("/proc/meminfo").and_then(|text| Some(kib(&text, "MemTotal:")? / 1024)),
            kernel: of_system("ostype").zip(of_system("osrelease")).map(|(name, version)| format!("{name} {version}")),
            server_version: None,
            version: env!("CARGO_PKG_VERSION"),
            optimised: !cfg!(debug_assertions),
        }
    }

    /// With the server that was measured.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn with(self, server: &DatabaseUrl) -> Result<Self, BenchError> {
        Ok(Self { server_version: Some(scratch::version(server).await?), ..self })
    }
}

/// Not every kind of processor says it.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// A size in one of the system's lists of `name: number kB`.
fn kib(list: &str, name: &str) -> Option<u64> {
    list.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// The unit of CPU times in `/proc/PID/stat`, fixed at 100 a second for programs on Linux (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;
/// What a difference of two such times may be too large by: each is a time in the program and one in the system, cut to ticks.
const ROUNDED: Duration = Duration::from_millis(20);

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
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

impl std::ops::AddAssign for Took {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

/// Begins to count.
pub(super) struct Watch {
    cpu: CpuTime,
    began: Instant,
    server: Option<Server>,
}

impl Watch {
    /// Of this process and, where there is one on this machine, of the server that works for it.
    pub(super) fn start(server: Option<Server>) -> Self {
        let cpu = CpuTime::read(server);
        Self { cpu, began: Instant::now(), server }
    }

    pub(super) fn stop(&self) -> Took {
        let wall = self.began.elapsed();
        Took { wall, cpu: CpuTime::read(self.server).since(&self.cpu) }
    }
}

/// CPU time that was used up to a moment.
struct CpuTime {
    /// Of all threads that this process ever had, cut to ticks.
    process: Duration,
    /// Of those that it has, to the nanosecond; `None` where the system does not tell.
    threads: Option<Duration>,
    server: Duration,
}

impl CpuTime {
    fn read(server: Option<Server>) -> Self {
        // The time of a thread is brought up to date when it gives its processor away.
        std::thread::yield_now();
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let threads: Duration = tasks.filter_map(|task| on_cpu(&task.path())).sum();
        Self {
            process: Process::read(std::process::id()).map_or(Duration::ZERO, |process| time_of(process.ticks)),
            threads: Some(threads).filter(|threads| !threads.is_zero()),
            server: server.map_or(Duration::ZERO, Server::cpu_time),
        }
    }

    /// Threads that have ended meanwhile are missing among those that are there: then what the process counts is more than
    /// rounding explains.
    fn since(&self, earlier: &Self) -> Duration {
        let process = self.process.saturating_sub(earlier.process);
        let own = match (self.threads, earlier.threads) {
            (Some(now), Some(then)) => now.saturating_sub(then).max(process.saturating_sub(ROUNDED)),
            _ => process,
        };
        own + self.server.saturating_sub(earlier.server)
    }
}

/// How long a process of one thread, or a thread, was on a processor, to the nanosecond.
fn on_cpu(process: &Path) -> Option<Duration> {
    let told = std::fs::read_to_string(process.join("schedstat")).ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[expect(clippy::cast_precision_loss, reason = "ticks of a process are far below 2^52")]
fn time_of(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND)
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

    /// What all its processes have used, also those that have ended. Each has one thread.
    fn cpu_time(self) -> Duration {
        let exact = |id: u32, process: &Process| {
            on_cpu(Path::new(&format!("/proc/{id}"))).unwrap_or_else(|| time_of(process.ticks))
        };
        let first =
            Process::read(self.0).map_or(Duration::ZERO, |first| exact(self.0, &first) + time_of(first.ticks_of_ended));
        let others = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let others = others.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let others = others.filter_map(|id| Some((id, Process::read(id)?)));
        first
            + others.filter(|(_, other)| other.parent == self.0).map(|(id, other)| exact(id, &other)).sum::<Duration>()
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

/// Memory that the process has now, and had at most, in MiB; nought where the system does not tell.
#[expect(clippy::cast_precision_loss, reason = "the memory of a process is far below 2^52 KiB")]
pub(super) fn resident_mib() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mib = |name: &str| kib(&status, name).unwrap_or_default() as f64 / 1024.0;
    (mib("VmRSS:"), mib("VmHWM:"))
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
    #[test]
    fn what_the_system_tells_of_the_machine_is_found_in_its_lists() {
        assert_eq!(cpu_model("processor\t: 0\nmodel name\t: AMD EPYC\nstepping\t: 1\n").as_deref(), Some("AMD EPYC"));
        assert_eq!(cpu_model("processor\t: 0\nCPU part\t: 0xd0c\n"), None);
        assert_eq!(kib("MemTotal:       16384000 kB\nMemFree: 1 kB\n", "MemTotal:"), Some(16_384_000));
        assert_eq!(kib("MemTotal: a lot\n", "MemTotal:"), None);
    }

    #[test]
    fn threads_that_have_ended_are_counted_once_they_are_more_than_rounding() {
        let time = |process: u64, threads: Option<u64>, server: u64| CpuTime {
            process: Duration::from_millis(process),
            threads: threads.map(Duration::from_millis),
            server: Duration::from_millis(server),
        };
        for (before, after, used) in [
            (time(10, Some(13), 0), time(30, Some(28), 0), 15),
            (time(10, Some(13), 100), time(500, Some(28), 107), 477),
            (time(10, None, 0), time(30, None, 0), 20),
        ] {
            assert_eq!(after.since(&before), Duration::from_millis(used));
        }
    }
}
