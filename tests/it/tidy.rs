//! The house rules that no compiler checks, as tests: shape of the tree, who may know whom, and
//! documents that tell the truth. Standard library only.
//!
//! Each rule collects everything that breaks it before it fails, with the place and what to do.
//! Formatting, lints and licences are checked by `tests/run`.

mod documents;
mod shape;

use std::fs;
use std::path::{Path, PathBuf};

/// What is not ours: what is built, what is remembered, what git keeps.
const NOT_OURS: [&str; 4] = ["target", "var", ".git", "node_modules"];

/// This file and its parts name what they forbid.
const SELF: &str = "tests/it/tidy";

/// A text file of the project.
struct File {
    /// Its path from the top of the project, with `/`.
    path: String,
    /// What is in it.
    text: String,
}

impl File {
    fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// Its lines with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file that must be there.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("`{path}` cannot be read: {error}"))
}

/// Every text file of the project, in order. What is not UTF-8 is not text.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found);
    assert!(found.len() > 100, "the project was not found: {} files", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn files_with(extension: &str) -> Vec<File> {
    files().into_iter().filter(|file| file.has_extension(extension)).collect()
}

fn collect(folder: &Path, path: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), &path, found);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(File { path, text });
        }
    }
}

/// Fails with every finding, below what the rule is.
#[track_caller]
fn none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n  {}", findings.join("\n  "));
}
