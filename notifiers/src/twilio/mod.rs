//! SMS through Twilio's REST API, or through a gateway that speaks it.
//!
//! This file makes the request; [`answer`] judges what came back, [`find`] asks after a message whose
//! answer was lost, [`receipt`] reads delivery reports. When to try again is the dispatcher's.

mod answer;
mod errors;
mod find;
mod inbound;
mod receipt;
pub(crate) mod signature;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Url, header};
use wasl_core::delivery::{
    Channel, Failure, Found, Hook, HookError, Inbound, Notifier, Outgoing, Pending, Receipt, Sent,
};

use crate::errors::{ErrorClasses, ErrorClassesError};
use crate::registry::{BuildError, Site};
use crate::secret::Secret;
use crate::settings::TwilioSettings;
use crate::{http, net};
use signature::Keys;

/// An answer to one message is a few kilobytes; more is not from a gateway that we know.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Twilio's own bounds of `ValidityPeriod`, in seconds.
const VALIDITY_SECS: (i64, i64) = (1, 36_000);

/// SMS through Twilio.
pub(crate) struct Twilio {
    name: String,
    client: Client,
    messages_url: Url,
    username: String,
    password: Secret,
    sender: Sender,
    public_url: Option<Url>,
    keys: Keys,
    classes: ErrorClasses,
    settle: SignedDuration,
}

/// Who sends.
enum Sender {
    /// A number or a registered name.
    From(String),
    /// A messaging service that chooses.
    Service(String),
}

impl Twilio {
    /// Makes the notifier, or says what is wrong with its settings.
    pub(crate) fn build(site: &Site<'_>, settings: &TwilioSettings) -> Result<Self, BuildError> {
        let auth_token = site.secret("auth_token", &settings.auth_token)?;
        let (username, password) = match &settings.api_key {
            Some(key) => (key.sid.clone(), site.secret("api_key.secret", &key.secret)?),
            None => (settings.account_sid.clone(), auth_token.clone()),
        };
        let mut shared = BTreeMap::new();
        for (id, reference) in &settings.signing_keys {
            shared.insert(id.clone(), site.secret(&format!("signing_keys.{id}"), reference)?);
        }
        let base_url = net::guarded_url(&settings.base_url).map_err(|problem| site.wrong("base_url", problem))?;
        Ok(Self {
            name: site.name.to_owned(),
            client: http::client(site, &base_url, settings.connect_timeout, settings.timeout)?,
            messages_url: messages_url(site, base_url, &settings.account_sid)?,
            username,
            password,
            sender: sender(site, settings)?,
            public_url: settings.public_url.as_deref().map(|url| public_url(site, url)).transpose()?,
            keys: Keys { auth_token, shared },
            classes: classes(site, settings)?,
            settle: settings.settle,
        })
    }

    async fn submit(&self, message: &Outgoing) -> Sent {
        if message.channel != Channel::Sms {
            return Sent::Misconfigured(Failure::new("channel", "a Twilio notifier sends SMS only: check its use"));
        }
        let request = self
            .client
            .post(self.messages_url.clone())
            .basic_auth(&self.username, Some(self.password.expose()))
            .header(header::ACCEPT, "application/json")
            .form(&self.fields(message));
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return http::of_transport(&error),
        };
        let status = response.status().as_u16();
        let after = http::retry_after(response.headers(), message.now);
        let body = net::read_body(response, ANSWER_BYTES_MAX).await;
        answer::of_response(status, after, body.as_deref().ok(), &self.classes)
    }

    /// The form's fields. The order has no meaning to the gateway; it is fixed for readers of logs.
    fn fields(&self, message: &Outgoing) -> Vec<(&'static str, String)> {
        let mut fields = vec![("To", message.to.clone())];
        fields.push(match &self.sender {
            Sender::From(from) => ("From", from.clone()),
            Sender::Service(sid) => ("MessagingServiceSid", sid.clone()),
        });
        fields.push(("Body", message.text.clone()));
        fields.extend(self.status_callback(&message.id).map(|url| ("StatusCallback", url)));
        if let Some(expires) = message.expires {
            // The default of ten hours would let a text of the evening leave before dawn.
            let left_secs = expires.duration_since(message.now).as_secs();
            fields.push(("ValidityPeriod", left_secs.clamp(VALIDITY_SECS.0, VALIDITY_SECS.1).to_string()));
        }
        fields
    }

    /// Where reports about this message go. Our id is in the address, which the signature covers.
    fn status_callback(&self, id: &str) -> Option<String> {
        http::report_url(self.public_url.as_ref()?, &self.name, id).map(Into::into)
    }
}

impl Notifier for Twilio {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> Pending<'a, Sent> {
        Box::pin(http::told(&self.name, message, self.submit(message)))
    }

    fn find<'a>(&'a self, message: &'a Outgoing, since: Timestamp) -> Pending<'a, Found> {
        Box::pin(async move {
            find::find(self, message, since).await.unwrap_or_else(|unclear| {
                tracing::warn!(notifier = self.name, message.id = message.id, reason = %unclear, "cannot tell whether it was sent");
                unclear.found()
            })
        })
    }

    fn reports_delivery(&self) -> bool {
        self.public_url.is_some()
    }

    fn receipts(&self, hook: &Hook<'_>) -> Result<Vec<Receipt>, HookError> {
        receipt::read(hook, &self.keys).map(|receipt| vec![receipt])
    }

    fn inbound(&self, hook: &Hook<'_>) -> Result<Vec<Inbound>, HookError> {
        inbound::read(&receipt::Fields::signed(hook, &self.keys)?).map(|message| vec![message])
    }

    fn explain(&self, code: &str) -> Option<Failure> {
        self.classes.known(code).map(|class| errors::failure(class, code))
    }
}

fn messages_url(site: &Site<'_>, mut base_url: Url, account_sid: &str) -> Result<Url, BuildError> {
    if account_sid.is_empty() || !account_sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(site.wrong("account_sid", "must be the account's id (`AC…`), letters and digits only"));
    }
    if let Ok(mut segments) = base_url.path_segments_mut() {
        segments.pop_if_empty().extend(["2010-04-01", "Accounts", account_sid, "Messages.json"]);
    }
    Ok(base_url)
}

fn sender(site: &Site<'_>, settings: &TwilioSettings) -> Result<Sender, BuildError> {
    match (&settings.from, &settings.messaging_service_sid) {
        (Some(from), None) if !from.trim().is_empty() => Ok(Sender::From(from.clone())),
        (None, Some(sid)) if !sid.trim().is_empty() => Ok(Sender::Service(sid.clone())),
        _ => Err(site.wrong("from", "or `messaging_service_sid` is needed: give exactly one of them")),
    }
}

fn public_url(site: &Site<'_>, text: &str) -> Result<Url, BuildError> {
    let url = net::guarded_url(text).map_err(|problem| site.wrong("public_url", problem))?;
    if url.host_str().is_some_and(|host| host.contains('_')) {
        return Err(site.wrong("public_url", "must have no underscore in its host name: Twilio refuses those"));
    }
    Ok(url)
}

fn classes(site: &Site<'_>, settings: &TwilioSettings) -> Result<ErrorClasses, BuildError> {
    let wrong = |error: ErrorClassesError| site.wrong("error_classes", format!("is {error}"));
    let shipped = errors::shipped().map_err(wrong)?;
    match &settings.error_classes {
        Some(path) => shipped.corrected_by(&site.text_file("error_classes", path)?).map_err(wrong),
        None => Ok(shipped),
    }
}
