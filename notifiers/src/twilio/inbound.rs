//! Messages to our number: from a signed request to what somebody wrote.

use wasl_core::delivery::{HookError, Inbound};

use super::receipt::Fields;

/// Reads a message. It may be empty: a picture alone has no words.
pub(super) fn read(fields: &Fields) -> Result<Inbound, HookError> {
    Ok(Inbound {
        provider_id: fields.required(&["MessageSid", "SmsMessageSid", "SmsSid"])?,
        from: fields.required(&["From"])?,
        to: fields.first(&["To"]),
        text: fields.first(&["Body"]).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::receipt::tests::receive;

    fn inbound(form: &str) -> Result<Inbound, HookError> {
        receive(form).and_then(|fields| read(&fields))
    }

    #[test]
    fn a_message_has_its_sender_and_its_words_in_either_script() {
        // The fields of the vendor's documentation for messages that come in.
        let form = "ToCountry=BH&ToState=&SmsMessageSid=SM0a&NumMedia=0&ToCity=&FromZip=&SmsSid=SM0a&FromState=&\
                    SmsStatus=received&FromCity=&Body=%D8%A5%D9%8A%D9%82%D8%A7%D9%81&FromCountry=BH&To=%2B97317000000&\
                    NumSegments=1&MessageSid=SM0a&AccountSid=AC1&From=%2B97336001234&ApiVersion=2010-04-01";
        let expected = Inbound {
            provider_id: "SM0a".into(),
            from: "+97336001234".into(),
            to: Some("+97317000000".into()),
            text: "إيقاف".into(),
        };
        assert_eq!(inbound(form).unwrap(), expected);
        assert_eq!(inbound("MessageSid=MM1&From=%2B97336001234&Body=").unwrap().text, "", "a picture alone");
    }

    #[test]
    fn what_is_no_message_says_what_is_missing() {
        for (form, missing) in [("From=%2B97336001234&Body=yes", "MessageSid"), ("MessageSid=SM1&Body=yes", "From")] {
            assert_eq!(inbound(form), Err(HookError::Malformed(format!("`{missing}` is missing"))));
        }
    }
}
