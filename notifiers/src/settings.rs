//! What `config/wasl.yaml` says of each notifier: the keys, their meaning and their defaults.
//!
//! Only shape is judged here (unknown keys, wrong types, plain secrets); whether the values can work
//! together is judged by [`crate::build`], which knows the notifier's name. What may be set of every
//! kind alike (rate, fallback, where it is hosted) is the operator's settings', not a notifier's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::http_gateway::HttpGatewaySettings;
use crate::secret::SecretRef;

/// One notifier, by its `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// SMS through Twilio, or a gateway that speaks its API.
    Twilio(Box<TwilioSettings>),
    /// SMS through another gateway, described in YAML.
    HttpGateway(Box<HttpGatewaySettings>),
    /// E-mail through a mail server.
    Smtp(Box<SmtpSettings>),
    /// Keeps what it would have sent; nothing leaves the machine.
    Sandbox(SandboxSettings),
    /// Calls that people make, fetched from the engine's own queue.
    CallTask(CallTaskSettings),
}

impl Settings {
    /// The word of `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Twilio(_) => "twilio",
            Self::HttpGateway(_) => "http_gateway",
            Self::Smtp(_) => "smtp",
            Self::Sandbox(_) => "sandbox",
            Self::CallTask(_) => "call_task",
        }
    }

    /// Says where gateways reach this daemon, for those that report, unless their own section does.
    pub fn reached_at(&mut self, public_url: Option<&str>) {
        let own = match self {
            Self::Twilio(settings) => &mut settings.public_url,
            Self::HttpGateway(settings) => &mut settings.public_url,
            Self::Smtp(_) | Self::Sandbox(_) | Self::CallTask(_) => return,
        };
        if own.is_none() {
            *own = public_url.map(str::to_owned);
        }
    }
}

/// `kind: twilio`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioSettings {
    /// `AC…`, from the Twilio console.
    pub account_sid: String,
    /// The account's primary auth token: signs delivery reports, and opens the API where no
    /// `api_key` is given.
    pub auth_token: SecretRef,
    /// Opens the API instead of the auth token.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
    /// The sender: an E.164 number or a registered name. Either this or `messaging_service_sid`.
    #[serde(default)]
    pub from: Option<String>,
    /// `MG…`: the messaging service that chooses the sender.
    #[serde(default)]
    pub messaging_service_sid: Option<String>,
    /// The API's address; plain `http` only to this machine, for tests.
    #[serde(default = "TwilioSettings::default_base_url")]
    pub base_url: String,
    /// Where the gateway reaches this daemon (`https://wasl.example.bh`); without it no delivery
    /// reports are asked for.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Secrets of Twilio *shared keys* by their id, for accounts whose webhook settings sign reports
    /// with such a key instead of the auth token.
    #[serde(default)]
    pub signing_keys: BTreeMap<String, SecretRef>,
    /// A file that corrects the shipped table of error classes, code by code.
    #[serde(default)]
    pub error_classes: Option<PathBuf>,
    /// How long to wait for a connection; nothing was sent when it passes.
    #[serde(default = "TwilioSettings::default_connect_timeout")]
    pub connect_timeout: SignedDuration,
    /// How long to wait for the whole exchange; whether it was sent is unknown when it passes.
    #[serde(default = "TwilioSettings::default_timeout")]
    pub timeout: SignedDuration,
    /// How long after an attempt the gateway's list is believed when it shows no message.
    #[serde(default = "TwilioSettings::default_settle")]
    pub settle: SignedDuration,
}

impl TwilioSettings {
    fn default_base_url() -> String {
        "https://api.twilio.com".to_owned()
    }

    const fn default_connect_timeout() -> SignedDuration {
        SignedDuration::from_secs(5)
    }

    const fn default_timeout() -> SignedDuration {
        SignedDuration::from_secs(20)
    }

    const fn default_settle() -> SignedDuration {
        SignedDuration::from_secs(60)
    }
}

/// A Twilio API key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// `SK…`.
    pub sid: String,
    /// Its secret.
    pub secret: SecretRef,
}

