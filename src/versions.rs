//! Workflow versions as every door names and compares them.

use wasl_core::definition::{Bundle, Environment, Workflow};
use wasl_core::diagnostic::Report;
use wasl_core::diff::{Change, diff};
use wasl_runtime::store::VersionSummary;

/// So much of a version's hash tells it apart.
const HASH_SHOWN: usize = 12;
/// So much of a version's hash is enough to name it.
pub(crate) const HASH_MIN: usize = 6;

/// The first digits of a version, as people compare them.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..HASH_SHOWN).unwrap_or(hash)
}

/// The versions whose hash begins with what somebody wrote.
pub(crate) fn beginning<'v>(versions: &'v [VersionSummary], digits: &str) -> Vec<&'v VersionSummary> {
    let fits = |version: &&VersionSummary| digits.len() >= HASH_MIN && version.hash.starts_with(digits);
    versions.iter().filter(fits).collect()
}

/// Two versions, read alike.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The version before.
    pub(crate) before: Workflow,
    /// The version now.
    pub(crate) now: Workflow,
    /// Whether where cases come from could not be read, and so is not compared.
    pub(crate) without_sources: bool,
}

impl Pair {
    /// Reads two versions. What a stored version refers to may be gone: then both are read without it.
    ///
    /// # Errors
    /// The bundle that cannot be read at all, and why.
    pub(crate) fn read<'b>(
        before: &'b Bundle,
        now: &'b Bundle,
        environment: &Environment,
    ) -> Result<Self, (&'b Bundle, Report)> {
        let loaded = |bundle| Workflow::load(bundle, environment).0;
        if let (Some(before), Some(now)) = (loaded(before), loaded(now)) {
            return Ok(Self { before, now, without_sources: false });
        }
        Ok(Self { before: pinned(before)?, now: pinned(now)?, without_sources: true })
    }

    /// Everything in which they differ, in words.
    pub(crate) fn changes(&self, environment: &Environment, language: &str) -> Vec<Change> {
        diff(&self.before, &self.now, environment, language)
    }
}

fn pinned(bundle: &Bundle) -> Result<Workflow, (&Bundle, Report)> {
    let (workflow, report) = Workflow::load_pinned(bundle);
    workflow.ok_or((bundle, report))
}

/// Said of versions that were written for another program.
pub(crate) const UNREADABLE: (&str, &str) =
    ("This program cannot read one of the two any more.", "لم يعد هذا البرنامج يقرأ أحد الإصدارين.");

/// What is said where sources could not be compared.
pub(crate) const SOURCES_GONE: (&str, &str) = (
    "one of the two refers to sources or calendars that are no longer there: where cases come from was not compared",
    "يشير أحدهما إلى مصادر أو تقويمات لم تعد موجودة، فلم تُقارن مصادر الحالات",
);
