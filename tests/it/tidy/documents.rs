//! Documents and data that tell the truth: links, commands, records of decisions, keys, texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{File, SELF, files, files_with, none, read, root};

#[test]
fn links_between_documents_lead_somewhere() {
    let documents = files_with("md");
    let anchors: BTreeMap<&str, BTreeSet<String>> =
        documents.iter().map(|file| (file.path.as_str(), headings(&file.text))).collect();
    let mut broken = Vec::new();
    for file in &documents {
        for (number, target) in links(&file.text) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = if path.is_empty() { file.path.clone() } else { beside(&file.path, path) };
            let missing = !root().join(&to).exists();
            let unanchored =
                !anchor.is_empty() && !anchors.get(to.as_str()).is_some_and(|there| there.contains(anchor));
            if missing || unanchored {
                broken.push(format!("{}:{number}: {target}", file.path));
            }
        }
    }
    none("these links lead nowhere:", &broken);
}

/// The lines of a document outside of code blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!in_code && !fence).then_some((index + 1, line))
    })
}

/// The targets of links within the project.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let ours = targets.map(|(target, _)| target).filter(|target| !target.contains(':'));
        found.extend(ours.map(|target| (number, target.to_owned())));
    }
    found
}

/// The anchors of a document's headings, as GitHub makes them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = prose(text)
        .filter_map(|(_, line)| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    titles
        .map(|title| {
            let kept = title.trim().to_lowercase();
            kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
        })
        .collect()
}

/// The path of `link` as written in the document at `path`.
fn beside(path: &str, link: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[test]
fn links_and_headings_are_read_as_github_reads_them() {
    let text = "# One `two`: three?\n[a](x.md#y), [b](https://example.org)\n```\n[c](code.md)\n```\n";
    assert_eq!(links(text), [(2, "x.md#y".to_owned())]);
    assert_eq!(headings(text), BTreeSet::from(["one-two-three".to_owned()]));
    assert_eq!(beside("docs/adr/0001-a.md", "../../README.md"), "README.md");
}

#[test]
fn the_two_commands_are_the_same_everywhere() {
    let (run, test) = ("cargo run --release -- serve", "tests/run");
    let readme = read("README.md");
    let own_line =
        |command: &str| readme.lines().any(|line| line.split(" #").next().unwrap_or_default().trim() == command);
    assert!(own_line(run) && own_line(test), "README.md must show `{run}` and `{test}`, each on its own line");
    assert!(read(".ci/run").contains("exec tests/run"), ".ci/run must call tests/run");
    for document in ["CONTRIBUTING.md", "docs/operations.md"] {
        assert!(read(document).contains(if document.starts_with("docs") { run } else { test }), "{document}");
    }
}

#[cfg(unix)]
#[test]
fn the_test_commands_can_be_started() {
    use std::os::unix::fs::PermissionsExt as _;
    for path in ["tests/run", ".ci/run"] {
        let mode = fs::metadata(root().join(path)).unwrap().permissions().mode();
        assert!(mode & 0o100 != 0, "{path} is not executable");
    }
}

#[test]
fn the_changelog_has_room_for_what_comes_next() {
    assert!(read("CHANGELOG.md").contains("\n## Unreleased\n"), "CHANGELOG.md needs a section `## Unreleased`");
}

/// The parts of every decision record, in their order.
const ADR_PARTS: [&str; 4] = ["\n## Context\n", "\n## Options\n", "\n## Decision\n", "\n## Consequences\n"];

#[test]
fn decision_records_are_numbered_without_gaps_and_whole() {
    let records: Vec<File> = files_with("md").into_iter().filter(|file| file.path.starts_with("docs/adr/0")).collect();
    assert!(!records.is_empty(), "docs/adr is empty");
    let mut wrong = Vec::new();
    for (expected, file) in (1..).zip(&records) {
        if !file.path.starts_with(&format!("docs/adr/{expected:04}-")) {
            wrong.push(format!("{}: expected number {expected:04}", file.path));
        }
        let places: Vec<Option<usize>> = ADR_PARTS.iter().map(|part| file.text.find(part)).collect();
        if places.iter().any(Option::is_none) || !places.is_sorted() {
            wrong.push(format!("{}: wants Context, Options, Decision, Consequences", file.path));
        }
    }
    none("decision records:", &wrong);
}

#[test]
fn code_points_at_decision_records_that_exist() {
    let names: BTreeSet<String> = files_with("md").into_iter().map(|file| file.path).collect();
    let mut lost = Vec::new();
    for file in files().iter().filter(|file| !file.path.starts_with(SELF)) {
        for (number, line) in file.lines() {
            for (at, _) in line.match_indices("docs/adr/") {
                let is_path = |c: &char| c.is_ascii_alphanumeric() || "/-_.".contains(*c);
                let path: String = line[at..].chars().take_while(is_path).collect();
                let path = path.trim_end_matches(['.', '/']);
                if !names.iter().any(|name| name.starts_with(path)) {
                    lost.push(format!("{}:{number}: {path}", file.path));
                }
            }
        }
    }
    none("no such decision record:", &lost);
}

/// What an architecture page that is read may have.
const ARCHITECTURE_LINES_MAX: usize = 150;

#[test]
fn the_architecture_page_is_short_and_names_every_module() {
    let page = read("ARCHITECTURE.md");
    let lines = page.lines().count();
    assert!(lines <= ARCHITECTURE_LINES_MAX, "ARCHITECTURE.md has {lines} lines, at most {ARCHITECTURE_LINES_MAX}");
    let mut absent = Vec::new();
    for folder in ["engine/core/src", "engine/runtime/src", "notifiers/src", "src"] {
        for entry in fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let module = name.trim_end_matches(".rs");
            if module != "lib" && !page.contains(&format!("`{module}`")) {
                absent.push(format!("{folder}/{name}"));
            }
        }
    }
    absent.sort();
    none("ARCHITECTURE.md does not name these in its code map:", &absent);
}

