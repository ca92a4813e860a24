//! `check`: every mistake of workflows, calendars, sources, gateways and settings in one run.

mod bounds;
mod explain;
mod files;
mod fragments;
mod gateways;
mod sarif;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wasl_core::bounds::Bounds;
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Bundle, Environment};
use wasl_core::diagnostic::{Report, Severity};
use wasl_core::policy::NeverTo;
use wasl_core::proof::Around;
use wasl_core::source::decode_sources;
use wasl_core::tariff::Tariff;
use wasl_notifiers::http_gateway::read_description;
use wasl_runtime::engine::{EngineError, fragment_names, read_bundle};
use wasl_runtime::text::read_text;

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Format, Screen, count};
use crate::settings::{Language, Settings, surroundings, unreadable};
use crate::words::{ERROR, FILE, WARNING};
use files::{What, expand, kind_of};
pub(crate) use files::{unreadable as unreadable_file, workflow_of, yaml_files};

/// `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl check                                    everything that is configured
  wasl check workflows/account-transfer.yaml    one workflow with its texts, scripts and scenarios
  wasl check workflows/fragments/FRAGMENT.yaml  every workflow that uses a fragment
  wasl check config/calendars/*.yaml --format json
  wasl check config/gateways/kannel.yaml        the description of an SMS gateway
  wasl check --format sarif > wasl.sarif        for code hosts and editors
  wasl check --explain W031                     what a finding means, why it hurts, how to mend it
  wasl check --explain                          all findings that there are

Of a workflow without an error it tells the worst case: how long a case can last, how long a family may hear
nothing, how many messages and calls it can get, and on which way it comes to that.

Exit code 1 if there is an error; warnings alone leave it at 0.")]
pub(crate) struct CheckArgs {
    /// Workflows, calendars, sources, gateways, settings, or folders of them; everything configured unless given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The page of a finding's code, or a list of all codes
    #[arg(long, value_name = "CODE", num_args = 0..=1, default_missing_value = "", conflicts_with = "paths")]
    explain: Option<String>,
}

impl CheckArgs {
    /// Whether files are checked, rather than a finding explained.
    pub(crate) fn finds(&self) -> bool {
        self.explain.is_none()
    }
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
            check_file(&settings.file, What::Settings, (&environment, settings), &mut report);
            checked.insert(settings.file.clone());
            checked.extend(gateways::check(settings, &mut report));
        }
        checked.insert(settings.sources.clone());
        checked.extend(yaml_files(&settings.calendars)?);
        checked.extend(yaml_files(&settings.tariffs).unwrap_or_default());
        for path in yaml_files(&settings.workflows)? {
            bounds.extend(check_file(&path, What::Workflow, (&environment, settings), &mut report));
            checked.insert(path);
        }
        for path in fragments::files(&settings.workflows)? {
            check_file(&path, What::Fragment, (&environment, settings), &mut report);
            checked.insert(path);
        }
    }
    for (path, what) in named(&args.paths, settings)? {
        if !checked.insert(path.clone()) {
            continue;
        }
        if what == What::Workflow {
            let folder = path.parent().unwrap_or(Path::new(""));
            environment.fragments = fragment_names(folder).unwrap_or_default();
        }
        bounds.extend(check_file(&path, what, (&environment, settings), &mut report));
    }
    report.sort();
    let never: &[NeverTo] = if args.paths.is_empty() { &settings.never_to } else { &[] };
    Ok(answer(&report, (&checked, never), &bounds, screen))
}

/// What the paths name: with a text its workflow, with a fragment the workflows that use it.
fn named(paths: &[PathBuf], settings: &Settings) -> Result<Vec<(PathBuf, What)>, Failure> {
    let mut named = Vec::new();
    for path in expand(paths)? {
        // What cannot be read is nothing in particular; reading it as a workflow says why.
        let what = kind_of(&path, settings).unwrap_or(What::Workflow);
        let path = if matches!(what, What::Workflow | What::Fragment) { workflow_of(&path) } else { path };
        if what == What::Fragment {
            named.extend(fragments::users(&path).unwrap_or_default().into_iter().map(|user| (user, What::Workflow)));
        }
        named.push((path, what));
    }
    Ok(named)
}

fn answer(
    report: &Report,
    (checked, never): (&BTreeSet<PathBuf>, &[NeverTo]),
    bounds: &[Bounds],
    screen: Screen,
) -> Answer {
    let of = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let files = count(checked.len() as u64, "file");
    let closing = match (errors, warnings) {
        (0, 0) if screen.language == Language::Ar => {
            format!("فُحص {}: لا أخطاء", screen.count(checked.len() as u64, &FILE))
        }
        _ if screen.language == Language::Ar => {
            let (files, errors, warnings) = (
                screen.count(checked.len() as u64, &FILE),
                screen.count(errors, &ERROR),
                screen.count(warnings, &WARNING),
            );
            format!("فُحص {files}: {errors}، {warnings}")
        }
        (0, 0) => format!("{files} checked: no mistakes"),
        _ => format!("{files} checked: {}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let exit = if errors > 0 { Exit::Refused } else { Exit::Done };
    let names: Vec<String> = checked.iter().map(|path| path.display().to_string()).collect();
    let never_to: Vec<&str> = never.iter().map(|never| never.text.as_str()).collect();
    let json = match screen.format {
        Format::Sarif => sarif::log(report, exit),
        _ => json!({
            "files": names, "errors": errors, "warnings": warnings, "findings": report.to_json(), "bounds": bounds,
            "never_to": never_to,
        }),
    };
    let rendered = (screen.format == Format::Text).then(|| report.render_in(screen.lang(), screen.color));
    let findings = rendered.filter(|findings| !findings.is_empty());
    let proven = Some(bounds::text(bounds, screen)).filter(|text| errors == 0 && !text.is_empty());
    let proven = proven.map(|text| text + "\n");
    let text: Vec<String> = findings.into_iter().chain(proven).chain(never_words(never)).chain([closing]).collect();
    let text = text.join("\n");
    Answer::new(text, json).exit(exit)
}

/// Whom the house never contacts, for whoever wonders why nothing reaches them.
fn never_words(never: &[NeverTo]) -> Option<String> {
    let named: Vec<String> = never.iter().map(|never| format!("`{}`", never.text)).collect();
    (!named.is_empty()).then(|| format!("never contacted (`never_to` of the settings): {}\n", named.join(", ")))
}

/// Checks one file, and gives the bounds of a workflow without an error. A file that cannot be read is a finding, and
/// the others are checked all the same.
fn check_file(path: &Path, what: What, around: (&Environment, &Settings), report: &mut Report) -> Option<Bounds> {
    match found_in(path, what, around) {
        Ok((found, bounds)) => {
            add(report, found);
            bounds
        }
        Err((path, cause)) => {
            report.findings.push(unreadable(&path.display().to_string(), &cause));
            None
        }
    }
}

/// A file that cannot be read, and why.
type Unread = (PathBuf, io::Error);

fn found_in(path: &Path, what: What, around: (&Environment, &Settings)) -> Result<(Report, Option<Bounds>), Unread> {
    let name = path.display().to_string();
    let read = || read_text(path).map_err(|cause| (path.to_owned(), cause));
    let report = match what {
        What::Workflow => {
            let bundle = read_bundle(path).map_err(|error| unread(path, error))?;
            let (found, bounds) = found_in_workflow(&bundle, around);
            return Ok((below(path.parent().unwrap_or(Path::new("")), found), bounds));
        }
        // Checked with each workflow that uses it.
        What::Fragment if fragments::users(path)?.is_empty() => fragments::unused(path, &read()?),
        What::Fragment => Report::default(),
        What::Calendar => Calendar::parse(&name, &read()?).err().unwrap_or_default(),
        What::Tariff => Tariff::parse(&name, &read()?).err().unwrap_or_default(),
        What::Sources => decode_sources(&name, &read()?).1,
        What::Settings => Settings::parse(&name, &read()?).1,
        What::Gateway => read_description(&name, &read()?).1,
    };
    Ok((report, None))
}

/// A workflow with everything beside it; its bounds if there is no error.
fn found_in_workflow(bundle: &Bundle, (environment, settings): (&Environment, &Settings)) -> (Report, Option<Bounds>) {
    let (policy, texts) = (settings.house(), settings.texts_record());
    let around = Around { environment, policy: &policy, texts: &texts, region: &settings.region };
    let checked = around.check(bundle);
    (checked.report, checked.bounds)
}

/// The file that reading a workflow failed at.
fn unread(path: &Path, error: EngineError) -> Unread {
    match error {
        EngineError::Files { path, source } => (path, source),
        other => (path.to_owned(), io::Error::other(other)),
    }
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

fn add(report: &mut Report, other: Report) {
    report.findings.extend(other.findings);
    report.sources.extend(other.sources);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::settings::Language;

    pub(super) fn shipped() -> Settings {
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
    fn a_file_that_cannot_be_read_is_a_finding_among_the_others() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), b"workflow: a\ntitle: {ar: \xd9\x88\xff}\n").unwrap();
        std::fs::create_dir(folder.path().join("b.yaml")).unwrap();
        std::fs::write(folder.path().join("c.yaml"), "workflow: c\n").unwrap();
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let args = CheckArgs { paths: vec![folder.path().to_owned()], explain: None };
        let answer = run(&args, &shipped(), screen).unwrap();
        for part in [
            "a.yaml:2:14: error[W001]: what stands here is not UTF-8",
            "b.yaml:1:1: error[W001]: cannot be read",
            "c.yaml:1:1: error[W004]",
        ] {
            assert!(answer.text.contains(part), "{part} is not in\n{}", answer.text);
        }
        assert_eq!(answer.exit, Exit::Refused);
    }

    #[test]
    fn a_path_that_is_not_there_is_not_found() {
        let screen = Screen { format: Format::Text, color: false, width: None, language: Language::En };
        let failure =
            run(&CheckArgs { paths: vec!["no/such.yaml".into()], explain: None }, &shipped(), screen).unwrap_err();
        assert_eq!(failure.exit, Exit::NotFound);
    }
}
