//! `check`: every mistake of workflows, calendars, sources and settings in one run.

mod bounds;
mod explain;
mod fragments;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wasl_core::bounds::{Bounds, prove};
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Bundle, Environment, Workflow};
use wasl_core::diagnostic::{Report, Severity};
use wasl_core::scenario::{House, read as read_scenarios};
use wasl_core::source::decode_sources;
use wasl_core::yaml::{self, Kind};
use wasl_runtime::engine::{fragment_names, read_bundle};

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen, count};
use crate::settings::{Settings, surroundings};

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl check                                    everything that is configured
  wasl check workflows/account-transfer.yaml    one workflow with its texts, scripts and scenarios
  wasl check workflows/fragments/FRAGMENT.yaml  every workflow that uses a fragment
  wasl check config/calendars/*.yaml --format json
  wasl check --explain W031                     what a finding means, why it hurts, how to mend it
  wasl check --explain                          all findings that there are

Of a workflow without an error it tells the worst case: how long a case can last, how long a family may hear
nothing, how many messages and calls it can get, and on which way it comes to that.

Exit code 1 if there is an error; warnings alone leave it at 0.")]
pub(crate) struct CheckArgs {
    /// Workflows, calendars, sources, settings, or folders of them; everything configured unless given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The page of a finding's code, or a list of all codes
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "", conflicts_with = "paths")]
    explain: Option<String>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Workflow,
    Fragment,
    Calendar,
    Sources,
    Settings,
}

/// Checks everything that was named.
///
/// # Errors
/// A path does not exist or nothing that is named can be checked.
pub(crate) fn run(args: &CheckArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    if let Some(code) = &args.explain {
        return explain::run(code, screen);
    }
    let (mut environment, around) = surroundings(settings);
    let mut report = Report::default();
    let mut checked = BTreeSet::new();
    let mut bounds = Vec::new();
    if args.paths.is_empty() {
        add(&mut report, around);
        if settings.file.exists() {
            check_file(&settings.file, What::Settings, &mut report)?;
            checked.insert(settings.file.clone());
        }
        checked.insert(settings.sources.clone());
        checked.extend(yaml_files(&settings.calendars)?);
        for path in yaml_files(&settings.workflows)? {
            bounds.extend(check_workflow(&path, (&environment, settings), &mut report)?);
            checked.insert(path);
        }
        for path in fragments::files(&settings.workflows)? {
            check_file(&path, What::Fragment, &mut report)?;
            checked.insert(path);
        }
    }
    for (path, what) in named(&args.paths, settings)? {
        if !checked.insert(path.clone()) {
            continue;
        }
        if what == What::Workflow {
            let folder = path.parent().unwrap_or(Path::new(""));
            environment.fragments = fragment_names(folder).map_err(|error| unreadable(folder, &error))?;
            bounds.extend(check_workflow(&path, (&environment, settings), &mut report)?);
        } else {
            check_file(&path, what, &mut report)?;
        }
    }
    report.sort();
    Ok(answer(&report, &checked, &bounds, screen))
}

/// What the paths name: with a text its workflow, with a fragment the workflows that use it.
fn named(paths: &[PathBuf], settings: &Settings) -> Result<Vec<(PathBuf, What)>, Failure> {
    let mut named = Vec::new();
    for path in expand(paths)? {
        let what = kind_of(&path, settings)?;
        let path = if matches!(what, What::Workflow | What::Fragment) { workflow_of(&path) } else { path };
        if what == What::Fragment {
            named.extend(fragments::users(&path)?.into_iter().map(|user| (user, What::Workflow)));
        }
        named.push((path, what));
    }
    Ok(named)
}

fn answer(report: &Report, checked: &BTreeSet<PathBuf>, bounds: &[Bounds], screen: Screen) -> Answer {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let files = count(checked.len() as u64, "file");
    let closing = match (errors, warnings) {
        (0, 0) => format!("{files} checked: no mistakes"),
        _ => format!("{files} checked: {}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let names: Vec<String> = checked.iter().map(|path| path.display().to_string()).collect();
    let json =
        json!({"files": names, "errors": errors, "warnings": warnings, "findings": report.to_json(), "bounds": bounds});
    let findings = Some(report.render(screen.color)).filter(|findings| !findings.is_empty());
    let proven = Some(bounds::text(bounds, screen)).filter(|text| errors == 0 && !text.is_empty());
    let text =
        findings.into_iter().chain(proven.map(|text| text + "\n")).chain([closing]).collect::<Vec<_>>().join("\n");
    Answer::new(text, json).exit(if errors > 0 { Exit::Refused } else { Exit::Done })
}

/// Checks a workflow with everything beside it; its bounds if there is no error.
fn check_workflow(
    path: &Path,
    (environment, settings): (&Environment, &Settings),
    report: &mut Report,
) -> Result<Option<Bounds>, Failure> {
    let bundle = read_bundle(path).map_err(|error| unreadable(path, &error))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let (workflow, found) = Workflow::load(&bundle, environment);
    add(report, below(folder, found));
    add(report, below(folder, scenarios(&bundle, workflow.as_ref(), environment, settings)));
    let proven = workflow.and_then(|workflow| {
        let calendar = environment.calendars.get(&workflow.calendar)?;
        Some(prove(&workflow, calendar, &environment.texts).bounds)
    });
    Ok(proven)
}

fn check_file(path: &Path, what: What, report: &mut Report) -> Result<(), Failure> {
    let name = path.display().to_string();
    match what {
        // Checked with each workflow that uses it.
        What::Fragment if fragments::users(path)?.is_empty() => add(report, fragments::unused(path)?),
        What::Fragment | What::Workflow => {}
        What::Calendar => {
            if let Err(found) = Calendar::parse(&name, &read(path)?) {
                add(report, found);
            }
        }
        What::Sources => add(report, decode_sources(&name, &read(path)?).1),
        What::Settings => add(report, Settings::parse(&name, &read(path)?).1),
    }
    Ok(())
}

/// Mistakes in the scenarios of a workflow; what they prove is played by `test`.
fn scenarios(bundle: &Bundle, workflow: Option<&Workflow>, environment: &Environment, settings: &Settings) -> Report {
    let (policy, texts) = (settings.house(), settings.texts_record());
    let around = workflow.and_then(|workflow| {
        let calendar = environment.calendars.get(&workflow.calendar)?;
        Some((workflow, House { calendar, policy: &policy, texts: &texts, region: &settings.region }))
    });
    read_scenarios(bundle, around).1
}

/// Findings of a workflow name its files from the workflows folder on; people need the whole path.
pub(super) fn below(folder: &Path, report: Report) -> Report {
    let full = |file: &str| folder.join(file).display().to_string();
    let mut findings = report.findings;
    for finding in &mut findings {
        finding.file = full(&finding.file);
        for place in &mut finding.related {
            place.file = full(&place.file);
        }
    }
    Report { findings, sources: report.sources.into_iter().map(|(file, text)| (full(&file), text)).collect() }
}

/// What a file is: by its place in the settings, else by its first keys.
fn kind_of(path: &Path, settings: &Settings) -> Result<What, Failure> {
    if path == settings.file {
        return Ok(What::Settings);
    }
    if path == settings.sources {
        return Ok(What::Sources);
    }
    if fragments::is_in_folder(&workflow_of(path)) {
        return Ok(What::Fragment);
    }
    if workflow_of(path) != path {
        return Ok(What::Workflow);
    }
    let source = read(path)?;
    let has = |keys: &[String], names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key == name));
    let keys = top_keys(&path.display().to_string(), &source);
    match &keys {
        Some(keys) if has(keys, &["calendar"]) && !has(keys, &["workflow", "states"]) => Ok(What::Calendar),
        Some(keys) if has(keys, &["database", "notifiers", "dispatch", "scheduler"]) => Ok(What::Settings),
        Some(keys) if has(keys, &["workflow", "states", "case"]) => Ok(What::Workflow),
        // A file that cannot be read as YAML is told so by whichever decoder its folder suggests.
        _ if path.starts_with(&settings.calendars) => Ok(What::Calendar),
        _ if path.starts_with(&settings.workflows) || keys.is_none() => Ok(What::Workflow),
        _ => Ok(What::Sources),
    }
}

fn top_keys(file: &str, source: &str) -> Option<Vec<String>> {
    let Kind::Map(entries) = yaml::parse(file, source).ok()?.kind else { return None };
    let key = |node: &yaml::Node| match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        _ => None,
    };
    Some(entries.iter().filter_map(|(node, _)| key(node)).collect())
}

/// The workflow that a text, script or scenario belongs to; any other path is its own.
pub(super) fn workflow_of(path: &Path) -> PathBuf {
    let workflow = path.ancestors().skip(2).map(|folder| folder.with_extension("yaml")).next();
    let inside = path.parent().and_then(Path::file_name);
    let is_part = inside.is_some_and(|folder| folder == "messages" || folder == "scripts" || folder == "scenarios");
    workflow.filter(|workflow| is_part && workflow.is_file()).unwrap_or_else(|| path.to_owned())
}

/// Files as they are, folders as the YAML files in them.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let inside = yaml_files(path)?;
            if inside.is_empty() {
                return Err(Failure::new(Exit::NotFound, format!("there is no YAML file in `{}`", path.display())));
            }
            files.extend(inside);
        } else if path.is_file() {
            files.push(path.clone());
        } else {
            return Err(Failure::new(Exit::NotFound, format!("there is no file `{}`", path.display()))
                .help("name a workflow, a calendar or a folder of them, or nothing to check what is configured"));
        }
    }
    Ok(files)
}

/// The YAML files directly in a folder, in the order of their names.
pub(crate) fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_yaml).collect();
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

pub(super) fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Configuration, format!("cannot read `{}`: {error}", path.display()))
}

fn add(report: &mut Report, other: Report) {
    report.findings.extend(other.findings);
    report.sources.extend(other.sources);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;
    use crate::settings::Language;

    fn shipped() -> Settings {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        Settings {
            file: root.join("config/wasl.yaml"),
            workflows: root.join("workflows"),
            calendars: root.join("config/calendars"),
            sources: root.join("config/sources.yaml"),
            ..Settings::default()
        }
    }

    #[test]
    fn each_shipped_file_is_known_for_what_it_is() {
        let settings = shipped();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (path, what) in [
            ("workflows/account-transfer.yaml", What::Workflow),
            ("workflows/account-transfer/messages/follow-up.ar.txt", What::Workflow),
            ("workflows/account-transfer/scenarios/silence.yaml", What::Workflow),
            ("config/calendars/bahrain-government.yaml", What::Calendar),
            ("config/sources.yaml", What::Sources),
            ("config/wasl.yaml", What::Settings),
        ] {
            assert_eq!(kind_of(&root.join(path), &settings).unwrap(), what, "{path}");
            // Also where the settings do not name it.
            assert_eq!(kind_of(&root.join(path), &Settings::default()).unwrap(), what, "{path}");
        }
    }

    #[test]
    fn findings_are_counted_and_their_paths_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.yaml");
        std::fs::write(&path, "workflow: w\nstats: {}\n").unwrap();
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let answer = run(&CheckArgs { paths: vec![path.clone()], explain: None }, &shipped(), screen).unwrap();
        assert_eq!(answer.exit, Exit::Refused);
        assert!(answer.text.contains(&format!("{}:2:1: error[W003]", path.display())), "{}", answer.text);
        assert!(answer.text.contains("1 file checked: "), "{}", answer.text);
        assert_eq!(answer.json["findings"].as_array().unwrap().len() as u64, answer.json["errors"].as_u64().unwrap());
    }

    /// A folder of two workflows, of which both use a fragment with a mistake and nobody another one.
    fn shared() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for name in ["one", "two"] {
            let states = "states:\n  s: {use: wait}\n  t: {end: success}\n";
            let case = "case: {key: [a], fields: {a: text}}\nstart: s\n";
            write(
                &format!("{name}.yaml"),
                &format!("workflow: {name}\ncalendar: bahrain-government\nlanguages: [en]\n{case}{states}"),
            );
        }
        write("fragments/wait.yaml", "fragment: wait\nafter: {3 dayz: t}\n");
        write("fragments/alone.yaml", "fragment: alone\nafter: {3 days: t}\nfor: x\n");
        folder
    }

    #[test]
    fn a_mistake_in_a_fragment_is_told_once_with_every_workflow_that_uses_it() {
        let folder = shared();
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let settings = Settings { workflows: folder.path().to_owned(), ..shipped() };
        let place = folder.path().display();
        for paths in [vec![folder.path().join("fragments/wait.yaml")], vec![folder.path().to_owned()], vec![]] {
            let text = run(&CheckArgs { paths, explain: None }, &settings, screen).unwrap().text;
            assert_eq!(text.matches("fragments/wait.yaml:2:9: error[W034]").count(), 1, "{text}");
            for name in ["one", "two"] {
                assert!(text.contains(&format!("used by the state `s`: {place}/{name}.yaml:7:12")), "{text}");
            }
        }
    }

    #[test]
    fn a_fragment_that_nobody_uses_is_a_warning_and_checked_alone() {
        let folder = shared();
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let settings = Settings { workflows: folder.path().to_owned(), ..shipped() };
        for paths in [vec![folder.path().join("fragments/alone.yaml")], vec![]] {
            let text = run(&CheckArgs { paths, explain: None }, &settings, screen).unwrap().text;
            assert!(text.contains("fragments/alone.yaml:1:1: warning[W037]: no workflow uses `alone`"), "{text}");
            assert!(text.contains("fragments/alone.yaml:3:1: error[W003]: a fragment has no key `for`"), "{text}");
        }
    }

    #[test]
    fn a_path_that_is_not_there_is_not_found() {
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let failure =
            run(&CheckArgs { paths: vec!["no/such.yaml".into()], explain: None }, &shipped(), screen).unwrap_err();
        assert_eq!(failure.exit, Exit::NotFound);
    }
}
