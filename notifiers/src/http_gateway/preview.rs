//! What would be sent, without sending it: for whoever writes a description.

use reqwest::Url;
use wasl_core::delivery::{Channel, Outgoing, Sent};

use super::answer::{self, Came};
use super::description::Description;
use super::proof::{Proof, TOKEN};
use super::request::Request;
use super::{HttpGatewaySettings, fixed, of_message};
use crate::http;

/// Stands in the place of a secret; no encoding changes it.
const MASK: &str = "***";

/// A request as it would be made, its secrets masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The request.
    pub request: Request,
    /// Its address as people read it, its secrets masked.
    pub url: String,
}

/// What an answer would mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// `accepted`, `rejected`, `retry`, `misconfigured` or `uncertain`.
    pub outcome: &'static str,
    /// The rest of what is known.
    pub sent: Sent,
}

/// A message to try a description with.
pub fn sample(to: &str, text: &str, now: jiff::Timestamp) -> Outgoing {
    let expires = now.checked_add(jiff::SignedDuration::from_hours(6)).ok();
    let language = if text.chars().any(|sign| ('\u{600}'..='\u{6ff}').contains(&sign)) { "ar" } else { "en" };
    Outgoing {
        id: "1.1.1".to_owned(),
        channel: Channel::Sms,
        to: to.to_owned(),
        to_name: None,
        language: language.to_owned(),
        subject: None,
        text: text.to_owned(),
        unsubscribe: None,
        expires,
        now,
        attempt: 1,
    }
}

/// The request that would hand a message over. No secret is read.
///
/// # Errors
/// What is missing or cannot be put together, in words.
pub fn preview(
    description: &Description,
    settings: &HttpGatewaySettings,
    notifier: &str,
    message: &Outgoing,
) -> Result<Preview, String> {
    let address = |text: &str| Url::parse(text).map_err(|error| format!("`{text}` is not a web address: {error}"));
    let base_url = address(&settings.base_url)?;
    let secrets = description.secrets.iter().map(|name| (name.clone(), MASK.to_owned())).collect();
    let mut values = fixed(description, settings, &secrets);
    values.extend(of_message(message));
    if let (Some(public_url), Some(receipts)) = (&settings.public_url, &description.receipts) {
        let mut url =
            http::report_url(&address(public_url)?, notifier, &message.id).ok_or("`public_url` has no path")?;
        if matches!(receipts.proof, Proof::Token(_)) {
            url.query_pairs_mut().append_pair(TOKEN, MASK);
        }
        values.insert("report_url".to_owned(), String::from(url).into());
    }
    let mut request = description.send.request(&base_url, &values)?;
    for (name, value) in &mut request.headers {
        if name == "authorization" && value.starts_with("Basic ") {
            *value = format!("Basic {MASK}");
        }
    }
    Ok(Preview { url: request.url.to_string(), request })
}

/// What an answer with this status and body would mean.
pub fn judge(description: &Description, status: u16, body: &str) -> Judged {
    let came = Came { http: status, headers: Vec::new(), body: Some(body.as_bytes()), after: None };
    let sent = answer::judge(description, came);
    Judged { outcome: http::outcome_word(&sent), sent }
}
