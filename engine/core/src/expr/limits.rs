//! Every limit of the guard language, each with its reason.
//!
//! Guards come from files that people edit and may come from people who mean harm: whatever the text says, checking it
//! takes little time, little memory and a bounded stack, and so does evaluating it.

/// The longest source, in bytes. The longest guard of a real workflow has about 200; ten times that is no longer read by anyone.
pub(super) const SOURCE_BYTES_MAX: usize = 2_000;

/// How deep an expression may nest. Parser, checker and evaluator recurse once per level: this bounds their stack.
/// `a && b && c …` is one level, however long.
pub(super) const DEPTH_MAX: usize = 64;

/// How deep `exists` and `all` may nest: within two, the cost grows with the square of a list and no faster.
pub(super) const QUANTIFIER_DEPTH_MAX: usize = 2;

/// How many list elements `exists` and `all` may look at in one evaluation: a family has tens of contacts, not thousands.
pub(super) const ITERATIONS_MAX: u32 = 10_000;

/// How many patterns one expression may hold: each costs memory as long as the workflow is loaded.
pub(super) const PATTERNS_MAX: usize = 16;

/// The compiled size of one pattern, in bytes: room for some dozens of Unicode classes such as `\w`.
pub(super) const PATTERN_BYTES_MAX: usize = 512 * 1024;

/// How deep groups may nest in a pattern: the pattern's parser recurses once per level.
pub(super) const PATTERN_DEPTH_MAX: u32 = 32;

/// How many leading elements `list.size() > n` proves to be there: enough for every index that a person writes.
pub(super) const PROVED_ELEMENTS_MAX: i64 = 16;

/// From which similarity (normalised Damerau-Levenshtein) a known word is offered instead of an unknown one.
pub(super) const SIMILARITY_MIN: f64 = 0.5;

/// How many characters of the source a message quotes.
pub(super) const QUOTE_CHARS_MAX: usize = 48;

/// How many known words a message lists.
pub(super) const LISTED_WORDS_MAX: usize = 12;
