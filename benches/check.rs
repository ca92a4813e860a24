//! How long `check` takes: the shipped workflow, a large generated one, and one in which everything is wrong.
//!
//! `cargo bench --bench check` prints the median of several runs beside a reference from the same run: reading the same
//! YAML into a tree, which any checker has to do. It ends with code 1 if a budget of `docs/performance.md` is exceeded.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and one that cannot go on says so")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use wasl_core::calendar::Calendar;
use wasl_core::definition::{Bundle, Environment, Workflow};
use wasl_core::lang::Texts;
use wasl_core::yaml;

const STATES: usize = 500;
/// Reactions to outcomes in each state; with an event and a wait each state has ten ways to go on.
const OUTCOMES: usize = 8;

fn main() -> ExitCode {
    // Test runners start every target; only `cargo bench` asks for figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let (sound, wrong) = (generated(""), generated("x"));
    let house = house();
    let parsed = median(5, || drop(yaml::parse("w.yaml", source(&sound)).unwrap()));
    let loaded = median(5, || assert!(Workflow::load(&sound, &house).1.findings.is_empty()));
    let refused = median(5, || assert!(Workflow::load(&wrong, &house).1.render(false).len() > 100_000));
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/account-transfer.yaml");
    let shipped_text = std::fs::read_to_string(&shipped).unwrap();
    let shipped_parsed = median(20, || drop(yaml::parse("w.yaml", &shipped_text).unwrap()));
    let version = median(20, || process(&["--version"]));
    let process = median(20, || process(&["check", "workflows/account-transfer.yaml"]));

    println!("{} states, {} transitions, {} KiB", STATES, STATES * (OUTCOMES + 2), source(&sound).len() / 1024);
    let mut all_well = true;
    for (name, took, reference, budget_ms) in [
        ("generated: YAML into a tree", parsed, parsed, None),
        ("generated: read and checked", loaded, parsed, Some(2_000)),
        ("generated, every goto wrong: findings as text", refused, parsed, Some(2_000)),
        ("shipped: YAML into a tree", shipped_parsed, shipped_parsed, None),
        ("process: wasl --version", version, shipped_parsed, None),
        ("process: wasl check workflows/account-transfer.yaml", process, shipped_parsed, Some(50)),
    ] {
        let times = took.as_secs_f64() / reference.as_secs_f64();
        let within = budget_ms.is_none_or(|budget| took < Duration::from_millis(budget));
        let budget =
            budget_ms.map(|ms| format!("{} {ms} ms", if within { "within" } else { "OVER" })).unwrap_or_default();
        println!("{name:<52} {:>9.2} ms {times:>7.1} x the tree  {budget}", took.as_secs_f64() * 1e3);
        all_well &= within;
    }
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn median(runs: usize, run: impl Fn()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    let mut times: Vec<Duration> = (0..runs).map(time).collect();
    times.sort();
    times[runs / 2]
}

fn process(arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_wasl"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

fn source(bundle: &Bundle) -> &str {
    &bundle.files["w.yaml"]
}

fn house() -> Environment {
    let week = "calendar: office\nzone: Asia/Bahrain\nweek: {SUN-THU: \"07:00-14:15\"}\n";
    let calendar = Calendar::parse("office.yaml", week).unwrap();
    Environment {
        calendars: BTreeMap::from([("office".into(), calendar)]),
        queues: BTreeMap::from([("desk".into(), Texts::both("Desk", "المكتب"))]),
        ..Environment::default()
    }
}

/// A workflow of states that lead to each other; `slip` is added to the name of every state that they lead to.
fn generated(slip: &str) -> Bundle {
    let mut text = String::from(
        "workflow: w
calendar: office
languages: [en]
case:
  key: [cpr]
  fields: {cpr: text, died: date, heir: {type: contact, optional: true}, family: contacts}
events: {paid: {}}
start: s0
states:
",
    );
    for state in 0..STATES {
        let to = |step: usize| format!("s{}{slip}", (state + step) % STATES);
        let _ = write!(text, "  s{state}:\n    do: [{{call: {{queue: desk, to: family, script: hello}}}}]\n    on:\n");
        for outcome in 0..OUTCOMES {
            let guard =
                format!("visits > {outcome} && (heir.language == \"ar\" || days_between(died, today) > {state})");
            let _ = writeln!(
                text,
                "      call.o{outcome}: [{{when: '{guard}', goto: {}}}, {{again: [4 working hours, 1 working day], then: done{slip}}}]",
                to(outcome * 7 + 3)
            );
        }
        let _ = write!(text, "      paid: {{goto: done{slip}}}\n    after: {{30 days: {}}}\n", to(1));
    }
    text.push_str("  done: {end: success}\n");
    let script = ("w/scripts/hello.en.md".to_owned(), "Hello, reference {{ reference }}".to_owned());
    Bundle { name: "w".into(), files: BTreeMap::from([("w.yaml".to_owned(), text), script]) }
}
