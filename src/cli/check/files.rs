//! Which files `check` looks at, and what each of them is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wasl_core::yaml::{self, Kind};
use wasl_runtime::text::read_text;

use super::fragments;
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Workflow,
    Fragment,
    Calendar,
    Tariff,
    Sources,
    Settings,
    Gateway,
}

/// What a file is: by its place in the settings, else by its first keys.
pub(super) fn kind_of(path: &Path, settings: &Settings) -> io::Result<What> {
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
    let source = read_text(path)?;
    let has = |keys: &[String], names: &[&str]| names.iter().any(|name| keys.iter().any(|key| key == name));
    let keys = top_keys(&path.display().to_string(), &source);
    match &keys {
        Some(keys) if has(keys, &["calendar"]) && !has(keys, &["workflow", "states"]) => Ok(What::Calendar),
        Some(keys) if has(keys, &["tariff"]) => Ok(What::Tariff),
        Some(keys) if has(keys, &["gateway"]) && has(keys, &["send", "answer"]) => Ok(What::Gateway),
        Some(keys) if has(keys, &["database", "notifiers", "dispatch", "scheduler"]) => Ok(What::Settings),
        Some(keys) if has(keys, &["workflow", "states", "case"]) => Ok(What::Workflow),
        // A file that cannot be read as YAML is told so by whichever decoder its folder suggests.
        _ if path.starts_with(&settings.calendars) => Ok(What::Calendar),
        _ if path.starts_with(&settings.tariffs) => Ok(What::Tariff),
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
pub(crate) fn workflow_of(path: &Path) -> PathBuf {
    let workflow = path.ancestors().skip(2).map(|folder| folder.with_extension("yaml")).next();
    let inside = path.parent().and_then(Path::file_name);
    let is_part = inside.is_some_and(|folder| folder == "messages" || folder == "scripts" || folder == "scenarios");
    workflow.filter(|workflow| is_part && workflow.is_file()).unwrap_or_else(|| path.to_owned())
}

/// Files as they are, folders as the YAML files in them.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
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
            // A loop of links or a forbidden folder is not the same as nothing.
            let why = fs::metadata(path).err().filter(|error| error.kind() != io::ErrorKind::NotFound);
            let why = why.map(|error| format!(" to read: {error}")).unwrap_or_default();
            return Err(Failure::new(Exit::NotFound, format!("there is no file `{}`{why}", path.display()))
                .help("name a workflow, a calendar or a folder of them, or nothing to check what is configured"));
        }
    }
    Ok(files)
}

/// The YAML files directly in a folder, in the order of their names.
pub(crate) fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_yaml).collect();
    files.sort();
    Ok(files)
}

/// The failure of a command that cannot go on without a file.
pub(crate) fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Configuration, format!("cannot read `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::shipped;
    use super::*;

    #[test]
    fn each_shipped_file_is_known_for_what_it_is() {
        let settings = shipped();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (path, what) in [
            ("workflows/account-transfer.yaml", What::Workflow),
            ("workflows/account-transfer/messages/follow-up.ar.txt", What::Workflow),
            ("workflows/account-transfer/scenarios/silence.yaml", What::Workflow),
            ("config/calendars/bahrain-government.yaml", What::Calendar),
            ("config/tariffs/bahrain-household.yaml", What::Tariff),
            ("config/sources.yaml", What::Sources),
            ("config/wasl.yaml", What::Settings),
            ("config/gateways/kannel.yaml", What::Gateway),
        ] {
            assert_eq!(kind_of(&root.join(path), &settings).unwrap(), what, "{path}");
            // Also where the settings do not name it.
            assert_eq!(kind_of(&root.join(path), &Settings::default()).unwrap(), what, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_is_told_from_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.yaml");
        std::os::unix::fs::symlink(&path, &path).unwrap();
        let failure = expand(&[path]).unwrap_err();
        assert_eq!(failure.exit, Exit::NotFound);
        assert!(failure.message.contains("to read: "), "{failure}");
    }
}
