//! `test`: plays the scenarios beside workflows, and says what none of them covers.

mod report;
mod stories;

use crate::settings::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use wasl_core::calendar::Calendar;
use wasl_core::definition::{Environment, Workflow};
use wasl_core::diagnostic::Report;
use wasl_core::scenario::{Coverage, Gaps, House, Played, Scenario, play, read};
use wasl_runtime::engine::read_bundle;

use super::check::{below, unreadable_file, workflow_of, yaml_files};
use super::session::environment;
use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Settings;

pub(crate) use stories::retell;

/// `test`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl test                                     every scenario of every workflow
  wasl test workflows/account-transfer.yaml     those of one workflow
  wasl test --name 'call me'                    those whose name has these words
  wasl test --min-coverage 100                  fails if a state, transition or text is not covered
  wasl test --suggest > new.yaml                stories for what none covers, to be read and kept
  wasl test --repro KXT2P > found.yaml          the story of a real case, its people made up

A scenario lies in workflows/NAME/scenarios/; docs/language.md explains every word of it. One that fails is
shown with its place, everything that happened until then, and the first difference.

Exit code 1 if a scenario fails, a file has a mistake, or less than asked for is covered.")]
pub(crate) struct TestArgs {
    /// Workflows, or scenario files of theirs; every configured workflow unless given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only scenarios whose name has this in it; coverage is then not judged
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Fail if fewer of the states, of the transitions or of the texts are covered
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Write scenarios for what none covers, as YAML: what happens now, for a person to judge
    #[arg(long, conflicts_with_all = ["name", "min_coverage", "repro"])]
    suggest: bool,
    /// Write the scenario of a real case from the database, as YAML, with everything personal replaced
    #[arg(long, value_name = "CASE", conflicts_with_all = ["name", "min_coverage", "paths"])]
    repro: Option<String>,
}

impl TestArgs {
    /// The case whose story is to be written.
    pub(crate) fn repro(&self) -> Option<&str> {
        self.repro.as_deref()
    }
}

/// So many names are shown that are near.
const NEAR_MAX: usize = 5;

/// A workflow that can be played, in its surroundings.
struct Stage {
    workflow: Workflow,
    calendar: Calendar,
    /// Its stories.
    scenarios: Vec<Scenario>,
    /// The sources of its files, under paths that can be opened.
    report: Report,
    /// The folder of its file.
    folder: PathBuf,
}

/// How the stories of a workflow went.
struct Tested {
    stage: Stage,
    played: Vec<Played>,
    /// What they cover together.
    coverage: Coverage,
    /// What none covers; only where all were played.
    gaps: Option<Gaps>,
}

/// Plays what was named.
///
/// # Errors
/// A path does not exist, or the configuration has mistakes.
pub(crate) fn run(args: &TestArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    let environment = environment(settings)?;
    let mut mistakes = Report::default();
    let (mut tested, mut all) = (Vec::new(), Vec::new());
    for (path, files) in chosen(&args.paths, settings)? {
        match stage(&path, &environment, settings)? {
            Ok(mut stage) => {
                all.extend(stage.scenarios.iter().map(|scenario| scenario.name.clone()));
                let wanted = |scenario: &Scenario| {
                    let named = args.name.as_ref().is_none_or(|name| scenario.name.contains(name));
                    let in_file = |file: &PathBuf| stage.folder.join(&scenario.file) == *file;
                    named && (files.is_empty() || files.iter().any(in_file))
                };
                let keep: Vec<bool> = stage.scenarios.iter().map(wanted).collect();
                let mut keep = keep.into_iter();
                let whole = keep.as_slice().iter().all(|keep| *keep);
                stage.scenarios.retain(|_| keep.next().unwrap_or_default());
                tested.push(play_all(stage, settings, whole));
            }
            Err(found) => {
                mistakes.findings.extend(found.findings);
                mistakes.sources.extend(found.sources);
            }
        }
    }
    if let Some(name) = &args.name
        && mistakes.findings.is_empty()
        && tested.iter().all(|tested| tested.played.is_empty())
    {
        return Err(no_such_story(name, &all, screen));
    }
    if args.suggest && mistakes.findings.is_empty() {
        return Ok(stories::suggest(&tested, settings));
    }
    Ok(report::answer(&tested, &mistakes, args.min_coverage, screen))
}