#[test]
fn every_key_of_the_configuration_is_explained() {
    let (config, page) = (read("config/wasl.yaml"), read("docs/operations.md"));
    let mut commented = false;
    let mut unexplained = Vec::new();
    for (number, line) in config.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let key = key_of(line);
        if let Some(key) = key
            && !commented
            && !line.contains(" #")
            && !page.contains(&format!("`{key}`"))
        {
            unexplained.push(format!("config/wasl.yaml:{number}: {key}"));
        }
        commented = line.trim_start().starts_with('#');
    }
    none("give these a comment, or a place in docs/operations.md:", &unexplained);
}

/// The key that a line of YAML sets.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.trim_start().split_once(':')?;
    (!key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')).then_some(key)
}

#[test]
fn every_text_of_a_workflow_is_there_in_each_language_and_used() {
    let mut wrong = Vec::new();
    let workflows: Vec<File> = files_with("yaml")
        .into_iter()
        .filter(|file| file.path.starts_with("workflows/") && file.path.matches('/').count() == 1)
        .collect();
    assert!(!workflows.is_empty(), "no workflow was found");
    for workflow in workflows {
        let languages = languages_of(&workflow.text);
        assert!(!languages.is_empty(), "{}: `languages: […]` was not found", workflow.path);
        let folder = workflow.path.trim_end_matches(".yaml");
        for (kind, word) in [("messages", "template"), ("scripts", "script")] {
            for (name, there) in texts(&format!("{folder}/{kind}")) {
                let missing = languages.iter().filter(|language| !there.contains(*language));
                wrong.extend(missing.map(|language| format!("{folder}/{kind}/{name}: not in `{language}`")));
                if !uses(&workflow.text, word, &name) {
                    wrong.push(format!("{folder}/{kind}/{name}: {} never uses it", workflow.path));
                }
            }
        }
    }
    none("texts beside the workflows:", &wrong);
}

/// `languages: [ar, en]`.
fn languages_of(workflow: &str) -> Vec<String> {
    let list = workflow.lines().find_map(|line| line.strip_prefix("languages:")?.split(['[', ']']).nth(1));
    list.unwrap_or_default().split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// The texts of a folder by name, each with its languages: `follow-up.ar.txt`.
fn texts(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files().into_iter().filter(|file| file.path.starts_with(&format!("{folder}/"))) {
        let name = Path::new(&file.path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (name, language) = name.split_once('.').unwrap_or((&name, ""));
        found.entry(name.to_owned()).or_default().insert(language.to_owned());
    }
    found
}

/// Whether `template: name` stands in the workflow, and not only as the beginning of another name.
fn uses(workflow: &str, word: &str, name: &str) -> bool {
    let written = format!("{word}: {name}");
    workflow.match_indices(&written).any(|(at, _)| {
        let after = workflow[at + written.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
    })
}
