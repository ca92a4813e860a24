//! The contract between the dispatcher and a channel: what is handed over, and what may come of it.
//!
//! Types and one trait, no IO: notifiers implement it, the runtime's dispatcher calls it, and
//! neither knows the other.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a person is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A call that a person makes.
    Call,
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
}

impl Channel {
    /// Every channel, in the order of the language reference.
    pub const ALL: [Self; 3] = [Self::Call, Self::Sms, Self::Email];

    /// The word used in YAML, SQL and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }

    /// The channel of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message on its way out: everything a notifier needs, already decided and rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Our id of the message (`case.visit.position`); the gateway's reference where it takes one.
    pub id: String,
    /// SMS or e-mail.
    pub channel: Channel,
    /// E.164 number or e-mail address.
    pub to: String,
    /// The recipient's name, where known.
    pub to_name: Option<String>,
    /// BCP 47 language of the text: `ar`, `en`.
    pub language: String,
    /// E-mail only.
    pub subject: Option<String>,
    /// The exact text.
    pub text: String,
    /// E-mail only: where the recipient can stop e-mails.
    pub unsubscribe: Option<String>,
    /// After this instant it must not be delivered any more.
    pub expires: Option<Timestamp>,
    /// The instant of this attempt.
    pub now: Timestamp,
    /// 1 for the first attempt.
    pub attempt: u32,
}

/// What came of handing a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The gateway has it.
    Accepted {
        /// The gateway's id of the message, where it gives one.
        provider_id: Option<String>,
        /// Where the gateway says it stands now.
        status: Status,
        /// Segments that the gateway bills, where it says so.
        segments: Option<u32>,
    },
    /// It will never work for this recipient or text.
    Rejected(Failure),
    /// It was certainly not sent and may be tried again; the gateway itself works.
    Retry {
        /// Why.
        failure: Failure,
        /// How long the gateway asks us to leave it alone: it is given too much.
        after: Option<Duration>,
    },
    /// It was certainly not sent, through no fault of its own: the gateway cannot be reached or does
    /// not serve anybody.
    Unreachable(Failure),
    /// Our configuration is wrong: nothing on this channel will work until an operator mends it.
    Misconfigured(Failure),
    /// Nobody can tell whether it was sent: the reply was lost.
    Uncertain(Failure),
}

/// Why something was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The gateway's code (`21211`), an SMTP code (`550`) or our word (`timeout`).
    pub code: String,
    /// What happened, without personal data.
    pub message: String,
    /// Whether the address itself is bad and must not be used again on this channel.
    pub bad_address: bool,
    /// Whether the recipient told the gateway to stop.
    pub opted_out: bool,
}

impl Failure {
    /// A failure that says nothing about the recipient's address.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), bad_address: false, opted_out: false }
    }
}

/// What becomes of a message when nobody can tell whether it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUncertain {
    /// It waits for a person: a bereaved family gets no second copy.
    #[default]
    Hold,
    /// It is sent again, by the same gateway.
    Resend,
}

impl OnUncertain {
    /// Both, in the order of the language reference.
    pub const ALL: [Self; 2] = [Self::Hold, Self::Resend];

    /// The word used in YAML and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resend => "resend",
        }
    }

    /// The choice of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == word)
    }
}

/// What the gateway knows about a message whose sending is uncertain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It has exactly this message, known by an id of ours: adopt it.
    This(Sighting),
    /// It has messages like this one, to the same address and of the same words since the attempt began.
    /// Which of them is this one, the caller knows better, who has sent the others.
    Alike {
        /// The messages, oldest first.
        sightings: Vec<Sighting>,
        /// Whether it would have shown this one too by now, had it taken it.
        complete: bool,
    },
    /// It provably has none: sending it is safe.
    No,
    /// It cannot be asked, or the answer is not conclusive.
    CannotTell,
    /// It can be asked and did not answer: it may know once it works again.
    NoAnswer,
}

/// A message as a gateway shows it when asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The gateway's id of it.
    pub provider_id: String,
    /// Where it stands.
    pub status: Status,
}

/// Where a message stands after it was handed over. The order of the variants is the rank by which
/// a receipt may move it: a status never goes backwards, and a final one stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The gateway took it.
    Accepted,
    /// The gateway has passed it to an operator.
    Sent,
    /// It reached the handset or mailbox.
    Delivered,
    /// The operator could not deliver it.
    Undelivered,
    /// The gateway failed to send it.
    Failed,
}

