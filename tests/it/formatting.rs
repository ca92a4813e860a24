//! The shipped YAML files are formatted, and whatever spaces an editor leaves in them can be put right again.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use wasl_core::yaml::format;

use crate::support::program::Desk;
use crate::support::root;

/// Every YAML file that is shipped.
fn shipped() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["workflows", "config", "notifiers/src"] {
        collect(&root().join(folder), &mut files);
    }
    assert!(files.len() >= 12, "the files were not found");
    files
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
}

fn formatted(text: &str) -> String {
    format("t.yaml", text).unwrap_or_else(|finding| panic!("{finding:?}\n{text}"))
}

#[test]
fn every_shipped_yaml_file_is_formatted() {
    let sloppy: Vec<String> = shipped()
        .into_iter()
        .filter(|(_, text)| formatted(text) != *text)
        .map(|(path, _)| path.strip_prefix(root()).unwrap().display().to_string())
        .collect();
    assert!(sloppy.is_empty(), "run `wasl fmt` on {sloppy:?}");
}

/// What an editor or another system may do to the spaces of a line without changing what it says.
#[derive(Clone, Debug)]
enum Sloppiness {
    Behind(usize),
    InBrackets,
    BehindColon,
    CarriageReturn,
    BehindDash,
}

fn sloppiness() -> impl Strategy<Value = Sloppiness> {
    prop_oneof![
        (1_usize..4).prop_map(Sloppiness::Behind),
        Just(Sloppiness::InBrackets),
        Just(Sloppiness::BehindColon),
        Just(Sloppiness::CarriageReturn),
        Just(Sloppiness::BehindDash),
    ]
}

fn done_to(line: &str, what: &Sloppiness) -> String {
    let plain = !line.contains(['#', '\'', '"']) && !line.trim().is_empty();
    match what {
        Sloppiness::Behind(spaces) => format!("{line}{}", " ".repeat(*spaces)),
        Sloppiness::CarriageReturn => format!("{line}\r"),
        Sloppiness::InBrackets if plain => {
            line.replace('{', "{ ").replace('}', "  }").replace(", ", ",  ").replace('[', "[ ").replace(']', " ]")
        }
        Sloppiness::BehindColon if plain && line.ends_with('}') => line.replacen('{', "       {", 1),
        Sloppiness::BehindDash if plain && line.trim_start().starts_with("- {") => line.replacen("- {", "-    {", 1),
        _ => line.to_owned(),
    }
}

/// The whole file with twice the indentation.
fn wider(text: &str) -> String {
    let line = |line: &str| {
        let content = line.trim_start_matches(' ');
        let dash = content.strip_prefix("- ").map(|rest| format!("-   {rest}"));
        format!("{}{}\n", " ".repeat(2 * (line.len() - content.len())), dash.as_deref().unwrap_or(content))
    };
    text.lines().map(line).collect::<Vec<_>>().concat()
}

/// Without the spaces before comments and values, of which a column decides.
fn loose(text: &str) -> String {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect::<Vec<_>>().concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_shipped_file_with_sloppy_spaces_is_put_right(
        file in 0_usize..1_000,
        sloppy in prop::collection::vec((0_usize..1_000, sloppiness()), 1..40),
        end in 0_usize..4,
    ) {
        let files = shipped();
        let (_, text) = &files[file % files.len()];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (at, what) in &sloppy {
            let at = at % lines.len();
            lines[at] = done_to(&lines[at], what);
        }
        let spoiled = lines.join("\n") + &"\n".repeat(end);
        let again = formatted(&spoiled);
        prop_assert_eq!(loose(&again), loose(text));
        prop_assert_eq!(formatted(&again), again.clone(), "formatting again changes nothing");
        let only_behind = sloppy.iter().all(|(_, what)| matches!(what, Sloppiness::Behind(_) | Sloppiness::CarriageReturn));
        prop_assert!(!only_behind || again == *text);
    }
}

#[test]
fn a_file_of_twice_the_indentation_gets_its_own_back() {
    for (path, text) in shipped() {
        let again = formatted(&wider(&text));
        for (found, wanted) in again.lines().zip(text.lines()) {
            let indent = |line: &str| line.len() - line.trim_start().len();
            // A second line of a comment behind a value was not moved with it above.
            if wanted.trim_start().starts_with('#') && indent(wanted) > 20 {
                continue;
            }
            assert_eq!(indent(found), indent(wanted), "{}:\n{found}\n{wanted}", path.display());
        }
        assert_eq!(loose(&again), loose(&text), "{}", path.display());
    }
}

#[test]
fn the_command_formats_in_place_or_only_looks() {
    let desk = Desk::empty();
    let (sloppy, right) = ("a:   {b:  1}   # why\nc: [ 2 ]\n", "a: {b: 1}      # why\nc: [2]\n");
    desk.write("x.yaml", sloppy);
    desk.write("broken.yaml", "a: [1\n");
    desk.write("fine.yaml", right);
    let looked = desk.run(&["fmt", ".", "--check"]);
    assert_eq!(looked.code, 1);
    assert!(looked.out.contains("./x.yaml\nnot formatted: 1 file"), "{looked:?}");
    assert!(looked.out.contains("./broken.yaml:1:4: error[W001]"), "{looked:?}");
    let shown = desk.run(&["fmt", "x.yaml", "--diff"]);
    assert!(shown.out.contains("@@ 2 @@\n-c: [ 2 ]\n+c: [2]\n"), "{shown:?}");
    assert_eq!(fs::read_to_string(desk.path("x.yaml")).unwrap(), sloppy, "looking changes nothing");

    let done = desk.run(&["fmt", "x.yaml", "fine.yaml"]);
    assert_eq!((done.code, done.out.as_str()), (0, "x.yaml\nformatted: 1 file\n"));
    assert_eq!(fs::read_to_string(desk.path("x.yaml")).unwrap(), right);
    assert_eq!(desk.run(&["fmt", "x.yaml", "--check"]).code, 0);
    assert_eq!(fs::read_to_string(desk.path("broken.yaml")).unwrap(), "a: [1\n");

    assert_eq!(desk.pipe(&["fmt", "-"], sloppy).out, right);
    assert_eq!(desk.pipe(&["fmt", "-", "--check"], sloppy).code, 1);
    assert_eq!(desk.pipe(&["fmt", "-"], "a: [").code, 1);
    assert_eq!(desk.run(&["fmt", "none.yaml"]).code, 5);
}
