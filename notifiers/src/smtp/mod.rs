//! E-mail through a mail server.
//!
//! The dialogue is driven command by command, because only then is it known how far it came: up to
//! the text's end, nothing was handed over and a broken connection means *not sent*; from the text's final
//! dot to the server's last word, a broken connection means *unknown*. [`compose`] makes the
//! message, [`reply`] judges the server's answers.
//!
//! A mail server cannot be asked what became of a message, so `find` never can tell. What helps is
//! that the `Message-ID` follows from our id: a mailbox that gets a message twice shows it once.

mod compose;
mod flat;
mod html;
mod reply;
mod returned;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;
use wasl_core::delivery::{
    Channel, Failure, Found, Hook, HookError, Notifier, Outgoing, Pending, Returned, Sent, Status,
};

use crate::net;
use crate::registry::{BuildError, Site};
use crate::secret::Secret;
use crate::settings::{SmtpSettings, SmtpTls};
use compose::Rest;
use reply::Stage;

/// How long we wait for the server's goodbye, which decides nothing.
const GOODBYE: Duration = Duration::from_secs(2);

/// E-mail through a mail server.
pub(crate) struct Smtp {
    name: String,
    host: String,
    port: u16,
    protection: Protection,
    credentials: Option<Credentials>,
    hello: ClientId,
    sender: Mailbox,
    rest: Rest,
    returned: Option<PathBuf>,
    returned_token: Option<Secret>,
    connect_timeout: Duration,
    timeout: Duration,
}

/// How the connection is protected.
enum Protection {
    StartTls(TlsParameters),
    Implicit(TlsParameters),
    None,
}

impl Smtp {
    /// Makes the notifier, or says what is wrong with its settings.
    pub(crate) fn build(site: &Site<'_>, settings: &SmtpSettings) -> Result<Self, BuildError> {
        let default_port = if settings.tls == SmtpTls::Implicit { 465 } else { 587 };
        let limit = |key, value| net::positive(value).map_err(|problem| site.wrong(key, problem));
        Ok(Self {
            name: site.name.to_owned(),
            host: settings.host.clone(),
            port: settings.port.unwrap_or(default_port),
            protection: protection(site, settings)?,
            credentials: credentials(site, settings)?,
            hello: ClientId::default(),
            sender: mailbox(site, "from", &settings.from, settings.from_name.as_deref())?,
            rest: Rest {
                reply_to: match &settings.reply_to {
                    Some(address) => Some(mailbox(site, "reply_to", address, None)?),
                    None => None,
                },
                footer: settings.footer.clone(),
            },
            returned: settings.returned.clone(),
            returned_token: match &settings.returned_token {
                Some(reference) => Some(site.secret("returned_token", reference)?),
                None => None,
            },
            connect_timeout: limit("connect_timeout", settings.connect_timeout)?,
            timeout: limit("timeout", settings.timeout)?,
        })
    }