/// `kind: smtp`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// The mail server; its certificate must carry this name.
    pub host: String,
    /// Default: 587, or 465 with `tls: implicit`.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: SmtpTls,
    /// A PEM file of further certificate authorities to trust.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Together with `password`.
    #[serde(default)]
    pub username: Option<String>,
    /// Together with `username`.
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// The sender's address.
    pub from: String,
    /// The sender's name as people see it.
    #[serde(default)]
    pub from_name: Option<String>,
    /// Where answers go, if not to `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The folder in which the mail server leaves returned mail and answers.
    #[serde(default)]
    pub returned: Option<PathBuf>,
    /// Opens `/hooks/{notifier}/returned`, as `Authorization: Bearer …`.
    #[serde(default)]
    pub returned_token: Option<SecretRef>,
    /// What stands below every text, by language.
    #[serde(default)]
    pub footer: BTreeMap<String, String>,
    /// How long to wait for a connection.
    #[serde(default = "SmtpSettings::default_connect_timeout")]
    pub connect_timeout: SignedDuration,
    /// How long to wait for each half of the exchange: up to the text, and for the text itself.
    #[serde(default = "SmtpSettings::default_timeout")]
    pub timeout: SignedDuration,
}

impl SmtpSettings {
    const fn default_connect_timeout() -> SignedDuration {
        SignedDuration::from_secs(10)
    }

    const fn default_timeout() -> SignedDuration {
        SignedDuration::from_secs(60)
    }
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// Begins in the clear and must be upgraded before anything is said (RFC 3207).
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// No protection: only to this machine.
    None,
}

/// `kind: sandbox`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxSettings {
    /// The file that collects one JSON object per message; without it they are kept in memory.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// What the pretended gateway reports.
    #[serde(default)]
    pub receipts: SandboxReceipts,
}

/// What the sandbox says of a message's delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxReceipts {
    /// Nothing more than that it took the message.
    #[default]
    None,
    /// That it was delivered, at once.
    Delivered,
}

/// `kind: call_task`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallTaskSettings {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, Settings>, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_reads_with_its_defaults() {
        let all = read(
            "sms: {kind: twilio, account_sid: AC1, auth_token: {env: T}, from: '+97317000000', timeout: 8s}\n\
             mail: {kind: smtp, host: mail.example.bh, from: a@example.bh}\n\
             try: {kind: sandbox, file: out.jsonl, receipts: delivered}\n\
             calls: {kind: call_task}\n",
        )
        .unwrap();
        let Settings::Twilio(sms) = &all["sms"] else { panic!("{all:?}") };
        assert_eq!(sms.timeout, SignedDuration::from_secs(8));
        assert_eq!(sms.settle, SignedDuration::from_secs(60));
        assert_eq!(sms.base_url, "https://api.twilio.com");
        let Settings::Smtp(mail) = &all["mail"] else { panic!("{all:?}") };
        assert_eq!((mail.tls, mail.port), (SmtpTls::Starttls, None));
        let kinds: Vec<_> = all.values().map(Settings::kind).collect();
        assert_eq!(kinds, ["call_task", "smtp", "twilio", "sandbox"]);
    }

    #[test]
    fn unknown_kinds_and_keys_are_refused_by_name() {
        let error = read("x: {kind: pigeon}").unwrap_err();
        assert!(error.contains("pigeon") && error.contains("call_task"), "{error}");
        let error = read("x: {kind: sandbox, fiel: out.jsonl}").unwrap_err();
        assert!(error.contains("fiel") && error.contains("file"), "{error}");
    }

    #[test]
    fn a_plain_secret_is_refused_and_not_repeated() {
        let text = "x: {kind: twilio, account_sid: AC1, auth_token: hunter2}";
        let error = serde_yaml::from_str::<BTreeMap<String, Settings>>(text).unwrap_err();
        // Whoever prints the error must leave out the excerpt of the file, which is not ours to mask.
        let error = error.without_snippet().to_string();
        assert!(error.contains("{env: NAME}") && !error.contains("hunter2"), "{error}");
    }
}
