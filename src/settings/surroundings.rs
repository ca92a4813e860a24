//! The files that the settings name: calendars, tariffs and sources, read into what workflows may refer to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wasl_core::calendar::Calendar;
use wasl_core::definition::Environment;
use wasl_core::diagnostic::{Code, Diagnostic, Report};
use wasl_core::source::decode_sources;
use wasl_core::tariff::Tariff;
use wasl_runtime::engine::fragment_names;
use wasl_runtime::text::read_text;

use super::Settings;

/// Reads calendars, tariffs and sources; whatever is wrong with any of them is in the report.
pub(crate) fn surroundings(settings: &Settings) -> (Environment, Report) {
    let mut report = Report::default();
    let mut environment = Environment {
        queues: settings.queues.clone(),
        texts: names_in_texts(settings),
        // Whether they can be read is told by whoever reads the workflows.
        fragments: fragment_names(&settings.workflows).unwrap_or_default(),
        ..Environment::default()
    };
    for path in yaml_files(&settings.calendars, &mut report) {
        match read_calendar(&path) {
            Ok(calendar) => keep_calendar(&mut environment, calendar, &path, &mut report),
            Err(findings) => add(&mut report, findings),
        }
    }
    // Without tariffs calls are ordered by priority and due time alone.
    let tariffs = if settings.tariffs.exists() { yaml_files(&settings.tariffs, &mut report) } else { Vec::new() };
    for path in tariffs {
        match read_tariff(&path) {
            Ok(tariff) => _ = environment.tariffs.insert(tariff.name.clone(), tariff),
            Err(findings) => add(&mut report, findings),
        }
    }
    let file = settings.sources.display().to_string();
    match read_text(&settings.sources) {
        Ok(source) => {
            let (sources, findings) = decode_sources(&file, &source);
            environment.sources = sources;
            add(&mut report, findings);
        }
        Err(cause) => report.findings.push(unreadable(&file, &cause)),
    }
    (environment, report)
}

/// Reads one calendar file.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn read_calendar(path: &Path) -> Result<Calendar, Report> {
    Calendar::parse(&path.display().to_string(), &read(path)?)
}

fn read_tariff(path: &Path) -> Result<Tariff, Report> {
    Tariff::parse(&path.display().to_string(), &read(path)?)
}

fn read(path: &Path) -> Result<String, Report> {
    let unread = |cause| {
        let findings = vec![unreadable(&path.display().to_string(), &cause)];
        Report { findings, ..Report::default() }
    };
    read_text(path).map_err(unread)
}

/// The YAML files of a folder, in the order of their names.
fn yaml_files(folder: &Path, report: &mut Report) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) => {
            report.findings.push(unreadable(&folder.display().to_string(), &cause));
            return Vec::new();
        }
    };
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_yaml).collect();
    paths.sort();
    paths
}

fn keep_calendar(environment: &mut Environment, calendar: Calendar, path: &Path, report: &mut Report) {
    let name = calendar.name.clone();
    if environment.calendars.insert(name.clone(), calendar).is_some() {
        let message = format!("there is another calendar `{name}` in this folder");
        let finding = Diagnostic::error(Code::DuplicateKey, &path.display().to_string(), 0..0, message);
        report.findings.push(finding.suggest("give one of the two another name"));
    }
}

/// A file that cannot be read, as a finding: whatever else is checked goes on.
pub(crate) fn unreadable(file: &str, cause: &std::io::Error) -> Diagnostic {
    Diagnostic::error(Code::Syntax, file, 0..0, format!("cannot be read: {cause}"))
}

fn add(report: &mut Report, other: Report) {
    report.findings.extend(other.findings);
    report.sources.extend(other.sources);
}

/// Words that every text may use: those of the house, and the link that stops messages where there is one.
fn names_in_texts(settings: &Settings) -> BTreeSet<String> {
    let stop_url = settings.stop_links("made up").map(|_| "stop_url".to_owned());
    settings.texts.keys().cloned().chain(stop_url).collect()
}
