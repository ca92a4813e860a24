//! `bench`: what the engine does on this machine, each figure beside its limit; and how fast its pages answer.

mod console;
mod figures;
mod overload;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value as Json, json};
use wasl_runtime::bench::{BenchError, Folder, Latency, Machine, Memory, Needle, Outreach, Overload, Plan, Steps};
use wasl_runtime::store::DatabaseUrl;

use crate::cli::serve::wait_for_signal;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, facts, thousands};
use crate::settings::{Overrides, Settings};

/// `bench`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl bench outreach-5
  wasl bench outreach-5 --cases 100000 --format json
  wasl bench needle --cases 1000000 --folder /srv/scratch
  wasl bench outreach-5 --store postgres --database postgres://wasl@db.example/scratch
  wasl bench outreach-5 --store postgres --nodes 2 --cases 20000
  wasl bench console --cases 1000000 --folder /srv/scratch
  wasl bench overload --cases 1000000 --events-per-second 5000 --seconds 60

Databases are made in the folder and removed again; nothing of yours is touched. Each figure stands beside a limit from the same
run: a minimal program that makes the same row changes with the same durability. Where others use the machine too,
the ratio of CPU times is the figure that counts. On PostgreSQL each is a schema `wasl_bench_…` in the database of
--database (or of the configuration), made and dropped again; what a run left that was broken off, the next one drops.
The user needs the right to create schemas there. CPU time is then that of Wasl and of the whole server, if it runs on
this machine: take one that nobody else uses meanwhile. `console` reads the project's database file, copies its cases in a copy of it
until there are so many, and asks for every page; the copy holds what the original holds, so choose a folder that
only you can read. Use a program that was built with --release or --profile dist.

--format json has of outreach-5, needle, latency, memory and step at least: engine_per_s and limit_per_s, how many transitions (of
latency: events, one after the other) each made in a second; engine_cpu_us and limit_cpu_us, the CPU time of one in microseconds, as
above; and rounds, how often they took turns. Figures are the medians of the rounds. The machine stands beside them: cores,
cpu_model, memory_mib, kernel, and server_version of a PostgreSQL. `step` uses no database and takes either --store.")]
pub(crate) struct BenchArgs {
    /// What to measure
    #[arg(value_enum)]
    what: What,
    /// How many cases; each benchmark has a sensible number of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    cases: Option<u32>,
    /// How often limit and engine take turns; `console` asks for each page ten times a round
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// The database to measure
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    store: Kind,
    /// So many nodes work on the same cases, beside one that works alone (outreach-5 on PostgreSQL)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    nodes: u32,
    /// `overload`: events that other systems tell in a second
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    events_per_second: u32,
    /// `overload`: for so many seconds
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// Where the databases are made: on the disk that you want to know about
    #[arg(long, value_name = "FOLDER", default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A file of its own
    Sqlite,
    /// A schema of its own on a server
    Postgres,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Cases through five durable transitions, three of which write a message
    #[value(name = "outreach-5")]
    Outreach5,
    /// A thousand due cases among many that sleep
    Needle,
    /// From due, or told, to committed
    Latency,
    /// Resident memory beside sleeping cases, and in a flood
    Memory,
    /// Pure transitions on one core
    Step,
    /// Everything due at once, events faster than they are taken, a feed of as many rows as cases; what people notice of it
    Overload,
    /// How fast every page answers beside very many cases, copies of those in the project's database file
    Console,
}

impl BenchArgs {
    /// Whether it needs a project: the others play by themselves.
    pub(crate) const fn reads_project(&self) -> bool {
        matches!(self.what, What::Console)
    }

    /// The server to measure on, if it is to be one: that of `--database`, or of the configuration.
    ///
    /// # Errors
    /// None is named, or the benchmark needs another database.
    pub(crate) fn server(&self, overrides: &Overrides) -> Result<Option<DatabaseUrl>, Failure> {
        let usage = |message: &str| Err(Failure::new(Exit::Usage, message));
        if self.nodes > 1 && (self.store == Kind::Sqlite || self.what != What::Outreach5) {
            return usage("several nodes need a server: `wasl bench outreach-5 --store postgres --nodes 2`");
        }
        // The pure step uses no database, whichever is named.
        if self.store == Kind::Sqlite || self.what == What::Step {
            return Ok(None);
        }
        let database = Settings::load_or_default(overrides)?.database;
        if database.is_known() && database.file().is_none() {
            return Ok(Some(database));
        }
        let help = "name one in which you may create schemas: `--database postgres://USER@HOST/DATABASE`";
        Err(Failure::new(Exit::Usage, format!("`{database}` is no PostgreSQL")).help(help))
    }

    fn cases(&self) -> u32 {
        self.cases.unwrap_or(self.what.cases())
    }
}

