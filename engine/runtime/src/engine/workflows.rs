//! Workflow files: read, checked, and activated if they are new and right. A bad file never
//! replaces a good version.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use wasl_core::definition::{Bundle, Workflow, fragment};
use wasl_core::diagnostic::Report;

use super::{Engine, EngineError};
use crate::library::Library;
use crate::node;
use crate::store::Version;
use crate::text::read_text;

/// Files in the folder of a workflow or a fragment that belong to it, by the folder within it and
/// their ending.
const TEXTS: [(&str, &str); 2] = [("messages", "txt"), ("scripts", "md")];
/// What only workflows have.
const SCENARIOS: (&str, &str) = ("scenarios", "yaml");

/// A version that became the active one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The workflow.
    pub workflow: String,
    /// The version's content hash.
    pub hash: String,
    /// Cases that stay on earlier versions.
    pub staying: u64,
}

/// What loading a folder did.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// New versions.
    pub activated: Vec<Activated>,
    /// Workflows whose files are those of the active version.
    pub unchanged: Vec<String>,
    /// Workflows that cannot be used, with every finding.
    pub refused: Vec<(String, Report)>,
    /// Workflows that can be used, but have findings.
    pub warned: Vec<(String, Report)>,
}

/// Reads every workflow of a folder: each `<name>.yaml` with the folder `<name>/` beside it.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn read_bundles(folder: &Path) -> Result<Vec<Bundle>, EngineError> {
    let mut bundles = Vec::new();
    for path in sorted_files(folder, "yaml")? {
        bundles.push(read_bundle(&path)?);
    }
    Ok(bundles)
}

/// Reads the workflow of one YAML file with the folder of the same name beside it, and the fragments
/// that it uses.
///
/// # Errors
/// A file cannot be read.
pub fn read_bundle(path: &Path) -> Result<Bundle, EngineError> {
    let name = name_of(path);
    let mut files = BTreeMap::new();
    read_folder(path, "", SCENARIOS, &mut files)?;
    let mut wanted: Vec<String> = fragment::named_in(read_with_texts(path, "", &mut files)?).into_iter().collect();
    while let Some(fragment) = wanted.pop() {
        let file = path.with_file_name(fragment::path(&fragment));
        // One that is not there is found by the check, with its place.
        if !files.contains_key(&fragment::path(&fragment)) && file.is_file() {
            let source = read_with_texts(&file, &format!("{}/", fragment::FOLDER), &mut files)?;
            wanted.extend(fragment::named_in(source));
        }
    }
    Ok(Bundle { name, files })
}

/// The names of the fragments in a folder of workflows.
///
/// # Errors
/// The folder of the fragments is there, but cannot be read.
pub fn fragment_names(folder: &Path) -> Result<BTreeSet<String>, EngineError> {
    let folder = folder.join(fragment::FOLDER);
    if !folder.is_dir() {
        return Ok(BTreeSet::new());
    }
    Ok(sorted_files(&folder, "yaml")?.iter().map(|path| name_of(path)).collect())
}

/// Reads a YAML file and the texts in the folder of the same name; gives the file's own text.
fn read_with_texts<'f>(
    path: &Path,
    within: &str,
    files: &'f mut BTreeMap<String, String>,
) -> Result<&'f str, EngineError> {
    for part in TEXTS {
        read_folder(path, within, part, files)?;
    }
    Ok(files.entry(format!("{within}{}.yaml", name_of(path))).insert_entry(read(path)?).into_mut())
}

/// Reads a part of the folder beside a YAML file, if there is one.
fn read_folder(
    path: &Path,
    within: &str,
    (part, ending): (&str, &str),
    files: &mut BTreeMap<String, String>,
) -> Result<(), EngineError> {
    let folder = path.with_extension("").join(part);
    if !folder.is_dir() {
        return Ok(());
    }
    for file in sorted_files(&folder, ending)? {
        let file_name = file.file_name().map(|file_name| file_name.to_string_lossy().into_owned()).unwrap_or_default();
        files.insert(format!("{within}{}/{part}/{file_name}", name_of(path)), read(&file)?);
    }
    Ok(())
}