impl Status {
    /// Whether no later receipt changes it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Failed)
    }

    /// The word used in YAML, SQL and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }
}

/// A request that came in under `/hooks/{notifier}/`, as received: a report or a message to us.
#[derive(Clone, Debug)]
pub struct Hook<'a> {
    /// The public URL with its query, made from configuration and not from proxy headers.
    pub url: &'a str,
    /// The request's path and query, as received.
    pub path_and_query: &'a str,
    /// Header names in lower case, with their values.
    pub headers: &'a [(String, String)],
    /// The body as received.
    pub body: &'a [u8],
}

/// A gateway's report about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Our id of the message, where the gateway carries it.
    pub message_id: Option<String>,
    /// The gateway's id.
    pub provider_id: Option<String>,
    /// What it says; `None` for a status that says nothing about delivery (`read`, `receiving`).
    pub status: Option<Status>,
    /// The gateway's own word.
    pub provider_status: String,
    /// Its error code.
    pub code: Option<String>,
}

/// A message that somebody sent to us: an answer, or out of the blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The gateway's id of it, by which the same one is known again.
    pub provider_id: String,
    /// The sender's E.164 number or e-mail address, as the gateway writes it.
    pub from: String,
    /// Our number or address that it was sent to.
    pub to: Option<String>,
    /// What they wrote.
    pub text: String,
}

/// What came to the e-mail address that we write from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// What became of messages of ours.
    Reports(Vec<Receipt>),
    /// Written by a robot that reports nothing: an absence notice. Nobody needs to read it.
    Automatic,
    /// Written by a person.
    Answer {
        /// What they wrote.
        inbound: Inbound,
        /// The messages that it says it answers, by the ids that [`Notifier::reference`] gives.
        answers: Vec<String>,
    },
}

/// Why a hook was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// No or a wrong signature.
    #[error("the signature does not match")]
    BadSignature,
    /// Signed, but not a report.
    #[error("not a delivery report: {0}")]
    Malformed(String),
    /// This notifier takes no hooks of this sort.
    #[error("this notifier takes no reports of this sort")]
    Unsupported,
}

/// A future that a notifier returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to reach people. One file per channel implements it.
pub trait Notifier: Send + Sync {
    /// Its name in the registry (`config/wasl.yaml`).
    fn name(&self) -> &str;

    /// Hands one message over. Never retries by itself.
    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent>;

    /// Asks what became of a message whose reply was lost; `since` is when the attempt began.
    fn find<'a>(&'a self, message: &'a Outgoing, since: Timestamp) -> Pending<'a, Found>;

    /// Whether its gateway was asked to report what became of each message, so that silence means
    /// something.
    fn reports_delivery(&self) -> bool {
        false
    }

    /// Reads the delivery reports of a request, after its signature: some gateways send several at once.
    fn receipts(&self, hook: &Hook<'_>) -> Result<Vec<Receipt>, HookError> {
        let _ = hook;
        Err(HookError::Unsupported)
    }

    /// Reads the messages to us of a request, after its signature.
    fn inbound(&self, hook: &Hook<'_>) -> Result<Vec<Inbound>, HookError> {
        let _ = hook;
        Err(HookError::Unsupported)
    }

    /// Whether a request may bring returned mail.
    fn may_return(&self, hook: &Hook<'_>) -> Result<(), HookError> {
        let _ = hook;
        Err(HookError::Unsupported)
    }

    /// Reads a raw e-mail (RFC 5322) that came to the address that we write from.
    fn returned(&self, mail: &[u8]) -> Result<Returned, HookError> {
        let _ = mail;
        Err(HookError::Unsupported)
    }

    /// The folder in which a mail server leaves such e-mails.
    fn maildrop(&self) -> Option<&Path> {
        None
    }

    /// The id under which others know the message with our id, recipient and text, where it follows from
    /// them: a report is believed only if it names a message rightly.
    fn reference(&self, id: &str, to: &str, text: &str) -> Option<String> {
        let _ = (id, to, text);
        None
    }

    /// Says what a code of this gateway's reports means for the recipient's address, for codes that
    /// arrive in a [`Receipt`]; `None` where the gateway has no such codes or the code is not known.
    fn explain(&self, code: &str) -> Option<Failure> {
        let _ = code;
        None
    }
}