impl What {
    const fn cases(self) -> u32 {
        match self {
            Self::Outreach5 | Self::Step => 10_000,
            Self::Needle | Self::Memory | Self::Console | Self::Overload => 100_000,
            Self::Latency => 20_000,
        }
    }
}

/// Says how far it is, to people.
fn progress(stage: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        // A progress line that cannot be written is missed by nobody.
        write!(stderr, "\r\u{1b}[2K{stage}").ok();
    }
}

/// Measures what stands on a project.
///
/// # Errors
/// The database cannot be used.
pub(crate) async fn run_on(args: &BenchArgs, settings: Settings, screen: Screen) -> Result<Answer, Failure> {
    if args.store == Kind::Postgres || args.nodes > 1 {
        return Err(Failure::new(Exit::Usage, "`console` copies a database file; leave `--store` and `--nodes` out"));
    }
    let watching = tokio::spawn(leave_nothing(args.folder.clone()));
    let answer = console::run(args, settings, screen).await;
    watching.abort();
    answer
}

/// A folder is gone when it was not there so many times.
const CLEAN_LOOKS: u32 = 3;
/// It is removed so often at the most: half a second.
const REMOVALS_MAX: u32 = 100;

/// Removes the copies at a signal: they are as large as what was measured, and hold what the project's database holds.
async fn leave_nothing(folder: PathBuf) {
    wait_for_signal().await;
    let (mut tries, mut clean) = (0, 0);
    while clean < CLEAN_LOOKS && tries < REMOVALS_MAX {
        clean = if Folder::remove_all(&folder) { 0 } else { clean + 1 };
        tries += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    progress("");
    std::process::exit(Exit::Refused as i32);
}

/// Measures what needs no project.
///
/// # Errors
/// The database cannot be used.
pub(crate) async fn run(args: &BenchArgs, server: Option<DatabaseUrl>, screen: Screen) -> Result<Answer, Failure> {
    let folder = args.folder.clone();
    let plan = Plan { cases: args.cases(), rounds: args.rounds, folder, server, nodes: args.nodes };
    let tell = progress;
    let watching = tokio::spawn(leave_nothing(args.folder.clone()));
    let (figures, mut rows) = match args.what {
        What::Outreach5 => {
            Outreach::play(&plan, &tell).await.map(|figures| (to_json(&figures), figures::outreach(&figures)))
        }
        What::Needle => Needle::play(&plan, &tell).await.map(|figures| (to_json(&figures), figures::needle(&figures))),
        What::Latency => {
            Latency::play(&plan, &tell).await.map(|figures| (to_json(&figures), figures::latency(&figures)))
        }
        What::Memory => Memory::play(&plan, &tell).await.map(|figures| (to_json(&figures), figures::memory(&figures))),
        What::Step => Steps::play(&plan, &tell).map(|figures| (to_json(&figures), figures::steps(&figures))),
        What::Overload => {
            let load = overload::load(plan.cases, args.seconds, args.events_per_second);
            Overload::play(&plan, load, &tell).await.map(|figures| (to_json(&figures), overload::rows(&figures)))
        }
        // It has said already that it reads a project.
        What::Console => return Err(Failure::new(Exit::Refused, "this benchmark needs a project")),
    }?;
    watching.abort();
    tell("");
    let machine = match &plan.server {
        Some(server) => Machine::this().with(server).await?,
        None => Machine::this(),
    };
    rows.push(figures::machine(&machine));
    let mut text = facts(&rows);
    if args.what == What::Step {
        text.push_str(screen.pick(
            "\n\nno database is used: the figures are the same with every --store",
            "\n\nلا تُستعمل أي قاعدة بيانات: الأرقام هي نفسها مع كل قيمة لـ --store",
        ));
    }
    if !machine.optimised {
        text.push_str(screen.pick(
            "\n\nthis program was not built for speed: build it with --release before you believe the figures",
            "\n\nلم يُبنَ هذا البرنامج للسرعة: ابنه بـ --release قبل أن تعتمد على الأرقام",
        ));
    }
    let mut json = json!({"bench": name(&args.what), "store": name(&args.store)});
    for part in [to_json(&machine), figures] {
        if let (Json::Object(all), Json::Object(part)) = (&mut json, part) {
            all.extend(part);
        }
    }
    Ok(Answer::new(text, json))
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Engine(error) => error.into(),
            BenchError::Store(error) => error.into(),
            error @ (BenchError::Limit(_) | BenchError::Folder { .. } | BenchError::Wrong(_)) => {
                Self::new(Exit::Refused, error.to_string())
            }
        }
    }
}

fn name(value: &impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|name| name.get_name().to_owned())
}

fn to_json(figures: &impl Serialize) -> Json {
    serde_json::to_value(figures).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a figure for people; what is beyond is cut off"
)]
fn whole(figure: f64) -> String {
    thousands(figure.max(0.0).round() as u64)
}
