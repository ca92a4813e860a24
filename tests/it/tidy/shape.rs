//! The shape of the code: sizes, who may know whom, leftovers.

use wasl_core::diagnostic::Code;

use super::{File, SELF, files, files_with, none, read};

/// A file past this is read for its seam; only said.
const LINES_WARN: usize = 400;
/// A file past this tells more than one story.
const LINES_MAX: usize = 600;

#[test]
fn no_source_file_is_too_long_to_be_read_at_once() {
    let sizes = files_with("rs").into_iter().map(|file| (file.text.lines().count(), file.path));
    let (long, rest): (Vec<_>, Vec<_>) = sizes.partition(|(lines, _)| *lines > LINES_MAX);
    for (lines, path) in rest.iter().filter(|(lines, _)| *lines > LINES_WARN) {
        println!("{path} has {lines} lines: is there a seam?");
    }
    let long: Vec<String> = long.into_iter().map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    none("split these files along their seams:", &long);
}

#[test]
fn every_source_file_says_first_what_it_owns() {
    let silent = |file: &File| !file.text.starts_with("//! ");
    let silent: Vec<String> = files_with("rs").into_iter().filter(silent).map(|file| file.path).collect();
    none("these files do not open with `//!`:", &silent);
}

/// What a manifest must not depend on, and why.
const STRANGERS: [(&str, &[&str], &str); 3] = [
    (
        "engine/core/Cargo.toml",
        &[
            "tokio",
            "sea-orm",
            "sqlx",
            "reqwest",
            "hyper",
            "axum",
            "lettre",
            "chrono",
            "time",
            "rand",
            "getrandom",
            "uuid",
            "wasl-runtime",
            "wasl-notifiers",
        ],
        "the core does no IO and has no clock and no randomness",
    ),
    (
        "engine/runtime/Cargo.toml",
        &["wasl-notifiers", "reqwest", "lettre", "axum", "chrono"],
        "the runtime knows notifiers only by the trait of the core",
    ),
    ("notifiers/Cargo.toml", &["wasl-runtime", "sea-orm", "sqlx", "chrono"], "notifiers speak, they do not remember"),
];

#[test]
fn crates_do_not_know_what_they_must_not() {
    let mut met = Vec::new();
    for (path, strangers, why) in STRANGERS {
        // What tests use to stand up a server does not reach the crate.
        let manifest = read(path);
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let names = dependencies.lines().filter_map(|line| Some(line.split_once(['.', '=', ' '])?.0));
        let forbidden = names.filter(|name| strangers.contains(name));
        met.extend(forbidden.map(|name| format!("{path} depends on `{name}`: {why}")));
    }
    none("a manifest is the rule of its crate:", &met);
}

/// No part of Wasl: other programs beside it, each with a database of its own, which nothing of the workspace knows.
const PEERS: &str = "bench/peers/";

/// How statements begin that only the store may make.
const SQL: [&str; 6] = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "CREATE INDEX ", "PRAGMA "];

#[test]
fn only_the_store_knows_the_database() {
    let elsewhere = files_with("rs").into_iter().filter(|file| !file.path.starts_with("engine/runtime/src/store/"));
    let mut found = Vec::new();
    for file in elsewhere.filter(|file| !file.path.starts_with(SELF) && !file.path.starts_with(PEERS)) {
        for (number, line) in file.lines() {
            let sql = SQL.iter().any(|word| line.contains(word)) && line.contains('"');
            if sql || line.contains("sea_orm") || line.contains("sqlx") {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none("SQL and sea-orm stay in engine/runtime/src/store:", &found);
}

#[test]
fn codes_of_findings_rise_and_are_documented() {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let unordered: Vec<String> = codes
        .windows(2)
        .filter(|pair| pair[0] >= pair[1])
        .map(|pair| format!("{} stands before {}", pair[0], pair[1]))
        .collect();
    none("codes are unique and in order (engine/core/src/diagnostic/code.rs):", &unordered);
    let index = read("docs/findings.md");
    let row = |code: &Code| format!("| [{code}](findings/{code}.md) | {} |", code.page().title());
    let silent: Vec<String> = Code::ALL.iter().map(row).filter(|row| !index.contains(row)).collect();
    none("docs/findings.md lacks these rows:", &silent);
    let pages = files_with("md").into_iter().filter(|file| file.path.starts_with("docs/findings/"));
    let known = |path: &str| Code::ALL.iter().any(|code| code.page().address() == path);
    let strays: Vec<String> = pages.map(|file| file.path).filter(|path| !known(path)).collect();
    none("these pages explain no code:", &strays);
}

/// Words of work that is not finished.
const UNFINISHED: [&str; 6] = ["TODO", "FIXME", "dbg!(", "todo!(", "unimplemented!(", "#[ignore"];

#[test]
fn nothing_is_left_unfinished() {
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| !file.path.starts_with(SELF) && file.path != "Cargo.lock") {
        for (number, line) in file.lines() {
            let words = UNFINISHED.iter().filter(|word| contains_word(line, word));
            found.extend(words.map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    none("finish these, or write an issue:", &found);
}

/// Whether `word` stands in `line` by itself and not within another word.
fn contains_word(line: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let ends_open = word.ends_with(is_letter) && after.is_some_and(is_letter);
        !before.is_some_and(is_letter) && !ends_open
    })
}

/// Folders of somebody's machine.
const MACHINES: [&str; 5] = ["/home/", "/root/", "/Users/", "/work/", "/private/"];

#[test]
fn nothing_names_a_folder_of_somebodys_machine() {
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| !file.path.starts_with(SELF)) {
        for (number, line) in file.lines() {
            let stands_alone = |folder: &str| line.match_indices(folder).any(|(at, _)| begins_path(&line[..at]));
            let named = MACHINES.iter().filter(|folder| stands_alone(folder));
            found.extend(named.map(|folder| format!("{}:{number}: {folder}", file.path)));
        }
    }
    none("use paths relative to the project:", &found);
}

/// Whether what comes next is a path of its own and not the middle of one.
fn begins_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "./_-$~}…*".contains(c))
}

#[test]
fn words_and_paths_are_told_apart() {
    assert!(contains_word("// TODO: later", "TODO") && contains_word("dbg!(x)", "dbg!("));
    assert!(!contains_word("TODOS", "TODO") && !contains_word("my_dbg!(x)", "dbg!("));
    assert!(begins_path("see ") && begins_path("(") && !begins_path("https://example.org") && !begins_path("docs"));
}
