//! Workflows from draft to version: written by some, approved by another. The rules of that stand here and nowhere else,
//! for the pages and the API alike: what errs is not submitted, and nobody approves what they wrote themselves.

use wasl_core::definition::{Bundle, Workflow};
use wasl_core::diagnostic::Report;
use wasl_core::proof::{Around, Checked, Told};

use super::{Engine, EngineError};
use crate::store::{Draft, DraftAct, DraftChange, DraftStatus, DraftSummary, VersionSummary};

/// Files of a draft; the largest shipped workflow has some 50.
const DRAFT_FILES_MAX: usize = 500;
/// Bytes of all of them together: ten times the largest shipped workflow.
pub const DRAFT_BYTES_MAX: usize = 1 << 20;
/// Letters of a note or reason: a page that somebody reads before deciding.
const DRAFT_NOTE_MAX: usize = 2_000;

/// What names a person in the trace; a key is nobody who could answer for anything.
const PERSON: &str = "user:";

/// Why a draft was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DraftRefusal {
    /// Somebody changed it meanwhile.
    #[error("the draft has changed since you looked at it: it is at version {} now", .now.version)]
    Stale {
        /// As it is now.
        now: Box<DraftSummary>,
    },
    /// It cannot be as the draft stands.
    #[error("the draft is {}: {why}", .status.as_str())]
    Stands {
        /// Where it stands.
        status: DraftStatus,
        /// Why it cannot be, and what to do instead.
        why: &'static str,
    },
    /// Whoever wrote something does not approve it.
    #[error("you wrote a part of this draft, or began or submitted it: a second person approves it")]
    Own,
    /// A key is no person.
    #[error("a key is no person: somebody with an account submits or approves a draft")]
    NoPerson,
    /// Another version became active since it was compared.
    #[error("another version became active since you looked at the draft: look at what it would change now")]
    MovedOn,
    /// Its files err.
    #[error("the draft has mistakes")]
    Errs {
        /// Every finding.
        report: Box<Report>,
    },
    /// Its stories do not go as they say.
    #[error("{failed} of its {all} scenarios do not go as they say")]
    Fails {
        /// How many do not.
        failed: usize,
        /// How many there are.
        all: usize,
    },
    /// It is what is active already.
    #[error("the draft says what the active version says: there is nothing to approve")]
    Unchanged,
    /// A note or reason is missing or too long.
    #[error("a note has between 1 and {DRAFT_NOTE_MAX} letters")]
    Note,
    /// Files that no workflow has, or too many of them.
    #[error("`{path}` cannot be a file of a workflow: {why}")]
    File {
        /// Its path.
        path: String,
        /// Why not.
        why: &'static str,
    },
}

/// A draft that became the active version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// The draft.
    pub draft: DraftSummary,
    /// Cases that stay on earlier versions.
    pub staying: u64,
}

impl Engine {
    /// The house in which files are looked at, at this moment.
    pub fn check_files(&self, bundle: &Bundle) -> Checked {
        let environment = self.library.environment();
        self.around(&environment).check(bundle)
    }

    /// Plays the stories of files that were looked at.
    pub fn tell_stories(&self, checked: &Checked) -> Option<Told> {
        let environment = self.library.environment();
        self.around(&environment).tell(checked.workflow.as_ref()?, &checked.scenarios)
    }

    fn around<'a>(&'a self, environment: &'a wasl_core::definition::Environment) -> Around<'a> {
        Around { environment, policy: &self.house, texts: &self.texts, region: &self.region }
    }

    /// A draft with its files.
    ///
    /// # Errors
    /// There is none of this number, or the store failed.
    pub async fn draft(&self, id: i64) -> Result<Draft, EngineError> {
        self.store.draft(id).await?.ok_or(EngineError::NoDraft(id))
    }

