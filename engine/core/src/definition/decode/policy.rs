//! `contact_policy`: when and how often people may be contacted.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::Reader;
use crate::calendar::Quiet;
use crate::definition::{Cap, CapPer, ContactPolicy};
use crate::delivery::Channel;
use crate::diagnostic::{Code, did_you_mean};
use crate::duration::Duration;
use crate::grammar::CONTACT_POLICY;
use crate::value::Type;
use crate::yaml::Node;

impl Reader<'_> {
    /// `{quiet, not_before, at_most, household, deceased, never_to}`.
    pub(super) fn policy(&mut self, node: &Node) -> ContactPolicy {
        let [quiet, not_before, at_most, household, deceased, never_to] =
            self.decoder.mapping(node, "the contact policy", &CONTACT_POLICY);
        ContactPolicy {
            quiet: quiet.map(|node| self.quiet(node)).unwrap_or_default(),
            not_before: not_before.and_then(|node| self.not_before(node)),
            at_most: at_most.map(|node| self.caps(node)).unwrap_or_default(),
            household: household.and_then(|node| self.household(node)),
            deceased: deceased.map(|node| self.identifying(node)).unwrap_or_default(),
            never_to: never_to.map(|node| self.identifying(node)).unwrap_or_default(),
        }
    }

    fn quiet(&mut self, node: &Node) -> BTreeMap<Channel, Quiet> {
        let mut quiet = BTreeMap::new();
        for (name, value) in self.decoder.entries(node, "`quiet`") {
            let Some(channel) = Channel::parse(&name.text) else {
                let message = format!("there is no channel `{}`", name.text);
                let help = did_you_mean(&name.text, Channel::ALL.map(Channel::as_str));
                self.decoder.error_with(Code::UnknownKey, name.span, message, help);
                continue;
            };
            let Some(word) = self.decoder.word(value, "quiet hours") else { continue };
            match Quiet::parse(&word.text) {
                Ok(hours) => _ = quiet.insert(channel, hours),
                Err(message) => {
                    let help = Some("write hours such as \"20:00-09:00\", or `outside calendar`".into());
                    self.decoder.error_with(Code::BadValue, word.span, message, help);
                }
            }
        }
        quiet
    }

    fn not_before(&mut self, node: &Node) -> Option<(Duration, String)> {
        let word = self.decoder.word(node, "`not_before`")?;
        if let (wait, Some(field)) = self.wait(&word) {
            return Some((wait, field));
        }
        let message = "`not_before` does not say after which field of the case";
        let help = Some(format!("write for example `{} after date_of_death`", word.text.trim()));
        self.decoder.error_with(Code::BadValue, word.span, message, help);
        None
    }

    fn caps(&mut self, node: &Node) -> Vec<Cap> {
        let mut caps = Vec::new();
        for item in self.decoder.items(node) {
            let Some(word) = self.decoder.word(item, "a cap") else { continue };
            match parse_cap(&word.text) {
                Ok(cap) => {
                    caps.push(cap);
                    self.cap_places.push(word.span);
                }
                Err(message) => self.decoder.error_with(Code::BadValue, word.span, message, Some(CAP_HELP.into())),
            }
        }
        caps
    }

    /// The field that says which family it is.
    fn household(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "a field")?;
        let ty = self.field_type(&word.text, word.span.clone());
        if ty.is_some_and(|ty| ty != Type::Text) {
            let message = format!("`{}` is no text: a household is known by one, such as a personal number", word.text);
            self.decoder.error(Code::BadValue, word.span, message);
        }
        Some(word.text)
    }

    /// Fields that say who somebody is, or how to reach them.
    fn identifying(&mut self, node: &Node) -> Vec<String> {
        self.field_list(node, "a field", |field| match &field.ty {
            Type::Text | Type::Phone | Type::Email => Ok(()),
            ty if is_person(ty) => Ok(()),
            _ => Err("holds no person, number or address"),
        })
    }
}

/// Whether a type is a contact or a list of them.
pub(super) fn is_person(ty: &Type) -> bool {
    let contact = Type::contact();
    *ty == contact || matches!(ty, Type::List(of) if **of == contact)
}

/// What a cap looks like.
const CAP_HELP: &str = "write for example `1 sms per person in 3 days`, `6 messages per case` or \
                        `5 contacts per household in 7 days`";

/// Reads a cap: a number, what it counts (`calls`, `call attempts`, `sms`, `emails`, `messages` for SMS and e-mails,
/// `contacts` for all of them, or several with `and`), `per person`, `per household` or `per case`, and optionally
/// `in` a duration.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_cap(text: &str) -> Result<Cap, String> {
    let (rule, within) = match text.split_once(" in ") {
        Some((rule, within)) => (rule, Some(Duration::parse(within).map_err(|error| error.message)?)),
        None => (text, None),
    };
    let (counted, per) = rule
        .split_once(" per ")
        .ok_or_else(|| format!("`{}` does not say `per person`, `per household` or `per case`", text.trim()))?;
    let per = match per.trim() {
        "person" => CapPer::Person,
        "household" => CapPer::Household,
        "case" => CapPer::Case,
        other => return Err(format!("a cap counts per person, per household or per case, not per `{other}`")),
    };
    let (limit, of) = counted.trim().split_once(' ').unwrap_or((counted.trim(), ""));
    let limit = limit.parse().map_err(|_| format!("a cap begins with a whole number, not with `{limit}`"))?;
    if of.trim().is_empty() {
        return Err(format!("`{}` does not say what it counts", text.trim()));
    }
    let mut channels = BTreeSet::new();
    for counted in of.split(',').flat_map(|part| part.split(" and ")) {
        channels.extend(counted_channels(counted)?);
    }
    if within.is_some_and(|within| within.is_zero()) {
        return Err("a cap in no time at all caps nothing".into());
    }
    Ok(Cap { limit, of: channels, per, within, text: text.split_whitespace().collect::<Vec<_>>().join(" ") })
}

/// The channels that a word of a cap counts.
fn counted_channels(words: &str) -> Result<&'static [Channel], String> {
    match words.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "call" | "calls" | "call attempt" | "call attempts" => Ok(&[Channel::Call]),
        "sms" => Ok(&[Channel::Sms]),
        "email" | "emails" => Ok(&[Channel::Email]),
        "message" | "messages" => Ok(&[Channel::Sms, Channel::Email]),
        "contact" | "contacts" => Ok(&Channel::ALL),
        other => Err(format!("a cap counts calls, sms, emails, messages or contacts, not `{other}`")),
    }
}
