//! Limits of the intake, each with its reason.

/// A row of a register has some hundred bytes; a longer line is a file that is no CSV at all, and is not kept in memory.
pub(super) const LINE_BYTES_MAX: u64 = 1 << 20;
/// An address in one field has perhaps five lines. A quote still open after so many was never meant to span them, and the
/// row that opened it must not swallow the rest of the file.
pub(super) const ROW_LINES_MAX: usize = 50;
/// Rows that are judged and written together: one transaction costs as much as hundreds of rows.
pub(super) const BATCH_ROWS: usize = 500;
/// Rejected rows that a summary shows; all of them are in the store.
pub(super) const SAMPLES_MAX: usize = 20;

/// Letters that are kept of a value that could not be read: nobody corrects a longer one by hand.
pub(super) const GIVEN_CHARS_MAX: usize = 2_000;