    /// Begins a draft of a workflow with the files of its active version, or of another one.
    ///
    /// # Errors
    /// There is no such workflow or version, or the store failed.
    pub async fn begin_draft(&self, workflow: &str, from: Option<&str>, by: &str) -> Result<DraftSummary, EngineError> {
        let Some(base) = self.store.active_version(workflow).await? else {
            return Err(self.no_workflow(workflow).await?);
        };
        let files = match from {
            None => base.bundle,
            Some(hash) => {
                let found = self.store.version(hash).await?.filter(|version| version.bundle.name == workflow);
                let missing = || crate::store::StoreError::NoSuchVersion { hash: hash.to_owned() };
                found.ok_or_else(missing)?.bundle
            }
        };
        Ok(self.store.begin_draft(&base.hash, &files, by, self.now()).await?)
    }

    /// Puts other files in place of a draft's, if it is still at `version`.
    ///
    /// # Errors
    /// It is not, it is not written any more, a file is none of a workflow, or the store failed.
    pub async fn save_draft(
        &self,
        id: i64,
        version: u64,
        files: Bundle,
        by: &str,
    ) -> Result<DraftSummary, EngineError> {
        fit(&files)?;
        self.change(id, version, DraftChange::Save(files), by).await
    }

    /// Gives a draft to a second person.
    ///
    /// # Errors
    /// A key submits it, it errs, one of its stories fails, it changes nothing, it is not at `version`, or the store
    /// failed.
    pub async fn submit_draft(&self, id: i64, version: u64, note: &str, by: &str) -> Result<DraftSummary, EngineError> {
        let draft = self.draft_at(id, version).await?;
        // Else whoever holds the key could approve what it submitted.
        person(by)?;
        stands(&draft.about, DraftStatus::is_written, "what is submitted is approved or sent back first")?;
        self.sound(&draft).await?;
        self.change(id, version, DraftChange::Submit { note: noted(note)? }, by).await
    }

    /// Sends a draft back to who writes it, or takes one's own back.
    ///
    /// # Errors
    /// It was not submitted, it is not at `version`, or the store failed.
    pub async fn return_draft(
        &self,
        id: i64,
        version: u64,
        reason: &str,
        by: &str,
    ) -> Result<DraftSummary, EngineError> {
        self.change(id, version, DraftChange::Return { reason: noted(reason)? }, by).await
    }

    /// Gives a draft up; its trace stays.
    ///
    /// # Errors
    /// It is over already, it is not at `version`, or the store failed.
    pub async fn discard_draft(&self, id: i64, version: u64, by: &str) -> Result<DraftSummary, EngineError> {
        self.change(id, version, DraftChange::Discard, by).await
    }

    /// Makes a draft the active version in place of `over`, with which it was compared: new cases open on it, running
    /// ones stay on theirs.
    ///
    /// # Errors
    /// They had a part in it, it was not submitted, it errs by now, it is not at `version`, another version is the
    /// active one by now, or the store failed.
    pub async fn approve_draft(
        &self,
        id: i64,
        version: u64,
        over: Option<&str>,
        by: &str,
    ) -> Result<Approved, EngineError> {
        let draft = self.draft_at(id, version).await?;
        second_person(&draft.about, by)?;
        stands(&draft.about, |status| status == DraftStatus::Submitted, "only what was submitted is approved")?;
        let active = self.store.active_version(&draft.about.workflow).await?;
        if over.is_some_and(|over| active.is_none_or(|active| active.hash != over)) {
            return Err(DraftRefusal::MovedOn.into());
        }
        let workflow = self.sound(&draft).await?;
        let hash = workflow.hash.clone();
        let about = self.change(id, version, DraftChange::Approve { hash: hash.to_string() }, by).await?;
        self.library.set_active(workflow);
        self.wake();
        // It is approved, whatever can be counted.
        let staying = self.running(&about.workflow).await.unwrap_or_default();
        let staying = staying.iter().filter(|version| version.hash != hash).map(|version| version.open_cases).sum();
        tracing::info!(workflow = about.workflow, draft = id, staying, "a draft was approved; running cases stay");
        Ok(Approved { draft: about, staying })
    }

    /// The versions of a workflow on which cases run.
    ///
    /// # Errors
    /// The store failed.
    pub async fn running(&self, workflow: &str) -> Result<Vec<VersionSummary>, EngineError> {
        let mut versions = self.store.versions().await?;
        versions.retain(|version| version.workflow == workflow && version.open_cases > 0);
        Ok(versions)
    }

