//! Keeps what it would have sent, for trying out and for tests; nothing leaves the machine.
//!
//! With a file it appends one JSON object per line, readable by its owner only: the lines hold
//! names, numbers and texts, which is their purpose. A message is known by its id and kept once,
//! over restarts too, so that `find` answers exactly.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wasl_core::delivery::{Channel, Failure, Found, Notifier, Outgoing, Pending, Sent, Sighting, Status};

use crate::registry::{BuildError, Site};
use crate::settings::{SandboxReceipts, SandboxSettings};

/// The channel of trials and tests.
#[derive(Debug)]
pub struct Sandbox {
    name: String,
    status: Status,
    store: Mutex<Store>,
}

/// A message as the sandbox keeps it: one line of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// When it would have been sent.
    pub at: Timestamp,
    /// The notifier that kept it.
    pub notifier: String,
    /// Our id of the message.
    pub id: String,
    /// The channel.
    pub channel: Channel,
    /// Number or address.
    pub to: String,
    /// The recipient's name.
    pub to_name: Option<String>,
    /// The language of the text.
    pub language: String,
    /// E-mail only.
    pub subject: Option<String>,
    /// The exact text.
    pub text: String,
    /// When it would have lost its use.
    pub expires: Option<Timestamp>,
    /// Which attempt this was.
    pub attempt: u32,
}

impl Kept {
    fn of(notifier: &str, message: &Outgoing) -> Self {
        Self {
            at: message.now,
            notifier: notifier.to_owned(),
            id: message.id.clone(),
            channel: message.channel,
            to: message.to.clone(),
            to_name: message.to_name.clone(),
            language: message.language.clone(),
            subject: message.subject.clone(),
            text: message.text.clone(),
            expires: message.expires,
            attempt: message.attempt,
        }
    }
}

#[derive(Debug)]
enum Store {
    Memory(Vec<Kept>),
    File { file: File, ids: BTreeSet<String> },
}

impl Sandbox {
    /// A sandbox that keeps messages in memory.
    pub fn memory(name: impl Into<String>) -> Self {
        Self { name: name.into(), status: Status::Accepted, store: Mutex::new(Store::Memory(Vec::new())) }
    }

    /// The same, whose pretended gateway reports delivery at once.
    #[must_use]
    pub fn delivering(mut self) -> Self {
        self.status = Status::Delivered;
        self
    }

    /// What a memory sandbox keeps, oldest first; empty for one with a file.
    pub fn sent(&self) -> Vec<Kept> {
        match &*self.store() {
            Store::Memory(kept) => kept.clone(),
            Store::File { .. } => Vec::new(),
        }
    }

    pub(crate) fn build(site: &Site<'_>, settings: &SandboxSettings) -> Result<Self, BuildError> {
        let mut sandbox = Self::memory(site.name);
        if settings.receipts == SandboxReceipts::Delivered {
            sandbox = sandbox.delivering();
        }
        if let Some(path) = &settings.file {
            let store = open(path).map_err(|source| site.file_error("file", path, source))?;
            sandbox.store = Mutex::new(store);
        }
        Ok(sandbox)
    }

    /// A lock that a panicking test poisoned still guards complete lines.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, message: &Outgoing) -> io::Result<()> {
        match &mut *self.store() {
            Store::Memory(kept) => {
                if kept.iter().all(|kept| kept.id != message.id) {
                    kept.push(Kept::of(&self.name, message));
                }
            }
            Store::File { file, ids } => {
                if !ids.contains(&message.id) {
                    // One short write into the page cache: not worth another thread.
                    append(file, &Kept::of(&self.name, message))?;
                    ids.insert(message.id.clone());
                }
            }
        }
        Ok(())
    }

    fn has(&self, id: &str) -> bool {
        match &*self.store() {
            Store::Memory(kept) => kept.iter().any(|kept| kept.id == id),
            Store::File { ids, .. } => ids.contains(id),
        }
    }

    fn sighting(&self, message: &Outgoing) -> Sighting {
        Sighting { provider_id: Self::provider_id(message), status: self.status }
    }

    fn provider_id(message: &Outgoing) -> String {
        format!("sandbox-{}", message.id)
    }
}

impl Notifier for Sandbox {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        let sent = match self.keep(message) {
            Ok(()) => {
                Sent::Accepted { provider_id: Some(Self::provider_id(message)), status: self.status, segments: None }
            }
            Err(error) => {
                let message = format!("the sandbox file cannot be written: {}", error.kind());
                Sent::Unreachable(Failure::new("file", message))
            }
        };
        Box::pin(std::future::ready(sent))
    }

    fn find<'a>(&'a self, message: &'a Outgoing, _since: Timestamp) -> Pending<'a, Found> {
        let found = if self.has(&message.id) { Found::This(self.sighting(message)) } else { Found::No };
        Box::pin(std::future::ready(found))
    }
}

