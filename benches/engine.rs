//! What the engine does, each figure beside its limit: `wasl bench` as `cargo bench` builds it, one benchmark after the other.
//!
//! `cargo bench --bench engine` measures on SQLite; with `WASL_BENCH_DATABASE=postgres://USER@HOST/DATABASE` on a server too.
//! `cargo bench --bench engine -- latency step` measures those alone. More cases, another folder, JSON: `wasl bench --help`.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::process::{Command, ExitCode};

/// The server to measure on, beside a file.
const DATABASE: &str = "WASL_BENCH_DATABASE";
/// In the order of what is asked first of an engine. `step` has no database.
const ALL: [&str; 5] = ["outreach-5", "needle", "latency", "memory", "step"];

fn main() -> ExitCode {
    let (options, wanted): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    // Test runners start every target; only `cargo bench` asks for figures.
    if !options.iter().any(|option| option == "--bench") {
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = wanted.iter().find(|name| !ALL.contains(&name.as_str())) {
        println!("there is no benchmark `{unknown}` here; there are {}", ALL.join(", "));
        return ExitCode::FAILURE;
    }
    let server = std::env::var(DATABASE).ok();
    let mut failed = false;
    for what in ALL.into_iter().filter(|what| wanted.is_empty() || wanted.iter().any(|name| name == what)) {
        failed |= !measured(what, None);
        if let Some(server) = server.as_deref().filter(|_| what != "step") {
            failed |= !measured(what, Some(server));
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Says what is measured, has it measured and printed, and whether that could be done.
fn measured(what: &str, server: Option<&str>) -> bool {
    let on = match server {
        _ if what == "step" => "no database",
        Some(_) => "PostgreSQL",
        None => "SQLite",
    };
    println!("\n{what}, {on}");
    let mut wasl = Command::new(env!("CARGO_BIN_EXE_wasl"));
    wasl.args(["bench", what]);
    if let Some(server) = server {
        // Among the arguments everybody on this machine would see its password.
        wasl.args(["--store", "postgres"]).env("WASL_DATABASE", server);
    }
    wasl.status().is_ok_and(|status| status.success())
}