    /// What a draft says, if it could be the active version.
    async fn sound(&self, draft: &Draft) -> Result<Workflow, EngineError> {
        let checked = self.check_files(&draft.files);
        if checked.report.has_errors() {
            return Err(DraftRefusal::Errs { report: Box::new(checked.report) }.into());
        }
        if let Some(told) = self.tell_stories(&checked).filter(|told| told.failed() > 0) {
            return Err(DraftRefusal::Fails { failed: told.failed(), all: told.played.len() }.into());
        }
        let Some(workflow) = checked.workflow else {
            return Err(DraftRefusal::Errs { report: Box::new(checked.report) }.into());
        };
        let active = self.store.active_version(&workflow.name).await?;
        if active.is_some_and(|active| active.hash == workflow.hash && active.bundle == draft.files) {
            return Err(DraftRefusal::Unchanged.into());
        }
        Ok(workflow)
    }

    /// A draft as somebody saw it: what is judged is what is then changed.
    async fn draft_at(&self, id: i64, version: u64) -> Result<Draft, EngineError> {
        let draft = self.draft(id).await?;
        if draft.about.version == version {
            return Ok(draft);
        }
        Err(DraftRefusal::Stale { now: Box::new(draft.about) }.into())
    }

    async fn change(&self, id: i64, version: u64, change: DraftChange, by: &str) -> Result<DraftSummary, EngineError> {
        let now = self.draft(id).await?.about;
        if now.version == version {
            may_become(&now, &change)?;
            if let Some(changed) = self.store.change_draft(id, version, &change, by, self.now()).await? {
                return Ok(changed);
            }
        }
        let now = Box::new(self.draft(id).await?.about);
        Err(DraftRefusal::Stale { now }.into())
    }
}

/// Nobody approves what they had a part in, and a key is nobody.
fn second_person(draft: &DraftSummary, by: &str) -> Result<(), DraftRefusal> {
    person(by)?;
    let submitted = draft.submitted.as_ref().map(|act: &DraftAct| act.by.as_str());
    if draft.authors.contains(by) || draft.begun.by == by || submitted == Some(by) {
        return Err(DraftRefusal::Own);
    }
    Ok(())
}

fn person(by: &str) -> Result<(), DraftRefusal> {
    if by.starts_with(PERSON) { Ok(()) } else { Err(DraftRefusal::NoPerson) }
}

impl Draft {
    /// Whether this person may be the second one.
    pub fn may_be_approved_by(&self, who: &str) -> bool {
        second_person(&self.about, who).is_ok()
    }
}

/// Whether a change is possible as the draft stands.
fn may_become(draft: &DraftSummary, change: &DraftChange) -> Result<(), DraftRefusal> {
    match change {
        DraftChange::Save(_) => stands(draft, DraftStatus::is_written, "it is written again once it was sent back"),
        DraftChange::Submit { .. } => {
            stands(draft, DraftStatus::is_written, "what is submitted is approved or sent back first")
        }
        DraftChange::Return { .. } | DraftChange::Approve { .. } => {
            stands(draft, |status| status == DraftStatus::Submitted, "only what was submitted is decided about")
        }
        DraftChange::Discard => stands(draft, |status| !status.is_over(), "nothing becomes of it any more"),
    }
}

fn stands(draft: &DraftSummary, fits: impl Fn(DraftStatus) -> bool, why: &'static str) -> Result<(), DraftRefusal> {
    if fits(draft.status) { Ok(()) } else { Err(DraftRefusal::Stands { status: draft.status, why }) }
}

fn noted(note: &str) -> Result<String, DraftRefusal> {
    let note = note.trim();
    let letters = note.chars().count();
    if (1..=DRAFT_NOTE_MAX).contains(&letters) { Ok(note.to_owned()) } else { Err(DraftRefusal::Note) }
}

