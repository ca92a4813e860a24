//! Fragments are checked in the workflows that use them; one that nobody uses is checked alone.

use std::io;
use std::path::{Path, PathBuf};

use wasl_core::definition::fragment;
use wasl_core::diagnostic::{Code, Diagnostic, Report};
use wasl_runtime::engine::read_bundle;

use super::{Unread, below, unread, yaml_files};
use crate::failure::Failure;

/// Whether a file lies where fragments lie.
pub(super) fn is_in_folder(path: &Path) -> bool {
    path.parent().and_then(Path::file_name).is_some_and(|folder| folder == fragment::FOLDER)
}

/// The fragments of a folder of workflows.
pub(super) fn files(workflows: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = workflows.join(fragment::FOLDER);
    if folder.is_dir() { yaml_files(&folder) } else { Ok(Vec::new()) }
}

/// The workflows that use a fragment, straight or through another fragment.
pub(super) fn users(path: &Path) -> Result<Vec<PathBuf>, Unread> {
    let file = fragment::path(&name(path));
    let folder = workflows_of(path);
    let files = yaml_files(folder).map_err(|failure| (folder.to_owned(), io::Error::other(failure.message)))?;
    let mut users = Vec::new();
    for workflow in files {
        let bundle = read_bundle(&workflow).map_err(|error| unread(&workflow, error))?;
        if bundle.files.contains_key(&file) {
            users.push(workflow);
        }
    }
    Ok(users)
}

/// What is to be said about a fragment that nobody uses.
pub(super) fn unused(path: &Path, source: &str) -> Report {
    let name = name(path);
    let mut report = fragment::check(&name, source);
    let finding = Diagnostic::warning(Code::Unused, &fragment::path(&name), 0..0, format!("no workflow uses `{name}`"));
    report.findings.push(finding.suggest(format!("write `use: {name}` in one, or delete the file")));
    below(workflows_of(path), report)
}

fn workflows_of(path: &Path) -> &Path {
    path.parent().and_then(Path::parent).unwrap_or(Path::new(""))
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
