//! Time, CPU time and memory of this process, as the system counts them.

use std::time::{Duration, Instant};

/// The unit of CPU times in `/proc`, fixed at 100 a second for programs on Linux (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// What a piece of work took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    pub(super) wall: Duration,
    /// User and system time of all threads; nought where the system does not tell.
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
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), cpu: cpu_time() }
    }

    pub(super) fn stop(&self) -> Took {
        Took { wall: self.began.elapsed(), cpu: cpu_time().saturating_sub(self.cpu) }
    }
}

fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may contain spaces; user and system time are the 12th and 13th word after it.
    let words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: f64 = words.skip(11).take(2).filter_map(|word| word.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
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
