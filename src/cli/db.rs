//! `db`: the database's shape, and copies of it.

use crate::session::zone_of;
use crate::settings::{Language, surroundings};
use jiff::tz::TimeZone;
use std::path::PathBuf;
use wasl_core::calendar::moment_words;

use clap::{Args, Subcommand};
use serde_json::json;
use wasl_runtime::clock::{Clock, SystemClock};
use wasl_runtime::store::{MigrationStatus, Store};

use super::case::By;
use super::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, count};
use crate::settings::Settings;

/// The commands about the database.
#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Make the database, or bring it up to date
    Migrate(MigrateArgs),
    /// Say which migrations the database has
    Status(StatusArgs),
    /// Read the whole database file and say whether it is damaged
    Check(CheckArgs),
    /// Copy the database into a new file while Wasl runs; the copy sends nothing until its outbox is released
    Backup(BackupArgs),
}

/// `db migrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl db migrate
  wasl db migrate --database sqlite:///srv/wasl/wasl.sqlite
  wasl db migrate --database postgres://wasl@db.example.bh/wasl")]
pub(crate) struct MigrateArgs {}

/// `db status`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl db status

Exit code 1 if the database is not up to date.")]
pub(crate) struct StatusArgs {}

/// `db check`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl db check

It reads every page and changes nothing; a gigabyte takes some seconds. `wasl serve` does the same before it starts, with
files of up to a gigabyte. Exit code 4 if the file is damaged.")]
pub(crate) struct CheckArgs {}

/// `db backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  wasl db backup /srv/backup/wasl-2024-05-12.sqlite

The copy is whole and needs no other file. To restore it stop Wasl, move the database away together with its `-wal` and `-shm`
where these are there, and put the copy in its place: a log that is left there belongs to the old database, and a copy beside
it is refused. `wasl outbox status` says that the outbox of the copy is held, and `wasl outbox release all` lets it go once you
have seen what left since it was made.
A PostgreSQL database is copied by `pg_dump`.")]
pub(crate) struct BackupArgs {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    by: By,
}

/// Runs a command.
///
/// # Errors
/// The database cannot be used.
pub(crate) async fn run(command: &DbCommand, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    match command {
        DbCommand::Migrate(_) => {
            let store = Store::open_at(&settings.database).await?;
            let done = store.migrate(SystemClock.now()).await?;
            let text = match (done.len() as u64, screen.language) {
                (0, Language::En) => "the database is up to date".to_owned(),
                (0, Language::Ar) => "قاعدة البيانات محدّثة".to_owned(),
                (n, Language::En) => format!("{} applied; the database is up to date", count(n, "migration")),
                (n, Language::Ar) => format!("عدد الترقيات المطبقة: {n}؛ قاعدة البيانات محدّثة"),
            };
            Ok(Answer::new(text, json!({"applied": names(&done)})))
        }
        DbCommand::Backup(args) => back_up(args, settings, screen).await,
        DbCommand::Check(_) => {
            is_there(settings)?;
            sound(&Store::open_at(&settings.database).await?, settings).await?;
            let text = screen.pick("the database file is whole", "ملف قاعدة البيانات سليم");
            Ok(Answer::new(text, json!({"sound": true})))
        }
        DbCommand::Status(_) => {
            is_there(settings)?;
            let all = Store::open_at(&settings.database).await?.migrations().await?;
            Ok(status(&all, &zone_of(&surroundings(settings).0), screen))
        }
    }
}

fn is_there(settings: &Settings) -> Result<(), Failure> {
    let Some(file) = settings.database.file().filter(|file| !file.exists()) else { return Ok(()) };
    Err(Failure::new(Exit::Database, format!("there is no database `{}` yet", file.display()))
        .help("make it with `wasl db migrate`, or start `wasl serve`"))
}

/// Refuses a damaged file: what is written into one makes it worse.
///
/// # Errors
/// The file is damaged, or cannot be read.
pub(crate) async fn sound(store: &Store, settings: &Settings) -> Result<(), Failure> {
    let findings = store.unsound().await?;
    let Some(first) = findings.first() else { return Ok(()) };
    let file = settings.database.file().map(|file| file.display().to_string()).unwrap_or_default();
    let more = match findings.len() as u64 - 1 {
        0 => String::new(),
        more => format!(", and {}", count(more, "more finding")),
    };
    let help = "nothing was changed. Keep the file, restore the latest copy that `wasl db backup` made, and compare what \
                `sqlite3 FILE .recover` still reads of the damaged one";
    Err(Failure::new(Exit::Database, format!("the database file `{file}` is damaged: {first}{more}")).help(help))
}

async fn back_up(args: &BackupArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let shown = args.file.display().to_string();
    if args.file.exists() {
        return Err(Failure::new(Exit::Refused, format!("`{shown}` is there already")).help("name a new file"));
    }
    let store = Session::open(settings.clone(), screen).await?;
    store.store().back_up(&shown, &args.by.name(), SystemClock.now()).await?;
    let held = screen.pick(
        "copied; what is restored from it sends nothing before `wasl outbox release all`:",
        "نُسخت؛ وما يُستعاد منها لا يرسل شيئا قبل `wasl outbox release all`:",
    );
    Ok(Answer::new(format!("{held} {shown}"), json!({"file": shown})))
}

fn status(all: &[MigrationStatus], zone: &TimeZone, screen: Screen) -> Answer {
    let applied = |step: &MigrationStatus| {
        let not_yet = || screen.pick("not yet", "ليس بعد").to_owned();
        step.applied_at.map_or_else(not_yet, |at| moment_words(zone.to_datetime(at), true, screen.lang()))
    };
    let rows = all.iter().map(|step| vec![step.number.to_string(), step.name.clone(), applied(step)]).collect();
    let json = all.iter().map(|step| json!({"number": step.number, "name": step.name, "applied_at": step.applied_at}));
    let is_current = all.iter().all(|step| step.applied_at.is_some());
    let headers = match screen.language {
        Language::En => ["migration", "name", "applied"],
        Language::Ar => ["الترقية", "الاسم", "طُبقت في"],
    };
    let text = screen.table(&headers, rows);
    let migrate = screen.pick("bring it up to date with `wasl db migrate`", "حدّثها بالأمر `wasl db migrate`");
    let text = if is_current { text } else { format!("{text}\n\n{migrate}") };
    Answer::new(text, json.collect()).exit(if is_current { Exit::Done } else { Exit::Refused })
}

fn names(steps: &[MigrationStatus]) -> Vec<&str> {
    steps.iter().map(|step| step.name.as_str()).collect()
}
