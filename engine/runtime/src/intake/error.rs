//! Why a detection could not run, in words that an operator can act on.

use std::path::PathBuf;

use thiserror::Error;

use crate::store::StoreError;

/// Why a detection could not run, or not to its end. What was committed before stays; running it again goes on from there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// A source has nothing to read.
    #[error("source `{source_name}` (`{csv}`): {why}; put the file there or correct `csv` in the sources file")]
    NoFiles {
        /// The source.
        source_name: String,
        /// Its `csv`, as configured.
        csv: String,
        /// What is missing.
        why: String,
    },
    /// A workflow names a source that is not configured.
    #[error(
        "detection `{detection}` reads the source `{source_name}`, which the sources file does not have; add it there"
    )]
    UnknownSource {
        /// The detection.
        detection: String,
        /// The source.
        source_name: String,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`: {cause}; check that the file is complete and may be read by this user", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A file that others are looked up in does not fit its source: without it rows would be screened out wrongly.
    #[error(
        "look-up source `{source_name}`: {file}, line 1: {reason}; no row was judged, because without this file families \
         would be screened out wrongly"
    )]
    LookupRefused {
        /// The source.
        source_name: String,
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A look-up source without a single row.
    #[error(
        "look-up source `{source_name}` (`{csv}`) has no readable row; no row was judged, because families would be \
         screened out wrongly"
    )]
    LookupEmpty {
        /// The source.
        source_name: String,
        /// Its `csv`, as configured.
        csv: String,
    },
    /// The opener could not open cases; none of their batch is open.
    #[error("cases cannot be opened: {0}")]
    Open(#[source] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The process is ending.
    #[error("the detection was stopped because the process is ending; it goes on where it was at the next run")]
    Stopped,
}

/// What kept cases from being opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;
