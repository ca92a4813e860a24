//! Mail that comes to the address that we write from: through the hook of a mail server, or from the folder in
//! which it leaves them. Reports become receipts like those of every gateway, answers messages to us.
//!
//! A file is moved when what it says is stored: to `done/`, or to `unreadable/` where a person should look. If the
//! process dies in between, it is read again and changes nothing.

use std::io;
use std::path::{Path, PathBuf};

use wasl_core::delivery::{Channel, Hook, HookError, Notifier, Receipt, Returned};

use super::{Engine, EngineError, ReceiptError};
use crate::store::NewInbound;

/// Files that are read in one look.
const FILES_MAX: usize = 200;
/// A larger mail is not read: a report is some kilobytes, an answer with a scan some megabytes.
const MAIL_BYTES_MAX: u64 = 16 << 20;
/// So much of a mail is kept beside what it says.
const KEPT_BYTES_MAX: usize = 256 << 10;

/// What came of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnedTaken {
    /// It reports on messages; how many of them are ours.
    Reports {
        /// How many are ours.
        known: usize,
    },
    /// A robot wrote it, and reports nothing.
    Automatic,
    /// A person wrote it.
    Answer {
        /// The id of the message to us.
        inbound: i64,
        /// Whether a case was told.
        matched: bool,
    },
}

impl Engine {
    /// Takes a mail that a mail server passes on.
    ///
    /// # Errors
    /// The notifier is not known or takes none, the request may not bring any, it is no mail that can be
    /// read, or the store failed.
    pub async fn take_returned(&self, name: &str, hook: &Hook<'_>) -> Result<ReturnedTaken, ReceiptError> {
        let found = self.outlets.named(name);
        let (channel, gateway) = found.ok_or_else(|| ReceiptError::NoNotifier(name.to_owned()))?;
        gateway.notifier.may_return(hook)?;
        self.take_mail(channel, gateway.notifier.as_ref(), hook.body).await
    }

    async fn take_mail(
        &self,
        channel: Channel,
        notifier: &dyn Notifier,
        mail: &[u8],
    ) -> Result<ReturnedTaken, ReceiptError> {
        let raw = mail.get(..KEPT_BYTES_MAX).unwrap_or(mail);
        let taken = match notifier.returned(mail)? {
            Returned::Automatic => ReturnedTaken::Automatic,
            Returned::Reports(receipts) => {
                let mut known = 0;
                for receipt in receipts {
                    let receipt = self.believed(notifier, receipt).await?;
                    let taken = self.keep_receipt(notifier, receipt, raw).await?;
                    known += usize::from(taken.message.is_some());
                }
                ReturnedTaken::Reports { known }
            }
            Returned::Answer { inbound, answers } => {
                let new = self.to_keep(notifier.name(), channel, inbound, raw);
                let taken = self.store.record_inbound(&NewInbound { answers: Some(answers), ..new }).await?;
                ReturnedTaken::Answer { inbound: taken.id, matched: taken.case.is_some() }
            }
        };
        self.wake();
        Ok(taken)
    }

    /// A report that names one of our messages must know what only its recipient and the servers on the way
    /// know; another one is kept, and moves nothing.
    async fn believed(&self, notifier: &dyn Notifier, receipt: Receipt) -> Result<Receipt, EngineError> {
        let Some(id) = &receipt.message_id else { return Ok(receipt) };
        let stored = self.store.message(&wasl_core::case::EffectId(id.as_str().into())).await?;
        let right = stored.and_then(|stored| {
            let message = stored.message;
            notifier.reference(&message.id.0, &message.to, &message.text)
        });
        let believed = right.is_some() && right == receipt.provider_id;
        Ok(Receipt { message_id: receipt.message_id.filter(|_| believed), ..receipt })
    }

    /// Reads what mail servers have left in the folders of the notifiers; returns how many files were read.
    ///
    /// # Errors
    /// The store failed, or a folder cannot be used; what was not moved is read again.
    pub async fn read_maildrops(&self) -> Result<usize, EngineError> {
        let mut read = 0;
        for (channel, notifier) in self.outlets.notifiers() {
            let Some(folder) = notifier.maildrop() else { continue };
            let folder = self.base.join(folder);
            let failed = |source| EngineError::Files { path: folder.clone(), source };
            for file in waiting(&folder).await.map_err(failed)? {
                let to = self.read_mail(channel, notifier.as_ref(), &file).await?;
                move_to(&folder, &file, to).await.map_err(failed)?;
                read += 1;
            }
        }
        Ok(read)
    }

    /// Reads one file; says where it goes.
    async fn read_mail(
        &self,
        channel: Channel,
        notifier: &dyn Notifier,
        file: &Path,
    ) -> Result<&'static str, EngineError> {
        let taken = match read_limited(file).await {
            Ok(mail) => self.take_mail(channel, notifier, &mail).await,
            Err(error) => Err(HookError::Malformed(error.to_string()).into()),
        };
        match taken {
            Ok(taken) => {
                tracing::info!(notifier = notifier.name(), ?taken, "returned mail");
                Ok("done")
            }
            Err(ReceiptError::Engine(error)) => Err(error),
            Err(ReceiptError::Refused(_) | ReceiptError::NoNotifier(_)) => {
                tracing::warn!(
                    notifier = notifier.name(),
                    "a file of returned mail cannot be read; it lies in `unreadable`"
                );
                Ok("unreadable")
            }
        }
    }
}

/// Whole files: what a mail server still writes has a name that begins with a dot, as is usual.
async fn waiting(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().await?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    files.truncate(FILES_MAX);
    Ok(files)
}

async fn read_limited(file: &Path) -> io::Result<Vec<u8>> {
    if tokio::fs::metadata(file).await?.len() > MAIL_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
    }
    tokio::fs::read(file).await
}

/// Never over another file: two mails may bear one name.
async fn move_to(folder: &Path, file: &Path, to: &str) -> io::Result<()> {
    let (folder, name) = (folder.join(to), file.file_name().unwrap_or_default().to_owned());
    tokio::fs::create_dir_all(&folder).await?;
    let mut target = folder.join(&name);
    let mut n = 1;
    while tokio::fs::try_exists(&target).await? {
        n += 1;
        let mut numbered = name.clone();
        numbered.push(format!(".{n}"));
        target = folder.join(numbered);
    }
    tokio::fs::rename(file, target).await
}