/// Refuses files that no workflow has.
fn fit(files: &Bundle) -> Result<(), DraftRefusal> {
    let refused = |path: &str, why| Err(DraftRefusal::File { path: path.to_owned(), why });
    let main = format!("{}.yaml", files.name);
    if !files.files.contains_key(&main) {
        return refused(&main, "a workflow needs it");
    }
    if files.files.len() > DRAFT_FILES_MAX {
        return refused(&main, "there are too many files beside it");
    }
    if files.files.values().map(String::len).sum::<usize>() > DRAFT_BYTES_MAX {
        return refused(&main, "all files together have more than 1 MiB");
    }
    match files.files.keys().find(|path| !is_file_of(&files.name, path)) {
        Some(path) => {
            refused(path, "there are `messages/NAME.LANGUAGE.txt`, `scripts/NAME.LANGUAGE.md`, `scenarios/NAME.yaml`")
        }
        None => Ok(()),
    }
}

/// Whether a path may be one of a workflow: its own file, what lies beside it, and shared pieces.
pub fn is_file_of(workflow: &str, path: &str) -> bool {
    const YAML: &str = ".yaml";
    const PARTS: [(&str, &str); 3] = [("messages", ".txt"), ("scripts", ".md"), ("scenarios", YAML)];
    let is_name = |name: &str| {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        !name.is_empty() && !name.starts_with('.') && name.len() <= 100 && name.chars().all(known)
    };
    let beside = |part: &str, name: &str| {
        PARTS.iter().any(|(known, ending)| *known == part && is_name(name) && name.ends_with(ending))
    };
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [file] => *file == format!("{workflow}.yaml"),
        [folder, part, name] if *folder == workflow => beside(part, name),
        ["fragments", file] => is_name(file) && file.strip_suffix(YAML).is_some(),
        ["fragments", fragment, part, name] => is_name(fragment) && beside(part, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn draft(status: DraftStatus, authors: &[&str], begun: &str, submitted: Option<&str>) -> DraftSummary {
        let act = |by: &str| DraftAct { by: by.to_owned(), at: Timestamp::UNIX_EPOCH, note: None };
        DraftSummary {
            id: 1,
            workflow: "hello".into(),
            base: String::new(),
            version: 3,
            status,
            authors: authors.iter().map(|author| (*author).to_owned()).collect(),
            begun: act(begun),
            changed: act(begun),
            submitted: submitted.map(act),
            decided: None,
            hash: None,
        }
    }

    #[test]
    fn whoever_had_a_part_in_a_draft_is_not_its_second_person_and_a_key_is_nobody() {
        let draft = draft(DraftStatus::Submitted, &["user:nora"], "user:sami", Some("user:hala"));
        let may = |who| second_person(&draft, who).is_ok();
        assert_eq!(
            ["user:nora", "user:sami", "user:hala", "user:ali", "key:ali"].map(may),
            [false, false, false, true, false]
        );
    }

    #[test]
    fn a_draft_is_written_submitted_and_decided_about_in_this_order() {
        use DraftStatus::{Approved, Discarded, Open, Returned, Submitted};
        let changes = [
            DraftChange::Save(Bundle::default()),
            DraftChange::Submit { note: "x".into() },
            DraftChange::Return { reason: "x".into() },
            DraftChange::Approve { hash: "x".into() },
            DraftChange::Discard,
        ];
        for (status, expected) in [
            (Open, [true, true, false, false, true]),
            (Returned, [true, true, false, false, true]),
            (Submitted, [false, false, true, true, true]),
            (Approved, [false; 5]),
            (Discarded, [false; 5]),
        ] {
            let draft = draft(status, &[], "user:nora", None);
            let may: Vec<bool> = changes.iter().map(|change| may_become(&draft, change).is_ok()).collect();
            assert_eq!(may, expected, "{status:?}");
        }
    }

    #[test]
    fn only_files_of_a_workflow_are_taken() {
        for (path, expected) in [
            ("hello.yaml", true),
            ("other.yaml", false),
            ("hello/messages/welcome.en.txt", true),
            ("hello/messages/welcome.en.md", false),
            ("hello/scripts/first.ar.md", true),
            ("hello/scenarios/main.yaml", true),
            ("hello/secrets/main.yaml", false),
            ("hello/messages/../../x.en.txt", false),
            ("hello/messages/.hidden.txt", false),
            ("other/messages/welcome.en.txt", false),
            ("fragments/wait.yaml", true),
            ("fragments/wait/messages/x.en.txt", true),
            ("/etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(is_file_of("hello", path), expected, "{path}");
        }
    }
}
