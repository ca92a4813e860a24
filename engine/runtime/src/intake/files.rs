//! Which files a source means, and what is in them: patterns and content hashes.
//!
//! A file is known by its content, never by its name or time, so that a copied, renamed or touched file is read once.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::IntakeError;

/// A file of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// As people know it: relative to the base folder, as the source writes it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The files that a source's `csv` means, sorted by name: one file, or `folder/*.csv` with one `*` in the file name. Paths
/// are relative to `base`. Hidden files are left alone: editors and downloads keep unfinished work in them. A folder in
/// which no file fits yet, or that nobody has made yet, is an empty list: whoever drops the first file makes it.
///
/// # Errors
/// [`IntakeError::NoFiles`] where a file that is named outright is missing or a folder cannot be read, with the path.
pub fn expand(source: &str, csv: &str, base: &Path) -> Result<Vec<SourceFile>, IntakeError> {
    let nothing = |why: String| IntakeError::NoFiles { source_name: source.to_owned(), csv: csv.to_owned(), why };
    let (folder, pattern) = csv.rsplit_once('/').map_or(("", csv), |(folder, name)| (folder, name));
    if folder.contains('*') {
        return Err(nothing("only the file name can have a `*`, not a folder".into()));
    }
    let Some((before, after)) = pattern.split_once('*') else {
        let path = base.join(csv);
        if !path.is_file() {
            return Err(nothing(format!("there is no file `{}`", path.display())));
        }
        return Ok(vec![SourceFile { name: csv.to_owned(), path }]);
    };
    if after.contains('*') {
        return Err(nothing("the file name can have one `*`".into()));
    }
    let folder_path = if folder.is_empty() && csv.starts_with('/') { PathBuf::from("/") } else { base.join(folder) };
    let entries = match std::fs::read_dir(&folder_path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(nothing(format!("the folder `{}` cannot be read: {error}", folder_path.display())));
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| nothing(error.to_string()))?;
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if fits(&file_name, before, after) && entry.path().is_file() {
            let name = csv.strip_suffix(pattern).unwrap_or_default().to_owned() + &file_name;
            files.push(SourceFile { name, path: entry.path() });
        }
    }
    files.sort();
    Ok(files)
}

fn fits(name: &str, before: &str, after: &str) -> bool {
    let long_enough = name.len() >= before.len() + after.len();
    let hidden = name.starts_with('.') && !before.starts_with('.');
    long_enough && !hidden && name.starts_with(before) && name.ends_with(after)
}

/// The SHA-256 of a file's content, as 64 hexadecimal digits.
///
/// # Errors
/// What reading the file gave.
pub fn content_hash(path: &Path) -> io::Result<String> {
    let mut hashing = Hashing::new(File::open(path)?);
    io::copy(&mut hashing, &mut io::sink())?;
    Ok(hashing.finish())
}

/// Passes bytes on and remembers their hash.
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
    count: u64,
}

impl<R> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), count: 0 }
    }

    /// How many bytes were read.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The hash of everything that was read.
    pub(super) fn finish(self) -> String {
        hex(&self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.count += count as u64;
        Ok(count)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(csv: &str, base: &Path) -> Result<Vec<String>, String> {
        let files = expand("register", csv, base).map_err(|error| error.to_string())?;
        Ok(files.into_iter().map(|file| file.name).collect())
    }

    #[test]
    fn a_pattern_means_the_files_that_fit_in_the_order_of_their_names() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("register");
        std::fs::create_dir(&folder).unwrap();
        for name in ["2024-02.csv", "2024-01.csv", "notes.txt", ".2024-03.csv", "2024-04.csv.part"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        std::fs::create_dir(folder.join("old.csv")).unwrap();
        let all = ["register/2024-01.csv", "register/2024-02.csv"];
        assert_eq!(names("register/*.csv", base.path()).unwrap(), all);
        assert_eq!(names("register/2024-*.csv", base.path()).unwrap(), all);
        assert_eq!(names("register/notes.txt", base.path()).unwrap(), ["register/notes.txt"]);
        let absolute = format!("{}/*-01.csv", folder.display());
        assert_eq!(names(&absolute, Path::new("/elsewhere")).unwrap().len(), 1);
        for nothing_yet in ["register/2031-*.csv", "inbox/not/made/yet/*.csv"] {
            assert_eq!(names(nothing_yet, base.path()).unwrap(), Vec::<String>::new());
        }
    }

    #[test]
    fn nothing_to_read_is_an_error_that_says_where_it_was_looked_for() {
        let base = tempfile::tempdir().unwrap();
        std::fs::write(base.path().join("file"), "").unwrap();
        for (csv, expected) in [
            ("file/*.csv", "file` cannot be read"),
            ("gone.csv", "there is no file"),
            ("*/a.csv", "only the file name can have a `*`"),
            ("*a*.csv", "one `*`"),
        ] {
            let error = names(csv, base.path()).unwrap_err();
            assert!(error.contains(expected) && error.contains("`register`"), "{csv}: {error}");
        }
    }

    #[test]
    fn a_content_hash_is_of_the_content_alone() {
        let base = tempfile::tempdir().unwrap();
        let (one, two) = (base.path().join("one"), base.path().join("two"));
        std::fs::write(&one, "abc").unwrap();
        std::fs::write(&two, "abc").unwrap();
        let hash = content_hash(&one).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(content_hash(&two).unwrap(), hash);
    }
}
