//! The `wasl` program: daemon, HTTP interface and command line over the engine.
//!
//! `cli` holds a file for each command, `api` what other systems call, `settings` what operators
//! set. Decisions are the core's, memory is the runtime's, gateways are the notifiers'.

mod access;
mod acts;
mod api;
mod asked;
mod cli;
mod console;
mod corrections;
mod failure;
mod output;
mod report;
mod retention;
mod session;
mod settings;
mod telemetry;
mod versions;
mod webhooks;
mod words;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The HTTP client of the notifiers cannot be built before this.
    wasl_notifiers::init_tls();
    ExitCode::from(cli::main(&cli::Cli::parse()) as u8)
}
