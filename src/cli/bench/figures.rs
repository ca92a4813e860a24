//! `bench`: figures for people, each beside its limit.

use wasl_runtime::bench::{Compared, Latency, Machine, Memory, Needle, Outreach, Steps};

use super::whole;
use crate::output::thousands;

type Rows = Vec<(&'static str, String)>;

/// Which machine it was.
pub(super) fn machine(machine: &Machine) -> (&'static str, String) {
    let parts = [
        Some(format!("{} cores", machine.cores)),
        machine.cpu_model.clone(),
        machine.memory_mib.map(|mib| format!("{} MiB of memory", thousands(mib))),
        machine.kernel.clone(),
        machine.server_version.as_ref().map(|version| format!("PostgreSQL {version}")),
    ];
    ("machine", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

pub(super) fn outreach(figures: &Outreach) -> Rows {
    let mut rows = vec![("cases", thousands(figures.cases.into()))];
    rows.extend(compared(&figures.compared, "transitions"));
    rows.push((
        "bytes per case",
        format!("{}, the limit's {}", whole(figures.engine_bytes_per_case), whole(figures.limit_bytes_per_case)),
    ));
    if let Some(shared) = &figures.shared {
        let rate = rate(shared.nodes_per_s, shared.nodes_cpu_us, "transitions");
        rows.push(("nodes", format!("{}, {rate}: {:.2} times one", shared.nodes, shared.nodes_gain)));
    }
    rows.extend(cautions(&figures.compared));
    rows
}

pub(super) fn needle(figures: &Needle) -> Rows {
    let mut rows = vec![
        ("sleeping", thousands(figures.sleeping.into())),
        (
            "found and moved",
            format!("{} in {:.1} ms, by the limit in {:.1} ms", figures.due, figures.engine_ms, figures.limit_ms),
        ),
        ("where nobody sleeps", format!("{:.1} ms", figures.alone_ms)),
        ("growth", format!("{:.2}", figures.growth)),
    ];
    rows.extend(compared(&figures.compared, "transitions"));
    rows.push(("on disk", format!("{} MiB", thousands(figures.bytes / (1 << 20)))));
    rows.extend(cautions(&figures.compared));
    rows
}

pub(super) fn latency(figures: &Latency) -> Rows {
    let half = |p50: f64, p99: f64| format!("half within {p50:.2} ms, 99 of 100 within {p99:.1} ms");
    let mut rows = vec![
        ("the disk alone", half(figures.sync_p50_ms, figures.sync_p99_ms)),
        ("the limit's commit", half(figures.limit_p50_ms, figures.limit_p99_ms)),
        ("event to commit", half(figures.event_p50_ms, figures.event_p99_ms)),
        ("due to commit", half(figures.timer_p50_ms, figures.timer_p99_ms)),
        ("the disk, rested", format!("half within {:.2} ms", figures.rested_sync_p50_ms)),
        (
            "event in a flood",
            format!(
                "99 of 100 within {:.1} ms while {} cases were due; the limit's commit, alone, {:.1} ms",
                figures.event_in_flood_p99_ms,
                thousands(figures.flood.into()),
                figures.limit_p99_ms
            ),
        ),
    ];
    rows.extend(compared(&figures.compared, "events, one after the other,"));
    rows.extend(cautions(&figures.compared));
    rows
}

pub(super) fn memory(figures: &Memory) -> Rows {
    let mut rows = vec![
        ("a bare connection", format!("{:.0} MiB in this program, without an engine", figures.bare_mib)),
        ("before any case", format!("{:.0} MiB", figures.empty_mib)),
        (
            "beside sleeping ones",
            format!("{:.0} MiB with {}", figures.sleeping_mib, thousands(figures.sleeping.into())),
        ),
        (
            "most in a flood",
            format!("{:.0} MiB with {} due at once", figures.flood_peak_mib, thousands(figures.flood.into())),
        ),
    ];
    rows.extend(compared(&figures.compared, "transitions of the flood"));
    rows.extend(cautions(&figures.compared));
    rows
}

pub(super) fn steps(figures: &Steps) -> Rows {
    compared(&figures.compared, "transitions on one core")
}

/// The engine and its limit.
fn compared(figures: &Compared, what: &str) -> Rows {
    vec![
        ("engine", rate(figures.engine_per_s, figures.engine_cpu_us, what)),
        ("limit", rate(figures.limit_per_s, figures.limit_cpu_us, what)),
        ("of the limit", format!("{:.2} by CPU, {:.2} by the clock", figures.cpu_ratio, figures.rate_ratio)),
        ("rounds", figures.rounds.to_string()),
    ]
}

fn rate(per_s: f64, cpu_us: f64, what: &str) -> String {
    // What takes less than ten is told apart by more than tenths.
    let digits = if cpu_us < 10.0 { 3 } else { 1 };
    format!("{} {what} a second, {cpu_us:.digits$} µs of CPU each", whole(per_s))
}

/// What to think of before the figures are believed.
fn cautions(figures: &Compared) -> Rows {
    let mut rows = Rows::new();
    if !figures.all_cpu_counted {
        let words = "the server is not on this machine or cannot be looked into: CPU is that of Wasl alone";
        rows.push(("mind", words.to_owned()));
    }
    if figures.durable == Some(false) {
        rows.push(("mind", "the server has `fsync = off`: nothing of this would survive a power cut".to_owned()));
    }
    rows
}
