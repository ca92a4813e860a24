//! Which files are meant, and how one is replaced: as a whole or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// The files that are named; folders stand for the YAML files in them and below.
pub(super) fn all(paths: &[PathBuf], settings: &Settings) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut files = BTreeSet::new();
    if paths.is_empty() {
        let configured =
            [&settings.file, &settings.sources, &settings.workflows, &settings.calendars, &settings.tariffs];
        for path in configured.into_iter().filter(|path| path.exists()) {
            collect(path, &mut files)?;
        }
    }
    for path in paths {
        if !path.exists() {
            return Err(Failure::new(Exit::NotFound, format!("there is no file `{}`", path.display())));
        }
        collect(path, &mut files)?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    if path.is_file() {
        files.insert(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| failed("read", path, &error))? {
        let path = entry.map_err(|error| failed("read", path, &error))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        if !is_hidden && (path.is_dir() || (is_yaml && path.is_file())) {
            collect(&path, files)?;
        }
    }
    Ok(())
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

/// Puts a new text in the place of a file, in one move, with the permissions that it had.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let written = fs::canonicalize(path).and_then(|path| {
        let permissions = fs::metadata(&path)?.permissions();
        let mut new = path.clone().into_os_string();
        new.push(".new");
        let new = PathBuf::from(new);
        let result = write(&new, text, permissions).and_then(|()| fs::rename(&new, &path));
        if result.is_err() {
            // Nothing half-made stays behind; what went wrong is told below.
            fs::remove_file(&new).ok();
        }
        result
    });
    written.map_err(|error| failed("write", path, &error))
}

fn write(path: &Path, text: &str, permissions: fs::Permissions) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Configuration, format!("cannot {what} `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_permissions_and_a_link_stays_a_link() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
        fs::write(&file, "a:   1\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, "a: 1\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "a: 1\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left in the folder");
    }

    #[test]
    fn folders_stand_for_the_yaml_files_below_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("w/scenarios")).unwrap();
        for name in ["w.yaml", "w/scenarios/s.yml", "w/text.txt", ".hidden.yaml"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let files = all(&[folder.path().to_owned()], &Settings::default()).unwrap();
        let names: Vec<PathBuf> =
            files.iter().map(|file| file.strip_prefix(folder.path()).unwrap().to_owned()).collect();
        assert_eq!(names, [Path::new("w/scenarios/s.yml"), Path::new("w.yaml")]);
    }
}
