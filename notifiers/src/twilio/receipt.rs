//! Delivery reports: from a signed request to what it says of a message.

use std::collections::BTreeMap;

use serde_json::Value;
use wasl_core::delivery::{Hook, HookError, Receipt};

use super::answer::{status_of, text};
use super::signature::{self, Keys, Signed};

/// The fields of a request whose signature is right. Those that we do not know are signed too and ignored.
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Checks the signature before anything is read.
    pub(super) fn signed(hook: &Hook<'_>, keys: &Keys) -> Result<Self, HookError> {
        match signature::verify(hook, keys).ok_or(HookError::BadSignature)? {
            Signed::Form(parameters) => Ok(Self(parameters.into_iter().collect())),
            Signed::Raw => json_fields(hook.body).map(Self),
        }
    }

    /// The first of these that says something.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().filter_map(|name| self.0.get(*name)).find(|value| !value.is_empty()).cloned()
    }

    /// The first of these; an error names the first.
    pub(super) fn required(&self, names: &[&str]) -> Result<String, HookError> {
        self.first(names).ok_or_else(|| missing(names.first().copied().unwrap_or_default()))
    }
}

/// Reads a report.
pub(super) fn read(hook: &Hook<'_>, keys: &Keys) -> Result<Receipt, HookError> {
    let fields = Fields::signed(hook, keys)?;
    let provider_id = fields.required(&["MessageSid", "SmsSid"])?;
    let provider_status = fields.required(&["MessageStatus", "SmsStatus"])?;
    Ok(Receipt {
        message_id: message_id(hook.url),
        provider_id: Some(provider_id),
        status: status_of(&provider_status),
        provider_status,
        code: fields.first(&["ErrorCode"]).filter(|code| code != "0"),
    })
}

/// Our id, from the address that we gave with the message.
fn message_id(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let (_, id) = parameters.find(|(name, value)| name == "message" && !value.is_empty())?;
    Some(id.into_owned())
}

fn json_fields(body: &[u8]) -> Result<BTreeMap<String, String>, HookError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|_| HookError::Malformed("neither a form nor JSON".to_owned()))?;
    let names = value.as_object().into_iter().flat_map(serde_json::Map::keys);
    Ok(names.filter_map(|name| Some((name.clone(), text(&value, name)?))).collect())
}

fn missing(field: &str) -> HookError {
    HookError::Malformed(format!("`{field}` is missing"))
}

#[cfg(test)]
pub(super) mod tests {
    use wasl_core::delivery::Status;

    use super::*;
    use crate::secret::Secret;

    const URL: &str = "https://wasl.example.bh/hooks/sms/status?message=c-1.2.0";

    fn report(form: &str) -> Result<Receipt, HookError> {
        signed(form, read)
    }

    /// The fields of a signed form.
    pub(in super::super) fn receive(form: &str) -> Result<Fields, HookError> {
        signed(form, Fields::signed)
    }

    fn signed<T>(form: &str, read: fn(&Hook<'_>, &Keys) -> Result<T, HookError>) -> Result<T, HookError> {
        let keys = Keys { auth_token: Secret::new("12345"), shared: BTreeMap::new() };
        let parameters: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let headers = [
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("x-twilio-signature".to_owned(), signature::sign_form("12345", URL, &parameters)),
        ];
        read(&Hook { url: URL, path_and_query: "", headers: &headers, body: form.as_bytes() }, &keys)
    }

    #[test]
    fn each_word_has_its_status() {
        for (word, status) in [
            ("accepted", Some(Status::Accepted)),
            ("scheduled", Some(Status::Accepted)),
            ("queued", Some(Status::Accepted)),
            ("sending", Some(Status::Accepted)),
            ("sent", Some(Status::Sent)),
            ("delivered", Some(Status::Delivered)),
            ("undelivered", Some(Status::Undelivered)),
            ("failed", Some(Status::Failed)),
            ("canceled", Some(Status::Failed)),
            ("read", None),
            ("receiving", None),
            ("a new word", None),
        ] {
            let receipt = report(&format!("MessageSid=SM1&MessageStatus={word}")).unwrap();
            assert_eq!((receipt.status, receipt.provider_status.as_str()), (status, word));
        }
    }

    #[test]
    fn a_report_names_our_message_and_the_gateways_code() {
        let form = "SmsSid=SM1&SmsStatus=undelivered&MessageStatus=undelivered&MessageSid=SM1&ErrorCode=30006\
                    &To=%2B97336001234&RawDlrDoneDate=2603010912&SomethingNew=1";
        assert_eq!(
            report(form).unwrap(),
            Receipt {
                message_id: Some("c-1.2.0".to_owned()),
                provider_id: Some("SM1".to_owned()),
                status: Some(Status::Undelivered),
                provider_status: "undelivered".to_owned(),
                code: Some("30006".to_owned()),
            }
        );
    }

    #[test]
    fn a_signed_request_that_is_no_report_says_what_is_missing() {
        assert_eq!(report("MessageStatus=sent"), Err(missing("MessageSid")));
        assert_eq!(report("MessageSid=SM1&MessageStatus="), Err(missing("MessageStatus")));
    }

    #[test]
    fn an_unsigned_request_is_refused_before_it_is_read() {
        let keys = Keys { auth_token: Secret::new("12345"), shared: BTreeMap::new() };
        let hook = Hook { url: URL, path_and_query: "", headers: &[], body: b"MessageSid=SM1&MessageStatus=sent" };
        assert_eq!(read(&hook, &keys), Err(HookError::BadSignature));
    }
}
