//! Where a benchmark works: a folder and a database of its own, which are gone when it is over.

use std::path::{Path, PathBuf};

use super::machine::Server;
use super::{BenchError, Plan};
use crate::clock::{Clock, SystemClock};
use crate::store::scratch::Scratch;
use crate::store::{DatabaseUrl, Store};

/// A folder of nobody else's, as what is copied into it may be about people; removed when the benchmark is over.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it, below one that is there.
    ///
    /// # Errors
    /// It cannot be made, or is there already.
    pub fn new(under: &Path, name: &str) -> Result<Self, BenchError> {
        let path = under.join(format!("wasl-bench-{}-{name}", std::process::id()));
        let mut owned = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut owned, 0o700);
        owned.create(&path).map_err(|source| BenchError::Folder { path: path.clone(), source })?;
        Ok(Self(path))
    }

    /// Removes all that this process has made below a folder, as a signal leaves no time for anything else; says whether
    /// there was something. What still works there may make a file meanwhile: ask again until there was nothing.
    pub fn remove_all(under: &Path) -> bool {
        let own = format!("wasl-bench-{}-", std::process::id());
        let Ok(entries) = std::fs::read_dir(under) else { return false };
        let mut found = false;
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&own)) {
            found = true;
            std::fs::remove_dir_all(entry.path()).ok();
        }
        found
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays behind in a folder that says whose it was.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Under which conditions a database is worked on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// The server whose work is counted as well; `None` where there is none, or not on this machine.
    pub(super) server: Option<Server>,
    /// Whether the CPU time of everything that works can be counted.
    pub(super) all_cpu_counted: bool,
    /// Whether what is committed is on disk.
    pub(super) durable: bool,
}

/// A folder with a database in it, or with one on a server beside it.
pub(crate) struct Ground {
    folder: Folder,
    scratch: Option<Scratch>,
}

impl Ground {
    /// Makes it; the tables are made by who opens it first.
    pub(crate) async fn new(plan: &Plan, name: &str) -> Result<Self, BenchError> {
        let folder = Folder::new(&plan.folder, name)?;
        let scratch = match &plan.server {
            None => None,
            Some(server) => Some(Scratch::make(server, name).await?),
        };
        Ok(Self { folder, scratch })
    }

    /// In a file.
    #[cfg(test)]
    pub(crate) fn in_folder(under: &Path, name: &str) -> Self {
        Self { folder: Folder::new(under, name).unwrap(), scratch: None }
    }

    /// The address of the database.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match &self.scratch {
            None => format!("sqlite:{}", self.file().display()).as_str().into(),
            Some(scratch) => scratch.url().clone(),
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.0.clone()
    }

    pub(crate) fn workflows(&self) -> PathBuf {
        self.folder.file("workflows")
    }

    fn file(&self) -> PathBuf {
        self.folder.file("bench.sqlite")
    }

    /// Makes the tables, as the store does.
    pub(super) async fn migrate(&self) -> Result<Store, BenchError> {
        let store = Store::open_at(&self.url()).await?;
        store.migrate(SystemClock.now()).await?;
        Ok(store)
    }

    /// Under which conditions it is worked on.
    pub(super) async fn conditions(&self) -> Result<Conditions, BenchError> {
        let Some(scratch) = &self.scratch else {
            return Ok(Conditions { server: None, all_cpu_counted: true, durable: true });
        };
        let facts = scratch.server().await?;
        let server = Server::of(&facts);
        Ok(Conditions { server, all_cpu_counted: server.is_some(), durable: facts.durable })
    }

    /// Bytes on disk.
    pub(super) async fn bytes(&self) -> Result<u64, BenchError> {
        if let Some(scratch) = &self.scratch {
            return Ok(scratch.bytes().await?);
        }
        let path = self.file();
        Ok(std::fs::metadata(&path).map_err(|source| BenchError::Folder { path, source })?.len())
    }

    async fn clear(self) -> Result<(), BenchError> {
        match self.scratch {
            Some(scratch) => Ok(scratch.clear().await?),
            None => Ok(()),
        }
    }
}

/// Lends a ground for a piece of work, and takes it away whatever came of it.
pub(super) async fn on_ground<T>(
    plan: &Plan,
    name: &str,
    work: impl AsyncFnOnce(&Ground) -> Result<T, BenchError>,
) -> Result<T, BenchError> {
    let ground = Ground::new(plan, name).await?;
    let done = work(&ground).await;
    let cleared = ground.clear().await;
    let done = done?;
    cleared.map(|()| done)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_its_owners_alone_and_goes_when_it_is_over() {
        let folder = Folder::new(&std::env::temp_dir(), "private").unwrap();
        let path = folder.file("");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(Folder::new(&std::env::temp_dir(), "private").is_err(), "nor does it take what is there");
        drop(folder);
        assert!(!path.exists());
    }
}
