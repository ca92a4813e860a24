//! The contact points of a case: which of a person's numbers and addresses is tried first, and what is known of each.
//!
//! Persons come in the order in which the case lists them; whoever lists a person with several numbers gives them one
//! personal number. A failure demotes the point, not the person: the next try goes to the person's next point, and when
//! all have failed to the one that failed longest ago.

use jiff::Timestamp;

use super::identity::identity;
use super::is_verified;
use crate::case::{Case, PointNews};
use crate::delivery::Channel;
use crate::value::Value;

/// How a point stands among those of its person: the smaller is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    suspect: bool,
    failed_at: Option<Timestamp>,
    unverified: bool,
    doubt: u8,
}

/// How the point of a contact on a channel ranks.
pub(crate) fn rank(case: &Case, channel: Channel, contact: &Value, address: &str) -> Rank {
    let news = point_news(case, channel, address);
    let doubt = match contact.member("confidence").as_text() {
        Some("high") => 0,
        Some("low") => 2,
        _ => 1,
    };
    Rank {
        suspect: news.is_some_and(|news| news.suspect),
        failed_at: news.filter(|news| news.failed).map(|news| news.at),
        unverified: !is_verified(case, address),
        doubt,
    }
}

/// The name under which a case keeps what became of a point.
pub(crate) fn point_key(channel: Channel, address: &str) -> String {
    format!("{channel} {}", identity(address).unwrap_or_default())
}

/// What became of the last try at an address.
pub fn point_news<'c>(case: &'c Case, channel: Channel, address: &str) -> Option<&'c PointNews> {
    case.progress.points.get(&point_key(channel, address))
}

/// The position of each contact's person in a list: where that person is listed first.
pub(crate) fn person_positions(contacts: &[Value]) -> Vec<u32> {
    if contacts.len() < 2 {
        return vec![0; contacts.len()];
    }
    let person = |contact: &Value| contact.member("cpr").as_text().and_then(identity);
    let persons: Vec<_> = contacts.iter().map(person).collect();
    let first_of = |(own, here): (u32, &Option<String>)| {
        let mut listed = persons.iter().zip(0_u32..);
        let first = here.as_ref().and_then(|_| listed.find(|(other, _)| *other == here));
        first.map_or(own, |(_, index)| index)
    };
    (0_u32..).zip(&persons).map(first_of).collect()
}

/// What a case knows of a contact point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'c> {
    /// Whose it is.
    pub name: Option<&'c str>,
    /// The number or address.
    pub address: &'c str,
    /// `mobile`, `fixed`, `unknown`; none of an e-mail address.
    pub class: Option<&'c str>,
    /// Who gave it to us.
    pub source: Option<&'c str>,
    /// `high`, `medium`, `low`.
    pub confidence: Option<&'c str>,
    /// Whether its owner has confirmed who they are.
    pub verified: bool,
    /// On which channels it proved wrong and is not used again.
    pub bad: Vec<Channel>,
    /// What became of the last try on each channel.
    pub news: Vec<(Channel, &'c PointNews)>,
}

/// Every contact point of a case, in the order in which its contacts are tried.
pub fn points(case: &Case) -> Vec<Point<'_>> {
    case.data.values().flat_map(|value| of_field(case, value)).collect()
}

fn of_field<'c>(case: &'c Case, value: &'c Value) -> Vec<Point<'c>> {
    let contacts = match value {
        Value::List(contacts) => contacts.as_slice(),
        contact @ Value::Record(_) => std::slice::from_ref(contact),
        _ => return Vec::new(),
    };
    let mut ranked = Vec::new();
    for (position, contact) in person_positions(contacts).into_iter().zip(contacts) {
        for (member, channel) in [("mobile", Channel::Call), ("email", Channel::Email)] {
            let Some(address) = contact.member(member).as_text() else { continue };
            let by_mail = channel == Channel::Email;
            ranked.push(((position, by_mail, rank(case, channel, contact, address)), point(case, contact, address)));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, point)| point).collect()
}

fn point<'c>(case: &'c Case, contact: &'c Value, address: &'c str) -> Point<'c> {
    let said = |member: &str| contact.member(member).as_text();
    let is_bad = |channel: &Channel| case.progress.bad.contains(&format!("{channel} {address}"));
    let news = |channel| Some((channel, point_news(case, channel, address)?));
    Point {
        name: said("name"),
        address,
        class: said("class").filter(|_| !address.contains('@')),
        source: said("source"),
        confidence: said("confidence"),
        verified: is_verified(case, address),
        bad: Channel::ALL.into_iter().filter(is_bad).collect(),
        news: Channel::ALL.into_iter().filter_map(news).collect(),
    }
}
