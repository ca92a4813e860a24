//! Puts a new workflow into its folder: all of it or nothing, and over nothing.

use std::fs;
use std::io;
use std::path::Path;

use wasl_core::definition::Bundle;

use crate::failure::{Exit, Failure};

/// Writes the files beside the workflows, out of sight, then gives them their names; the YAML file last, because it is what
/// makes them a workflow.
pub(super) fn write(workflows: &Path, bundle: &Bundle) -> Result<(), Failure> {
    let name = &bundle.name;
    let hidden = workflows.join(format!(".new-{name}"));
    let written = fill(&hidden, bundle).and_then(|()| show(workflows, &hidden, name));
    // What an interrupted run left, or what is left of this one.
    fs::remove_dir_all(&hidden).ok();
    written.map_err(|error| {
        let message = format!("cannot write `{}`: {error}", workflows.join(name).display());
        Failure::new(Exit::Configuration, message).help("nothing was written")
    })
}

fn fill(hidden: &Path, bundle: &Bundle) -> io::Result<()> {
    if hidden.exists() {
        fs::remove_dir_all(hidden)?;
    }
    for (path, text) in &bundle.files {
        let path = hidden.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

fn show(workflows: &Path, hidden: &Path, name: &str) -> io::Result<()> {
    let (file, folder) = (format!("{name}.yaml"), workflows.join(name));
    if folder.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(hidden.join(name), &folder)?;
    // A link, unlike a rename, refuses to take the place of a file.
    fs::hard_link(hidden.join(&file), workflows.join(&file)).inspect_err(|_| {
        fs::remove_dir_all(&folder).ok();
    })
}
