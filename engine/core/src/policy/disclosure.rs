//! Who may read a text: one that names the death, a person, an account or a sum goes only to a contact
//! point that somebody has confirmed to be the right person's.
//!
//! A text says at its top to whom it may go, `## level: 0` or `## level: 1`; what it uses decides where
//! that is not enough. Why so: `docs/adr/0013-disclosure.md`.

use std::collections::BTreeMap;

use super::identity::identity;
use crate::case::Case;
use crate::message::template::Template;
use crate::message::wording::names_a_death;
use crate::schema::Schema;
use crate::value::Value;

/// To whom a text may go. In order: the later is the stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disclosure {
    /// To anybody: it reveals nothing.
    #[default]
    Anyone,
    /// To a verified contact point only.
    Verified,
}

impl Disclosure {
    /// Reads what stands behind `## level:`.
    pub fn parse(level: &str) -> Option<Self> {
        match level {
            "0" => Some(Self::Anyone),
            "1" => Some(Self::Verified),
            _ => None,
        }
    }

    /// What a text declares; `None` where it declares nothing, or nothing that can be read.
    pub fn declared(text: &Template) -> Option<Self> {
        Self::parse(text.header("level")?)
    }
}

/// What in a text a stranger must not learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revealing {
    /// A variable that discloses: `account_no`, `heir.name`.
    Variable(String),
    /// Words that name the death, at this place of the file.
    Death(std::ops::Range<usize>),
}

/// The first thing in a text that only a verified contact point may learn: a field of the case that
/// discloses (by default every personal one), who the recipient is said to be, or words of a death.
pub fn reveals(text: &Template, fields: &Schema) -> Option<Revealing> {
    let discloses = |path: &String| {
        let root = path.split('.').next().unwrap_or_default();
        let of_recipient = root == "recipient" && path != "recipient.language";
        of_recipient || fields.get(root).is_some_and(|field| field.discloses)
    };
    let variable = text.variables().into_iter().find(discloses).map(Revealing::Variable);
    variable.or_else(|| names_a_death(text.source()).map(Revealing::Death))
}

/// To whom each text may go: the strictest of what its languages declare and of what they reveal.
pub fn disclosures(
    texts: &BTreeMap<String, BTreeMap<String, Template>>,
    fields: &Schema,
) -> BTreeMap<String, Disclosure> {
    let needs = |text: &Template| reveals(text, fields).map(|_| Disclosure::Verified);
    let of = |languages: &BTreeMap<String, Template>| {
        languages.values().flat_map(|text| [Disclosure::declared(text), needs(text)]).flatten().max()
    };
    texts.iter().map(|(name, languages)| (name.clone(), of(languages).unwrap_or_default())).collect()
}

/// Whether a contact point is verified in a case: somebody was reached there and confirmed who they are,
/// or the source of the contact vouches for it.
pub fn is_verified(case: &Case, address: &str) -> bool {
    let Some(point) = identity(address) else { return false };
    case.progress.verified.contains(&point) || case.data.values().any(|value| vouches(value, &point))
}

fn vouches(value: &Value, point: &str) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| vouches(item, point)),
        Value::Record(_) if value.member("disclosure").as_text() == Some("verified") => ["mobile", "email"]
            .iter()
            .filter_map(|name| value.member(name).as_text())
            .filter_map(identity)
            .any(|own| own == point),
        _ => false,
    }
}