    async fn deliver(&self, message: &Outgoing) -> Sent {
        if message.channel != Channel::Email {
            return Sent::Misconfigured(Failure::new("channel", "an smtp notifier sends e-mail only: check its use"));
        }
        let mail = match compose::compose(message, &self.sender, &self.rest) {
            Ok(mail) => mail,
            Err(failure) => return Sent::Rejected(failure),
        };
        let mut connection = match timeout(self.timeout, self.up_to_the_text(&mail.envelope)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(sent)) => return sent,
            Err(_) => return reply::too_slow(Stage::Envelope),
        };
        // Without the final dot there is no message (RFC 5321 section 4.1.1.4), whatever came before it. The
        // library asks for the next part once the one before has left, and writes the dot after the last.
        let dotted = AtomicBool::new(false);
        let parts = std::iter::once(mail.bytes.as_slice()).chain(std::iter::from_fn(|| {
            dotted.store(true, Ordering::Relaxed);
            None
        }));
        let answer = timeout(self.timeout, connection.message_iter(parts)).await;
        let stage = if dotted.load(Ordering::Relaxed) { Stage::Text } else { Stage::Envelope };
        let sent = match answer {
            Ok(Ok(_)) => {
                Sent::Accepted { provider_id: Some(mail.message_id), status: Status::Accepted, segments: None }
            }
            Ok(Err(error)) => reply::judge(stage, &error),
            Err(_) => return reply::too_slow(stage),
        };
        say_goodbye(connection).await;
        sent
    }

    /// Connects, authenticates and names sender and recipient: everything before the text.
    async fn up_to_the_text(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Sent> {
        let mut connection = self.connect().await?;
        match self.introduce(&mut connection, envelope).await {
            Ok(()) => Ok(connection),
            Err(sent) => {
                say_goodbye(connection).await;
                Err(sent)
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Sent> {
        let server = (self.host.as_str(), self.port);
        let implicit = match &self.protection {
            Protection::Implicit(tls) => Some(tls.clone()),
            Protection::StartTls(_) | Protection::None => None,
        };
        AsyncSmtpConnection::connect_tokio1(server, Some(self.connect_timeout), &self.hello, implicit, None)
            .await
            .map_err(at(Stage::Connect))
    }

    async fn introduce(&self, connection: &mut AsyncSmtpConnection, envelope: &Envelope) -> Result<(), Sent> {
        if let Protection::StartTls(tls) = &self.protection {
            if !connection.can_starttls() {
                return Err(reply::no_starttls());
            }
            connection.starttls(tls.clone(), &self.hello).await.map_err(at(Stage::Protect))?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(at(Stage::Authenticate))?;
        }
        let mut parameters = Vec::new();
        if has_international_address(envelope) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(reply::no_smtputf8());
            }
            parameters.extend([MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        let from = Mail::new(envelope.from().cloned(), parameters);
        connection.command(from).await.map_err(at(Stage::Sender))?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(at(Stage::Recipient))?;
        }
        connection.command(Data).await.map_err(at(Stage::Envelope))?;
        Ok(())
    }
}

impl Notifier for Smtp {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(async move {
            let begun = Instant::now();
            let sent = self.deliver(message).await;
            tracing::debug!(
                notifier = self.name,
                message.id = message.id,
                accepted = matches!(sent, Sent::Accepted { .. }),
                duration_ms = begun.elapsed().as_millis(),
                "handed to the mail server"
            );
            sent
        })
    }

    /// A mail server cannot be asked.
    fn find<'a>(&'a self, _message: &'a Outgoing, _since: Timestamp) -> Pending<'a, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }

    fn may_return(&self, hook: &Hook<'_>) -> Result<(), HookError> {
        let token = self.returned_token.as_ref().ok_or(HookError::Unsupported)?;
        let header = hook.headers.iter().find(|(name, _)| name == "authorization");
        let given = header.and_then(|(_, value)| value.strip_prefix("Bearer ")).map(str::trim);
        if given.is_some_and(|given| token.is(given)) { Ok(()) } else { Err(HookError::BadSignature) }
    }

    fn returned(&self, mail: &[u8]) -> Result<Returned, HookError> {
        returned::read(mail)
    }

    fn maildrop(&self) -> Option<&Path> {
        self.returned.as_deref()
    }

    fn reference(&self, id: &str, to: &str, text: &str) -> Option<String> {
        Some(compose::message_id([id, to, text], self.sender.email.domain()))
    }

    /// Codes of reports of delivery (RFC 3463): 5.1.x is about the address, 5.2.1 a mailbox that is closed.
    fn explain(&self, code: &str) -> Option<Failure> {
        let (class, rest) = code.split_once('.')?;
        let bad_address =
            class == "5" && (rest == "2.1" || (rest.starts_with("1.") && !["1.7", "1.8"].contains(&rest)));
        let words = if bad_address { "there is no such mailbox" } else { "the mail was returned" };
        (class == "5").then(|| Failure { bad_address, ..Failure::new(code, words) })
    }
}

/// Addresses outside ASCII travel only with SMTPUTF8 (RFC 6531); all else in a message is encoded.
fn has_international_address(envelope: &Envelope) -> bool {
    envelope.from().into_iter().chain(envelope.to()).any(|address| !AsRef::<str>::as_ref(address).is_ascii())
}

fn at(stage: Stage) -> impl Fn(SmtpError) -> Sent {
    move |error| reply::judge(stage, &error)
}

/// Everything is decided by now: whatever goes wrong here changes nothing.
async fn say_goodbye(mut connection: AsyncSmtpConnection) {
    timeout(GOODBYE, connection.abort()).await.ok();
}

fn protection(site: &Site<'_>, settings: &SmtpSettings) -> Result<Protection, BuildError> {
    if settings.tls == SmtpTls::None {
        return if net::is_loopback(&settings.host) {
            Ok(Protection::None)
        } else {
            Err(site.wrong("tls", "`none` is for a server on this machine only: use `starttls` or `implicit`"))
        };
    }
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = site.text_file("ca_file", path)?;
        let certificate = Certificate::from_pem(pem.as_bytes()).ok().filter(|_| pem.contains("BEGIN CERTIFICATE"));
        let Some(certificate) = certificate else {
            return Err(site.wrong("ca_file", "holds no PEM certificate"));
        };
        builder = builder.add_root_certificate(certificate);
    }
    let tls = builder
        .build_rustls()
        .map_err(|_| site.wrong("host", "cannot be used for TLS: give a host name, and usable certificates"))?;
    Ok(if settings.tls == SmtpTls::Implicit { Protection::Implicit(tls) } else { Protection::StartTls(tls) })
}

fn credentials(site: &Site<'_>, settings: &SmtpSettings) -> Result<Option<Credentials>, BuildError> {
    match (&settings.username, &settings.password) {
        (Some(username), Some(password)) => {
            let password = site.secret("password", password)?;
            Ok(Some(Credentials::new(username.clone(), password.expose().to_owned())))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(site.wrong("password", "is missing: `username` and `password` go together")),
        (None, Some(_)) => Err(site.wrong("username", "is missing: `username` and `password` go together")),
    }
}

fn mailbox(site: &Site<'_>, key: &'static str, address: &str, name: Option<&str>) -> Result<Mailbox, BuildError> {
    let address = address.parse().map_err(|_| site.wrong(key, "is not an e-mail address"))?;
    Ok(Mailbox::new(name.map(compose::one_line), address))
}