/// That no name holds these words, and the names that are near.
fn no_such_story(wanted: &str, names: &[String], screen: Screen) -> Failure {
    let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
    let shared = |name: &String| {
        let name = name.to_lowercase();
        words.iter().filter(|word| word.chars().count() > 2 && name.contains(word.as_str())).count()
    };
    let mut near: Vec<&String> = names.iter().filter(|name| shared(name) > 0).collect();
    near.sort_by_key(|name| std::cmp::Reverse(shared(name)));
    near.truncate(NEAR_MAX);
    let message = match screen.language {
        Language::En => format!("no scenario has `{wanted}` in its name"),
        Language::Ar => format!("لا سيناريو في اسمه `{wanted}`"),
    };
    let help = if near.is_empty() {
        screen.pick("`wasl test` lists all of them", "يعرضها كلها الأمر `wasl test`").to_owned()
    } else {
        let near = near.into_iter().map(String::as_str).collect::<Vec<_>>().join("`, `");
        format!("{} `{near}`", screen.pick("near:", "قريب منه:"))
    };
    Failure::new(Exit::NotFound, message).help(help)
}

/// The workflows that paths name, each with those of its scenario files that are meant; none: all.
fn chosen(paths: &[PathBuf], settings: &Settings) -> Result<BTreeMap<PathBuf, Vec<PathBuf>>, Failure> {
    let mut chosen: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    if paths.is_empty() {
        return Ok(yaml_files(&settings.workflows)?.into_iter().map(|path| (path, Vec::new())).collect());
    }
    for path in paths {
        if path.is_dir() {
            chosen.extend(yaml_files(path)?.into_iter().map(|path| (path, Vec::new())));
            continue;
        }
        if !path.is_file() {
            return Err(Failure::new(Exit::NotFound, format!("there is no file `{}`", path.display()))
                .help("name a workflow or a file of its scenarios, or nothing to play everything"));
        }
        let workflow = workflow_of(path);
        let files = chosen.entry(workflow.clone()).or_default();
        if workflow != *path {
            files.push(path.clone());
        }
    }
    Ok(chosen)
}

/// Reads a workflow with its scenarios, or what is wrong with them.
fn stage(path: &Path, environment: &Environment, settings: &Settings) -> Result<Result<Stage, Report>, Failure> {
    let bundle = read_bundle(path).map_err(|error| unreadable_file(path, &error))?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let (workflow, report) = Workflow::load(&bundle, environment);
    let calendar = workflow.as_ref().and_then(|workflow| environment.calendars.get(&workflow.calendar));
    let (Some(calendar), Some(workflow)) = (calendar.cloned(), workflow) else {
        return Ok(Err(below(&folder, report)));
    };
    let (policy, texts) = (settings.house(), settings.texts_record());
    let house = House { calendar: &calendar, policy: &policy, texts: &texts, region: &settings.region };
    let (scenarios, found) = read(&bundle, Some((&workflow, house)));
    if found.has_errors() {
        return Ok(Err(below(&folder, found)));
    }
    let report = below(&folder, Report { findings: Vec::new(), ..found });
    Ok(Ok(Stage { workflow, calendar, scenarios, report, folder }))
}

fn play_all(stage: Stage, settings: &Settings, whole: bool) -> Tested {
    let (policy, texts) = (settings.house(), settings.texts_record());
    let house = House { calendar: &stage.calendar, policy: &policy, texts: &texts, region: &settings.region };
    let played: Vec<Played> = stage.scenarios.iter().map(|scenario| play(&stage.workflow, scenario, house)).collect();
    let mut coverage = Coverage::default();
    for played in &played {
        coverage.add(&played.coverage);
    }
    let gaps = whole.then(|| coverage.gaps(&stage.workflow));
    Tested { stage, played, coverage, gaps }
}
