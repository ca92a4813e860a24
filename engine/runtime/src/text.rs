//! Files that people write, read with a limit and whatever their bytes are.
//!
//! What is wrong with them is said by the core, which has words and places for it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use wasl_core::limits::FILE_BYTES_MAX;

/// The text of a file. Bytes that are no UTF-8 become the replacement character, which the core reports at its place; of a
/// file that is larger than the core reads only so much is read that it can say so.
///
/// # Errors
/// The file cannot be read.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_the_limit_and_whatever_its_bytes_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read_text(&path).unwrap()
        };
        assert_eq!(read("title: وفاة".as_bytes()), "title: وفاة");
        assert_eq!(read(b"title: \xff!"), "title: \u{fffd}!");
        assert_eq!(read(&vec![b'x'; 3 * FILE_BYTES_MAX]).len(), FILE_BYTES_MAX + 1);
        assert!(read_text(folder.path()).is_err());
    }
}
