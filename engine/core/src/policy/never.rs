//! Numbers and addresses that the house never contacts, whatever a workflow asks: one, or a range of them.

use super::identity::identity;
use crate::message::phone;
use crate::schema::is_email;

/// A number or address that is never used, or all that begin or end alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverTo {
    /// As it was written.
    pub text: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// This one, spelt as [`identity`] spells it.
    One(String),
    /// Numbers that begin so: `+97380`.
    Numbers(String),
    /// The mailboxes of a domain: `@example.bh`.
    Mailboxes(String),
}

impl NeverTo {
    /// Reads `+973 1700 0000`, `17000000`, `+97380*`, `school@example.bh` or `*@example.bh`; numbers without a
    /// country code are those of `region`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str, region: &str) -> Result<Self, String> {
        let text = text.trim();
        let what = match (text.strip_suffix('*'), text.strip_prefix("*@")) {
            (Some(begins), _) => What::Numbers(prefix(begins)?),
            (None, Some(domain)) => What::Mailboxes(mailboxes(domain)?),
            (None, None) if text.contains('@') => What::One(address(text)?),
            (None, None) => What::One(phone::read_phone(text, region).map_err(|error| error.to_string())?.e164),
        };
        Ok(Self { text: text.to_owned(), what })
    }

    /// Whether an identity is one of those.
    pub(super) fn covers(&self, named: &str) -> bool {
        match &self.what {
            What::One(one) => named == one,
            What::Numbers(begin) => named.starts_with(begin),
            What::Mailboxes(end) => named.ends_with(end),
        }
    }
}

fn prefix(begins: &str) -> Result<String, String> {
    let spelt = identity(begins).unwrap_or_default();
    let digits = spelt.strip_prefix('+').unwrap_or_default();
    let are_digits = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    are_digits
        .then_some(spelt)
        .ok_or_else(|| "numbers that begin alike are written `+`, their digits and `*`".to_owned())
}

fn mailboxes(domain: &str) -> Result<String, String> {
    let end = format!("@{}", domain.to_lowercase());
    let is_domain = is_email(&format!("somebody{end}"));
    is_domain.then_some(end).ok_or_else(|| "the mailboxes of a domain are written `*@`, and the domain".to_owned())
}

fn address(text: &str) -> Result<String, String> {
    let address = identity(text).filter(|address| is_email(address));
    address.ok_or_else(|| "this is no e-mail address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_21_the_house_names_one_a_range_or_a_domain() {
        for (written, covered, free) in [
            ("+973 1700-0000", "+97317000000", "+97317000001"),
            ("17000000", "+97317000000", "+97317000001"),
            ("+973 80*", "+97380001234", "+97338001234"),
            ("School@Example.bh", "school@example.bh", "a.school@example.bh"),
            ("*@Example.bh", "anyone@example.bh", "anyone@mail.example.bh"),
        ] {
            let never = NeverTo::parse(written, "BH").unwrap();
            assert!(never.covers(covered) && !never.covers(free), "{written}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused_with_the_reason() {
        for (written, why) in [
            ("1700", "8 digits"),
            ("80*", "`+`, their digits and `*`"),
            ("+*", "`+`, their digits and `*`"),
            ("*@", "the domain"),
            ("school@", "no e-mail address"),
            ("the school", "not a phone number"),
            ("", "no phone number is given"),
        ] {
            let refused = NeverTo::parse(written, "BH").unwrap_err();
            assert!(refused.contains(why), "{written}: {refused}");
        }
    }
}
