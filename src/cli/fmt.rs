//! `fmt`: YAML files in the house's form. Only spaces change, never what a file says.

mod file;

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use wasl_core::diagnostic::{Diagnostic, Report};
use wasl_core::yaml;

use crate::failure::{Exit, Failure};
use crate::output::{Answer, Screen};
use crate::settings::Settings;
use crate::words::FILE;

/// `fmt`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  wasl fmt                                   every workflow, scenario, calendar and setting that is configured
  wasl fmt workflows/account-transfer.yaml   one file
  wasl fmt workflows --diff                  what would change, in all files of a folder and below
  wasl fmt --check                           exit code 1 if a file is not formatted; for continuous integration
  wasl fmt - < draft.yaml                    from standard input to standard output

Comments, order, quotes, line breaks, blank lines and columns stay; a file that cannot be read is left alone and said so.")]
pub(crate) struct FmtArgs {
    /// Files, folders, or `-` for standard input; everything configured unless given
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change nothing; exit with 1 if something would change
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would change
    #[arg(long)]
    diff: bool,
}

/// What was done to all files.
#[derive(Default)]
struct Done {
    /// Files that are not in the house's form, or were not.
    changed: Vec<PathBuf>,
    /// How many are.
    unchanged: u64,
    /// Files that cannot be formatted.
    report: Report,
    /// What would change.
    diff: String,
}

/// Formats everything that was named.
///
/// # Errors
/// A path does not exist, or a file cannot be read or written.
pub(crate) fn run(args: &FmtArgs, settings: &Settings, screen: Screen) -> Result<Answer, Failure> {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        return standard_input(args, screen);
    }
    let mut done = Done::default();
    for path in file::all(&args.paths, settings)? {
        one(&path, args, &mut done)?;
    }
    Ok(answer(&done, args, screen))
}

fn one(path: &Path, args: &FmtArgs, done: &mut Done) -> Result<(), Failure> {
    let name = path.display().to_string();
    let source = file::read(path)?;
    match yaml::format(&name, &source) {
        Ok(formatted) if formatted == source => done.unchanged += 1,
        Ok(formatted) => {
            if args.diff {
                done.diff.push_str(&diff(&name, &source, &formatted));
            } else if !args.check {
                file::replace(path, &formatted)?;
            }
            done.changed.push(path.to_owned());
        }
        Err(finding) => keep(&mut done.report, *finding, source),
    }
    Ok(())
}

fn keep(report: &mut Report, finding: Diagnostic, source: String) {
    report.sources.insert(finding.file.clone(), source);
    report.findings.push(finding);
}

fn answer(done: &Done, args: &FmtArgs, screen: Screen) -> Answer {
    let only_looked = args.check || args.diff;
    let changed: Vec<String> = done.changed.iter().map(|path| path.display().to_string()).collect();
    let mut text = done.report.render_in(screen.lang(), screen.color);
    text.push_str(&done.diff);
    for name in changed.iter().filter(|_| !args.diff) {
        let _ = writeln!(text, "{name}");
    }
    let (will, were) = (screen.count(changed.len() as u64, &FILE), screen.count(done.unchanged, &FILE));
    let closing = match (only_looked, changed.is_empty()) {
        (_, true) => format!("{were}{}", screen.pick(": nothing to do", ": لا شيء يحتاج إلى تنسيق")),
        (true, false) => format!("{}{will}", screen.pick("not formatted: ", "تحتاج إلى تنسيق: ")),
        (false, false) => format!("{}{will}", screen.pick("formatted: ", "تم تنسيقها: ")),
    };
    text.push_str(&closing);
    let json = json!({
        "changed": changed,
        "unchanged": done.unchanged,
        "written": !only_looked,
        "diff": args.diff.then_some(&done.diff),
        "findings": done.report.to_json(),
    });
    let is_fine = done.report.findings.is_empty() && (!args.check || changed.is_empty());
    Answer::new(text, json).exit(if is_fine { Exit::Done } else { Exit::Refused })
}

/// From standard input to standard output; what cannot be read comes out as it went in, with a failure.
fn standard_input(args: &FmtArgs, screen: Screen) -> Result<Answer, Failure> {
    if args.paths.len() > 1 {
        return Err(Failure::new(Exit::Usage, "`-` stands alone: files are formatted in their places"));
    }
    let mut source = String::new();
    std::io::stdin()
        .read_to_string(&mut source)
        .map_err(|error| Failure::new(Exit::Configuration, format!("cannot read standard input: {error}")))?;
    let formatted = yaml::format("-", &source).map_err(|finding| {
        let mut report = Report::default();
        keep(&mut report, *finding, source.clone());
        let sentence = screen.pick("standard input cannot be formatted", "لا يمكن تنسيق المدخل");
        Failure::findings(Exit::Refused, sentence, report)
    })?;
    let is_so_already = formatted == source;
    let text = if args.diff { diff("-", &source, &formatted) } else { formatted };
    let json = json!({"text": text, "changed": !is_so_already});
    let exit = if args.check && !is_so_already { Exit::Refused } else { Exit::Done };
    Ok(Answer::new(if args.check && !args.diff { String::new() } else { text }, json).exit(exit))
}

/// The lines that change. Formatting neither joins nor parts lines, so they are compared one by one; empty ones at the
/// end may go.
fn diff(name: &str, before: &str, after: &str) -> String {
    let mut text = format!("--- {name}\n+++ {name}\n");
    let (mut old, mut new) = (before.split('\n'), after.split('\n'));
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => return text,
            (old, new) if old == new => {}
            (old, new) => {
                let _ = writeln!(text, "@@ {number} @@");
                for (sign, line) in [('-', old), ('+', new)] {
                    if let Some(line) = line {
                        let _ = writeln!(text, "{sign}{}", line.replace('\r', "␍"));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_the_lines_that_change_with_their_numbers() {
        let expected = "--- f\n+++ f\n@@ 2 @@\n-b:   2\n+b: 2\n@@ 3 @@\n-c: 3␍\n+c: 3\n@@ 5 @@\n-\n";
        assert_eq!(diff("f", "a: 1\nb:   2\nc: 3\r\n\n", "a: 1\nb: 2\nc: 3\n"), expected);
    }
}
