//! What a scenario says must be true.

use std::ops::Range;

use jiff::Timestamp;

/// Everything that must be true after a step, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// Each with its place.
    pub claims: Vec<(Claim, Range<usize>)>,
}

/// One thing that must be true.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// The case stands there.
    State(String),
    /// It is over, with this outcome; `false` in the file: it is not over.
    Ended(Option<String>),
    /// Whether it moves: `open`, `held`, `incident`, `ended`.
    Standing(String),
    /// What became of the step's event: `applied`, `deferred`, `late`, `refused` and so on.
    Became(String),
    /// Exactly these calls are open.
    Calls(Vec<Vec<Part>>),
    /// Exactly these messages have left since the last `expect` that spoke of messages.
    Messages(Vec<Vec<Part>>),
    /// Exactly these waiting times run, by their names.
    Deadlines(Vec<Part>),
}

/// One detail of a call, a message or a waiting time.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which detail.
    pub key: String,
    /// What it must be.
    pub want: Want,
    /// Where it says so.
    pub span: Range<usize>,
}

/// What a detail must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// This text.
    Text(String),
    /// Text with this in it.
    Containing(String),
    /// This instant.
    At(Timestamp),
}