/// Opens or creates the file and reads which messages it has.
fn open(path: &Path) -> io::Result<Store> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = owner_only().open(path)?;
    let ids = read_ids(&file)?;
    Ok(Store::File { file, ids })
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The ids of every complete line. A last line without its end is what a crash left of a message
/// that was never accepted: it is cut off.
fn read_ids(file: &File) -> io::Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Line {
        id: String,
    }
    let mut ids = BTreeSet::new();
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    let mut complete_bytes = 0_u64;
    loop {
        line.clear();
        let read_bytes = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            if read_bytes > 0 {
                file.set_len(complete_bytes)?;
            }
            return Ok(ids);
        }
        let Line { id } = serde_json::from_slice(&line).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "a line is not a message that the sandbox kept; move the file away",
            )
        })?;
        ids.insert(id);
        complete_bytes += read_bytes as u64;
    }
}

/// Writes a line whole, or takes back what was written of it.
fn append(file: &mut File, kept: &Kept) -> io::Result<()> {
    let mut line = serde_json::to_vec(kept)?;
    line.push(b'\n');
    let len_before = file.metadata()?.len();
    file.write_all(&line).inspect_err(|_| {
        // If this fails too, the next start cuts the torn line off.
        file.set_len(len_before).ok();
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::testing::{self, FakeSecrets};

    fn at(path: &Path) -> Result<Sandbox, String> {
        let settings = SandboxSettings { file: Some(path.to_owned()), ..SandboxSettings::default() };
        let secrets = FakeSecrets::new();
        Sandbox::build(&Site { name: "try", secrets: &secrets }, &settings).map_err(|error| error.to_string())
    }

    fn lines(path: &Path) -> Vec<Kept> {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        for channel in Channel::ALL {
            let message = testing::message(channel);
            testing::contract(&Sandbox::memory("try"), &message).await;
            testing::contract(&at(&folder.path().join(format!("{channel}.jsonl"))).unwrap(), &message).await;
        }
    }

    #[tokio::test]
    async fn the_same_message_is_kept_once_and_found_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept/out.jsonl");
        let message = testing::message(Channel::Sms);
        for _restart in 0..2 {
            let sandbox = at(&path).unwrap();
            sandbox.send(&message).await;
            sandbox.send(&message).await;
            let provider_id = format!("sandbox-{}", message.id);
            let found = Found::This(Sighting { provider_id, status: Status::Accepted });
            assert_eq!(sandbox.find(&message, message.now).await, found);
        }
        assert_eq!(lines(&path), [Kept::of("try", &message)]);
    }

    #[tokio::test]
    async fn what_was_not_kept_is_certainly_not_there() {
        let sandbox = Sandbox::memory("try");
        let message = testing::message(Channel::Sms);
        assert_eq!(sandbox.find(&message, message.now).await, Found::No);
        sandbox.send(&message).await;
        assert_eq!(sandbox.sent(), [Kept::of("try", &message)]);
    }

    #[tokio::test]
    async fn a_line_torn_by_a_crash_was_never_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let first = testing::message(Channel::Sms);
        let second = Outgoing { id: "c-2.1.0".to_owned(), ..first.clone() };
        at(&path).unwrap().send(&first).await;
        let torn = r#"{"at":"2026-03-01T09:00:00Z","id":"c-2.1.0","te"#;
        OpenOptions::new().append(true).open(&path).unwrap().write_all(torn.as_bytes()).unwrap();

        let sandbox = at(&path).unwrap();
        assert_eq!(sandbox.find(&second, second.now).await, Found::No);
        sandbox.send(&second).await;
        assert_eq!(lines(&path), [Kept::of("try", &first), Kept::of("try", &second)]);
    }

    #[tokio::test]
    async fn delivery_is_reported_where_asked_for() {
        let settings: Settings = serde_yaml::from_str("{kind: sandbox, receipts: delivered}").unwrap();
        let sandbox = crate::build("try", &settings, &FakeSecrets::new()).unwrap();
        let sent = sandbox.send(&testing::message(Channel::Sms)).await;
        assert!(matches!(sent, Sent::Accepted { status: Status::Delivered, .. }));
    }

    #[test]
    fn a_file_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("letters.txt");
        std::fs::write(&path, "Dear family\n").unwrap();
        let error = at(&path).unwrap_err();
        assert!(error.starts_with("notifier `try`: `file`: ") && error.contains("move the file away"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear family\n");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        at(&path).unwrap().send(&testing::message(Channel::Sms)).await;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
