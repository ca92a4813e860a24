//! `workflow diff`: what changed between two versions, in words.

use clap::Args;
use serde_json::json;
use wasl_core::definition::{Bundle, Environment, Workflow};
use wasl_core::diff::{Change, ChangeKind};
use wasl_runtime::engine::read_bundle;
use wasl_runtime::store::Store;

use super::path_of;
use crate::cli::session::environment;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Settings;
use crate::versions::{HASH_MIN, Pair, SOURCES_GONE, beginning, short};

/// `workflow diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl workflow diff account-transfer                       what the edited files change on the active version
  wasl workflow diff old/account-transfer.yaml account-transfer
  wasl workflow diff 3f9a1c0b77e2 account-transfer --lang ar
  wasl workflow diff account-transfer --format json

Comments, the order of keys and the layout of a file make no difference. Exit code 0: no difference;
1: there are some.")]
pub(crate) struct DiffArgs {
    /// The version before: a workflow's name, the path of its file, or the hash of a stored version
    #[arg(value_name = "OLD")]
    old: String,
    /// The version now; without it, the files of OLD are compared with its active version
    #[arg(value_name = "NEW")]
    new: Option<String>,
}

/// One of the two.
struct Side {
    /// What people call it.
    label: String,
    bundle: Bundle,
    /// Whether it is as the files are now, so that its mistakes can be mended.
    is_file: bool,
}

/// Compares two versions.
///
/// # Errors
/// One of them does not exist, or has mistakes.
pub(super) async fn run(args: &DiffArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let environment = environment(settings)?;
    let (old, new) = if let Some(new) = &args.new {
        (side(&args.old, settings).await?, side(new, settings).await?)
    } else {
        let new = side(&args.old, settings).await?;
        (active(&new.bundle.name, settings).await?, new)
    };
    let pair = read(&old, &new, &environment)?;
    let changes = pair.changes(&environment, screen.lang());
    let Pair { before, now, without_sources } = pair;
    let json = json!({
        "old": {"name": before.name, "version": before.hash}, "new": {"name": now.name, "version": now.hash},
        "equal": changes.is_empty(), "compared_detection": !without_sources, "changes": changes,
    });
    let mut text = tell(&changes, screen);
    if without_sources {
        text.push_str("\n\n");
        text.push_str(screen.pick(SOURCES_GONE.0, SOURCES_GONE.1));
    }
    let text = format!("{} → {}\n\n{text}", old.label, new.label);
    Ok(Answer::new(text, json).exit(if changes.is_empty() { Exit::Done } else { Exit::Refused }))
}

/// Sentences, each with its place and the old and new value below.
fn tell(changes: &[Change], screen: Screen) -> String {
    if changes.is_empty() {
        return screen.pick("no difference", "لا فرق").to_owned();
    }
    let one = |change: &Change| {
        let mark = match change.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed | ChangeKind::Renamed => '~',
        };
        let mut text = format!("{mark} {}\n    {}", change.words, change.path);
        for (sign, value) in [('-', &change.old), ('+', &change.new)] {
            let lines = value.iter().flat_map(|value| value.lines()).filter(|line| !line.is_empty());
            text.extend(lines.map(|line| format!("\n      {sign} {line}")));
        }
        text
    };
    changes.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// The workflow that is meant: a file, a name, or a stored version.
async fn side(wanted: &str, settings: &Settings) -> Result<Side, Failure> {
    let is_hash = wanted.len() >= HASH_MIN && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    match path_of(wanted, &settings.workflows) {
        Ok(path) => Ok(Side { label: path.display().to_string(), bundle: read_bundle(&path)?, is_file: true }),
        Err(_) if is_hash => stored(wanted, settings).await,
        Err(failure) => Err(failure),
    }
}

async fn stored(hash: &str, settings: &Settings) -> Result<Side, Failure> {
    let store = database(settings).await?;
    let versions = store.versions().await?;
    let fitting = beginning(&versions, hash);
    let [known] = fitting.as_slice() else {
        let message = match fitting.len() {
            0 => format!("no stored version begins with `{hash}`"),
            many => format!("{many} stored versions begin with `{hash}`"),
        };
        return Err(
            Failure::new(Exit::NotFound, message).help("see `wasl workflow list --format json` for whole hashes")
        );
    };
    let version = store.version(&known.hash).await?;
    let gone = || Failure::new(Exit::NotFound, format!("there is no version `{hash}`"));
    let version = version.ok_or_else(gone)?;
    Ok(Side {
        label: format!("{} {}", version.bundle.name, short(&known.hash)),
        bundle: version.bundle,
        is_file: false,
    })
}

async fn active(name: &str, settings: &Settings) -> Result<Side, Failure> {
    let version = database(settings).await?.active_version(name).await?;
    let none = || {
        Failure::new(Exit::NotFound, format!("no version of `{name}` is active yet"))
            .help(format!("name two to compare, such as `wasl workflow diff old/{name}.yaml {name}`"))
    };
    let version = version.ok_or_else(none)?;
    let label = format!("{name} {} (active)", short(&version.hash));
    Ok(Side { label, bundle: version.bundle, is_file: false })
}

async fn database(settings: &Settings) -> Result<Store, Failure> {
    if settings.database.file().is_some_and(|file| !file.exists()) {
        return Err(Failure::new(Exit::NotFound, "there is no database yet, so no version is stored")
            .help("name two files to compare, or start `wasl serve` once"));
    }
    Ok(Store::open_at(&settings.database).await?)
}

/// Both workflows. The mistakes of a file are told, for they can be mended.
fn read(old: &Side, new: &Side, environment: &Environment) -> Result<Pair, Failure> {
    let mistakes =
        |label: &str, report| Failure::findings(Exit::Configuration, format!("`{label}` has mistakes"), report);
    for side in [old, new].into_iter().filter(|side| side.is_file) {
        let (workflow, report) = Workflow::load(&side.bundle, environment);
        if workflow.is_none() {
            return Err(mistakes(&side.label, report));
        }
    }
    Pair::read(&old.bundle, &new.bundle, environment).map_err(|(bundle, report)| {
        let side = if std::ptr::eq(bundle, &raw const old.bundle) { old } else { new };
        mistakes(&side.label, report)
    })
}
