//! Finds cases: reads the files of a source, screens each row, opens a case for those that qualify.
//!
//! [`reader`] and [`table`] read files into values, [`screen`] judges one row, [`detect()`] runs a detection over the store.
//! What a case does once it is open is the step's; when a detection runs is the scheduler's.
//!
//! # What reading mends, and what it does not
//!
//! Mended, because no meaning can be lost: a byte order mark, Windows line ends, blank lines and rows of empty fields (a
//! spreadsheet leaves them behind), spaces and invisible marks of writing direction around a value, the order of columns,
//! columns that the source does not declare (ignored, with a note). Phone numbers are read in every spelling that
//! [`wasl_core::message::read_phone`] knows, Arabic and full-width digits included.
//!
//! Not mended, because a guess could move the wrong family: other digits or separators in numbers and dates (`٣٦`, `1.0`
//! for a whole number, `31/02/2024`), a letter O for a zero, a row with too few or too many fields, text that is not UTF-8,
//! a missing column. Such a row is rejected with file, line, column and reason, and the rest of the file goes on; a file
//! whose header does not fit is refused as a whole.

mod batch;
mod correct;
mod detect;
mod error;
mod files;
mod limits;
pub mod reader;
mod records;
pub mod screen;
mod summary;
pub mod table;

pub use correct::{Corrected, correct};
pub use detect::{NewCase, OpenCases, Options, Progress, detect, detection_name};
pub use error::{IntakeError, OpenError};
pub use files::{SourceFile, content_hash, expand};
pub use summary::{FileOutcome, FileSummary, RunSummary, Sample};
