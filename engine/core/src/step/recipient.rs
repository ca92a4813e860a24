//! Whom an action reaches: the first of its targets that can be reached on the channel.

use crate::case::Case;
use crate::definition::{Target, Workflow};
use crate::delivery::Channel;
use crate::message::phone;
use crate::policy::{Disclosure, Rule, Rules, forbidden, is_verified, person_positions, rank};
use crate::value::{Record, ShortText, Type, Value};

/// A person who can be reached.
#[derive(Clone, Debug)]
pub(super) struct Recipient<'d> {
    /// Name, relation, language and so on, for texts.
    pub(super) contact: &'d Value,
    /// Where.
    pub(super) address: &'d str,
    /// Where the person is listed first in the list of contacts, if they come from one.
    pub(super) index: Option<u32>,
}

/// What is known of whom only an address is known.
pub(super) static NOTHING: Value = Value::Record(Record::new());

impl<'d> Recipient<'d> {
    /// For the caps: the personal number where known, else the address.
    pub(super) fn person(&self) -> ShortText {
        self.text("cpr").unwrap_or(self.address).into()
    }

    pub(super) fn text(&self, member: &str) -> Option<&'d str> {
        self.contact.member(member).as_text()
    }
}

/// What a search for a recipient found.
pub(super) enum Search<'d> {
    /// Somebody.
    Found(Recipient<'d>),
    /// Only people and addresses that must never be used, by this rule.
    Forbidden(Rule),
    /// Nobody.
    Nobody,
}

/// The first target that can be reached. `cursor` is the present person of a list; a call goes on
/// from there, a message may go back to an earlier one. Of one person the point that ranks first is taken. Whoever asked us to stop is passed over, and so is
/// an unverified contact point for words that reveal something; where nobody else is left, the policy stops
/// it at the first of them, so that it is recorded for whom. `data` are the case's fields, which outlive the case as it is
/// now: who was found is no copy.
pub(super) fn search<'d>(
    (case, data): (&Case, &'d Record),
    rules: &Rules<'_>,
    (channel, disclosure): (Channel, Disclosure),
    to: &'d [Target],
) -> Search<'d> {
    let (mut stopped, mut unverified) = (None, None);
    for target in to {
        for (index, contact, address) in candidates((case, data), channel, target) {
            let person = contact.member("cpr").as_text();
            let rule = forbidden(case, rules, channel, (address, person));
            if let Some(rule @ (Rule::Deceased | Rule::NeverTo)) = rule {
                stopped.get_or_insert(rule);
                continue;
            }
            if !is_usable(case, channel, address) {
                continue;
            }
            let may_know = rule.is_none() && (disclosure == Disclosure::Anyone || is_verified(case, address));
            let recipient = Recipient { contact, address, index };
            if may_know {
                return Search::Found(recipient);
            }
            unverified.get_or_insert(recipient);
        }
    }
    match (unverified, stopped) {
        (Some(recipient), _) => Search::Found(recipient),
        (None, Some(rule)) => Search::Forbidden(rule),
        (None, None) => Search::Nobody,
    }
}

/// Whether anybody among the case's contacts can be reached on a channel.
pub fn reachable(workflow: &Workflow, case: &Case, rules: Rules<'_>, channel: Channel) -> bool {
    let contact = Type::contact();
    let people = workflow.case.fields.fields.iter().filter(|field| match &field.ty {
        Type::List(of) => **of == contact,
        ty => *ty == contact,
    });
    let to: Vec<Target> = people.map(|field| Target::Field(field.name.clone())).collect();
    matches!(search((case, &case.data), &rules, (channel, Disclosure::Anyone), &to), Search::Found(_))
}

/// Who a target names, in the order in which they are tried: where in a list, what is known of them, and where.
fn candidates<'d>(
    (case, data): (&Case, &'d Record),
    channel: Channel,
    target: &'d Target,
) -> Vec<(Option<u32>, &'d Value, &'d str)> {
    let cursor = case.progress.cursor;
    let member = if channel == Channel::Email { "email" } else { "mobile" };
    let of_contact = |index: Option<u32>, contact: &'d Value| match (contact, contact.member(member)) {
        // The source may know better than the number that it is a fixed line.
        (Value::Record(_), _) if channel == Channel::Sms && contact.member("class").as_text() == Some("fixed") => None,
        (Value::Record(_), Value::Text(address)) => Some((index, contact, address.as_str())),
        _ => None,
    };
    match target {
        Target::Address(address) => vec![(None, &NOTHING, address.as_str())],
        Target::Field(name) => match data.get(name).unwrap_or(&Value::Null) {
            Value::Text(address) => vec![(None, &NOTHING, address.as_str())],
            contact @ Value::Record(_) => of_contact(None, contact).into_iter().collect(),
            Value::List(contacts) => {
                let positions = person_positions(contacts);
                let mut ladder: Vec<_> = positions
                    .into_iter()
                    .zip(contacts)
                    .filter(|(position, _)| *position >= cursor || channel != Channel::Call)
                    .filter_map(|(position, contact)| Some((contact, of_contact(Some(position), contact)?)))
                    .collect();
                ladder.sort_by_key(|(contact, (position, _, address))| {
                    (position.is_some_and(|at| at < cursor), *position, rank(case, channel, contact, address))
                });
                ladder.into_iter().map(|(_, candidate)| candidate).collect()
            }
            _ => Vec::new(),
        },
    }
}

/// Whether the address suits the channel and has not proved bad on it.
fn is_usable(case: &Case, channel: Channel, address: &str) -> bool {
    let suits = match channel {
        Channel::Email => crate::schema::is_email(address),
        Channel::Call => address.starts_with('+'),
        // A fixed line gets calls only.
        Channel::Sms => address.starts_with('+') && !phone::is_fixed_line(address),
    };
    let bad = &case.progress.bad;
    suits && (bad.is_empty() || !bad.contains(&format!("{channel} {address}")))
}