/// A file's name without its ending.
fn name_of(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn sorted_files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, EngineError> {
    let failed = |source: io::Error| EngineError::Files { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden && path.extension().is_some_and(|found| found == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, EngineError> {
    read_text(path).map_err(|source| EngineError::Files { path: path.to_owned(), source })
}

impl Engine {
    /// Reads and checks every workflow of a folder and activates what is new and right; new cases
    /// open in the new version, running ones stay on theirs.
    ///
    /// # Errors
    /// The folder cannot be read or the store failed. A workflow that is wrong is no error here: it
    /// is reported, and its last good version goes on.
    pub async fn load_workflows(&self, folder: &Path, by: &str) -> Result<Loaded, EngineError> {
        let mut loaded = Loaded::default();
        let environment = self.library.environment();
        for bundle in read_bundles(folder)? {
            let (workflow, report) = Workflow::load(&bundle, &environment);
            let Some(workflow) = workflow else {
                loaded.refused.push((bundle.name, report));
                continue;
            };
            if !report.findings.is_empty() {
                loaded.warned.push((bundle.name.clone(), report));
            }
            self.take(&bundle, workflow, by, &mut loaded).await?;
        }
        Ok(loaded)
    }

    /// Takes the files of a workflow. Files that are as they were when this machine took them last put nothing in the place
    /// of a version that was approved since, or that another machine has: what changes files means it.
    async fn take(
        &self,
        bundle: &Bundle,
        workflow: Workflow,
        by: &str,
        loaded: &mut Loaded,
    ) -> Result<(), EngineError> {
        let (name, hash) = (workflow.name.clone(), workflow.hash.clone());
        let key = format!("files of {name} on {}", node::machine());
        let taken = self.store.setting(&key).await?;
        let is_old = match &taken {
            Some(taken) => *taken == hash,
            // A machine that is new here may have files that others have left behind.
            None => self.store.was_active(&name, &hash).await?,
        };
        let is_new = self.note_file(&name, &hash) && !is_old;
        let active = self.store.active_version(&name).await?;
        let is_active = active.as_ref().is_some_and(|active| active.hash == hash);
        match active {
            _ if is_active => {
                loaded.unchanged.push(name.to_string());
                self.library.set_active(workflow);
            }
            // Another process has newer files, or a draft was approved: the last change counts, and not who looks last.
            Some(active) if !is_new => {
                if taken.is_none() {
                    tracing::warn!(
                        workflow = name.as_str(),
                        active = active.hash.as_str(),
                        "the files here are of an earlier version, which was replaced since: they are not taken before they change"
                    );
                }
                self.follow(&active, loaded)?;
            }
            _ => loaded.activated.push(self.activate(bundle, workflow, by).await?),
        }
        if (is_new || is_active || taken.is_none()) && taken.as_deref() != Some(hash.as_str()) {
            self.store.set_setting(&key, &hash, self.now()).await?;
        }
        Ok(())
    }

    /// Opens cases on the version that is active by the database. What it refers to may be gone: then it goes on without
    /// looking for cases, which is told.
    fn follow(&self, active: &Version, loaded: &mut Loaded) -> Result<(), EngineError> {
        let (whole, report) = Workflow::load(&active.bundle, &self.library.environment());
        let workflow = if let Some(whole) = whole {
            loaded.unchanged.push(whole.name.to_string());
            whole
        } else {
            loaded.refused.push((active.bundle.name.clone(), report));
            Library::pinned(active)?
        };
        self.library.set_active(workflow);
        Ok(())
    }

    /// Whether the files of a workflow are others than when they were looked at last.
    fn note_file(&self, name: &str, hash: &str) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.to_owned(), hash.to_owned()).is_none_or(|before| before != hash)
    }

    async fn activate(&self, bundle: &Bundle, workflow: Workflow, by: &str) -> Result<Activated, EngineError> {
        let (name, hash, now) = (workflow.name.clone(), workflow.hash.clone(), self.now());
        self.store.save_version(bundle, &hash, now).await?;
        self.store.activate(&name, &hash, by, None, now).await?;
        self.library.set_active(workflow);
        let staying =
            self.running(&name).await?.iter().filter(|version| version.hash != hash).map(|of| of.open_cases).sum();
        Ok(Activated { workflow: name.to_string(), hash: hash.to_string(), staying })
    }
}

#[cfg(test)]
mod tests {
    use crate::bench::{Ground, House};

    #[tokio::test]
    async fn a_machine_that_is_new_here_brings_nothing_back_that_others_have_left() {
        let folder = Ground::in_folder(&std::env::temp_dir(), "machines");
        let house = House::new(&folder).await.unwrap();
        let active = async |house: &House| house.engine.store.active_version("outreach-5").await.unwrap().unwrap().hash;
        let first = active(&house).await;
        let text = folder.workflows().join("outreach-5/messages/done.en.txt");
        std::fs::write(&text, "It is done.").unwrap();
        house.engine.load_workflows(&folder.workflows(), "files").await.unwrap();
        let second = active(&house).await;
        assert_ne!(first, second);

        // Another machine starts with the files of yesterday.
        house.engine.store.forget_files().await;
        let other = House::new(&folder).await.unwrap();
        assert_ne!(std::fs::read_to_string(&text).unwrap(), "It is done.");
        assert_eq!(active(&other).await, second);
        // Files that nobody had are new, wherever they lie.
        std::fs::write(&text, "All is done.").unwrap();
        other.engine.load_workflows(&folder.workflows(), "files").await.unwrap();
        assert_ne!(active(&other).await, second);
        // Whoever goes back to an earlier text by changing files means it.
        std::fs::write(&text, "It is done.").unwrap();
        other.engine.load_workflows(&folder.workflows(), "files").await.unwrap();
        assert_eq!(active(&other).await, second);
    }
}
