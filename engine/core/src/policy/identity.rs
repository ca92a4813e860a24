//! What identifies a person or a way to reach them, spelt one way: the same number, address or personal
//! number is known again however and wherever it is written.

use crate::case::Case;
use crate::message::phone;
use crate::value::Value;

/// The members of a contact that identify somebody.
const MEMBERS: [&str; 3] = ["cpr", "mobile", "email"];

/// One spelling for each identity: `+97336001234`, `amna@example.com`, `840101234`.
///
/// Direction marks and spaces go, digits of other scripts become western ones, e-mail addresses and
/// lettered numbers (passports) are read without regard to case. A telephone number is one that begins
/// with `+`: fields of type `phone` are kept that way. Nothing else is guessed: a personal number may
/// well begin with `00`.
pub fn identity(written: &str) -> Option<String> {
    // Most are kept as they are spelt.
    if !written.is_empty() && written.bytes().all(|sign| matches!(sign, b'0'..=b'9' | b'A'..=b'Z' | b'+')) {
        return Some(written.to_owned());
    }
    let plain: String = written.chars().filter_map(phone::fold).filter(|sign| *sign != ' ').collect();
    let plain = plain.trim_start_matches('\'');
    let spelt = match plain {
        _ if plain.contains('@') => plain.to_lowercase(),
        _ => plain.chars().filter(|sign| !"-./()".contains(*sign)).collect::<String>().to_uppercase(),
    };
    (!spelt.is_empty()).then_some(spelt)
}

/// Every identity in a field: text itself, and the personal numbers and addresses of contacts.
pub fn identities_of(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => identity(text).into_iter().collect(),
        Value::Record(_) => {
            MEMBERS.iter().filter_map(|name| value.member(name).as_text()).filter_map(identity).collect()
        }
        Value::List(items) => items.iter().flat_map(identities_of).collect(),
        _ => Vec::new(),
    }
}

/// Whether an identity is a person's own, and no number or address that several may share.
pub fn is_personal(identity: &str) -> bool {
    !identity.starts_with('+') && !identity.contains('@')
}

/// The numbers and addresses in a field, without the persons: where a message may go.
pub fn points_of(value: &Value) -> Vec<String> {
    identities_of(value).into_iter().filter(|identity| !is_personal(identity)).collect()
}

/// The identities in some fields of a case.
pub(super) fn identities_in(case: &Case, fields: &[String]) -> Vec<String> {
    fields.iter().flat_map(|field| identities_of(case.field(field))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_21_one_identity_has_one_spelling() {
        for (written, spelt) in [
            ("+97336001234", "+97336001234"),
            ("\u{200E}+973 3600-1234", "+97336001234"),
            ("Amna@Example.COM ", "amna@example.com"),
            ("840101234", "840101234"),
            (" 840 101-234", "840101234"),
            ("٨٤٠١٠١٢٣٤", "840101234"),
            ("'001122334", "001122334"),
            ("p 123456", "P123456"),
        ] {
            assert_eq!(identity(written).as_deref(), Some(spelt), "{written:?}");
        }
        assert_eq!(identity(" \u{200F} "), None);
        assert_ne!(identity("36001234"), identity("+97336001234"), "a personal number is no telephone number");
    }
}
