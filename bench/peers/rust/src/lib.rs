//! What the peers on PostgreSQL share: the work, the clock beside it, the line that is printed.

pub mod machine;
pub mod report;
pub mod story;
pub mod work;

/// The lock file that the peers were built from.
pub const LOCK: &str = include_str!("../Cargo.lock");
