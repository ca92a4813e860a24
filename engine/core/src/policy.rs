//! Who may be contacted when, and how often. The engine's rules, not the author's: they hold
//! whatever a workflow asks, when a contact is planned and again when it is made.
//!
//! Sources of the rules: the calendar's contact hours (Bahrain: TRA Resolution 3/2015, 09:00-20:00),
//! the house's caps in `config/wasl.yaml`, the workflow's own `contact_policy`.

mod disclosure;
mod identity;
mod look;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use disclosure::{Disclosure, Revealing, disclosures, is_verified, reveals};
pub use identity::{identities_of, identity, points_of};
pub use look::{Dropped, Look, last_look};

use crate::calendar::Calendar;
use crate::case::{Case, Contacted, EffectId};
use crate::definition::{Cap, CapOf, CapPer, ContactPolicy};
use crate::delivery::Channel;
use crate::duration::Duration;
use crate::lang::Texts;
use crate::message::StopLinks;
use crate::value::Value;

/// The rule that stopped a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Rule {
    /// A person, number or address that is known to be a deceased's, in whichever case.
    Deceased,
    /// A person, number or address that must never be used.
    NeverTo,
    /// A cap, as written.
    Cap {
        /// `6 messages per case`.
        cap: String,
    },
    /// There is no allowed moment before the message expires.
    NoTimeLeft,
    /// The recipient asked us to stop.
    OptedOut,
    /// The text names the death, a person, an account or a sum, and nobody has confirmed whose address it is.
    Disclosure,
}

impl Rule {
    /// The rule in words.
    pub fn words(&self, language: &str) -> String {
        let texts = match self {
            Self::Deceased => Texts::both(
                "this person, number or address is known to be a deceased's",
                "هذا الشخص أو الرقم أو العنوان معروف أنه لمتوفى",
            ),
            Self::NeverTo => Texts::both(
                "this address belongs to someone who must never be contacted",
                "هذا العنوان لمن لا يجوز الاتصال به أبدا",
            ),
            Self::Cap { cap } => Texts::both(format!("the cap `{cap}` is reached"), format!("بلغ الحد `{cap}`")),
            Self::NoTimeLeft => {
                Texts::both("no allowed moment is left before it expires", "لا يوجد وقت مسموح قبل انتهاء صلاحيتها")
            }
            Self::OptedOut => Texts::both("the recipient asked us to stop", "طلب المستلم إيقاف الرسائل"),
            Self::Disclosure => Texts::both(
                "the text reveals more than may go to an address that nobody has confirmed",
                "في النص ما لا يجوز إرساله إلى عنوان لم يتأكد أحد من صاحبه",
            ),
        };
        texts.get(language).to_owned()
    }
}

/// The house's own rules over all workflows.
#[derive(Clone, Debug, Default)]
pub struct HousePolicy {
    /// Caps over all cases and workflows.
    pub at_most: Vec<Cap>,
    /// Whose queue reads answers that no state takes.
    pub answers_to: Option<String>,
    /// Makes the links by which people stop messages.
    pub stop_links: Option<StopLinks>,
}

/// What is known beyond the case: loaded by the runtime for a whole batch at once.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Contacts with the persons of this case in other cases.
    pub contacted_elsewhere: Vec<Contacted>,
    /// Identities ([`identity()`]) that some case knows as a deceased's.
    pub deceased: BTreeSet<String>,
    /// Identities that no case may use.
    pub never: BTreeSet<String>,
    /// Identities that asked us to stop, per channel: `sms +973…`.
    pub opted_out: BTreeSet<String>,
}

/// Everything that the rules look at besides the contact itself.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Contact hours and holidays.
    pub calendar: &'a Calendar,
    /// The house's caps.
    pub house: &'a HousePolicy,
    /// The workflow's own policy.
    pub workflow: &'a ContactPolicy,
    /// What is known beyond the case.
    pub facts: &'a Facts,
}

/// A contact that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its effect; contacts already counted under this id are not counted again.
    pub id: &'a EffectId,
    /// How.
    pub channel: Channel,
    /// Where.
    pub address: &'a str,
    /// Whom: their personal number where known, else the address.
    pub person: &'a str,
    /// To whom its words may go.
    pub disclosure: Disclosure,
    /// Not before.
    pub from: Timestamp,
    /// How late it may be.
    pub patience: Patience,
}

/// How late a contact may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// At any time.
    Endless,
    /// So long after the first moment at which mourning and hours allow it: a night or an Eid does
    /// not use it up.
    For(Duration),
    /// Until this instant.
    Until(Timestamp),
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It may be made at this instant, which is later than wanted for the reason given.
    At {
        /// When.
        at: Timestamp,
        /// Why not at once.
        why: Option<Texts>,
        /// The last instant at which it may be made.
        expires: Option<Timestamp>,
    },
    /// It must not be made.
    Never(Rule),
}

/// Judges a wanted contact: whether this person may be told this at all, then the earliest moment that
/// mourning, hours and caps allow.
pub fn judge(case: &Case, rules: &Rules<'_>, wanted: &Wanted<'_>) -> Verdict {
    if let Some(rule) = forbidden(case, rules, wanted.channel, (wanted.address, Some(wanted.person))) {
        return Verdict::Never(rule);
    }
    if wanted.disclosure == Disclosure::Verified && !is_verified(case, wanted.address) {
        return Verdict::Never(Rule::Disclosure);
    }
    let (from, mourning) = after_mourning(case, rules, wanted.from);
    let quiet = rules.workflow.quiet.get(&wanted.channel).copied().unwrap_or_default();
    let Some(open) = rules.calendar.next_allowed(wanted.channel, from, &quiet) else {
        return Verdict::Never(Rule::NoTimeLeft);
    };
    let expires = match wanted.patience {
        Patience::Endless => None,
        Patience::For(duration) => Some(rules.calendar.add(open.at, duration).at),
        Patience::Until(instant) => Some(instant),
    };
    let mut why = open.why.or(mourning);
    let mut at = open.at;
    // Hours and caps push each other on: a cap may end at night. A few rounds settle it; the bound
    // makes an odd calendar end in a refusal, not in a loop.
    for _ in 0..8 {
        let (free, capped) = match under_caps(case, rules, wanted, at) {
            Ok(found) => found,
            Err(rule) => return Verdict::Never(rule),
        };
        let Some(open) = rules.calendar.next_allowed(wanted.channel, free, &quiet) else { break };
        why = capped.or(why);
        let settled = open.at == at;
        at = open.at;
        if expires.is_some_and(|expires| at > expires) {
            break;
        }
        if settled {
            return Verdict::At { at, why: why.filter(|_| at > wanted.from), expires };
        }
    }
    Verdict::Never(Rule::NoTimeLeft)
}

/// The rule by which a person or address must not be contacted on a channel, by any case.
pub fn forbidden(
    case: &Case,
    rules: &Rules<'_>,
    channel: Channel,
    (address, person): (&str, Option<&str>),
) -> Option<Rule> {
    let named: Vec<String> = [Some(address), person].into_iter().flatten().filter_map(identity).collect();
    let is_in = |own: Vec<String>, known: &BTreeSet<String>| {
        named.iter().any(|named| own.contains(named) || known.contains(named))
    };
    if is_in(deceased_of(rules.workflow, case), &rules.facts.deceased) {
        return Some(Rule::Deceased);
    }
    if is_in(never_of(rules.workflow, case), &rules.facts.never) {
        return Some(Rule::NeverTo);
    }
    let stopped = |named: &String| rules.facts.opted_out.contains(&format!("{channel} {named}"));
    named.iter().any(stopped).then_some(Rule::OptedOut)
}

/// Identities that a case's workflow says must never be used, by any case.
pub fn never_of(policy: &ContactPolicy, case: &Case) -> Vec<String> {
    identity::identities_in(case, &policy.never_to)
}

/// Identities of the deceased whom a case is about.
pub fn deceased_of(policy: &ContactPolicy, case: &Case) -> Vec<String> {
    identity::identities_in(case, &policy.deceased)
}

fn after_mourning(case: &Case, rules: &Rules<'_>, from: Timestamp) -> (Timestamp, Option<Texts>) {
    let Some((wait, field)) = &rules.workflow.not_before else { return (from, None) };
    let calendar = rules.calendar;
    let start = match case.field(field) {
        Value::Date(date) => calendar.instant(date.at(0, 0, 0, 0)),
        Value::Time(time) => *time,
        _ => return (from, None),
    };
    let until = calendar.add(start, *wait).at;
    if until <= from {
        return (from, None);
    }
    let words = |language| wait.words(language);
    let why = Texts::both(
        format!("not before {} after `{field}`", words("en")),
        format!("ليس قبل {} من `{field}`", words("ar")),
    );
    (until, Some(why))
}

/// The first instant from `at` at which no cap forbids the contact.
fn under_caps(
    case: &Case,
    rules: &Rules<'_>,
    wanted: &Wanted<'_>,
    at: Timestamp,
) -> Result<(Timestamp, Option<Texts>), Rule> {
    let mut latest = (at, None);
    for cap in rules.workflow.at_most.iter().chain(&rules.house.at_most) {
        if !counts(cap, wanted.channel) {
            continue;
        }
        let free = free_of(cap, case, rules, wanted, at)?;
        if free > latest.0 {
            let why = Texts::both(format!("the cap `{}`", cap.text), format!("الحد `{}`", cap.text));
            latest = (free, Some(why));
        }
    }
    Ok(latest)
}

fn counts(cap: &Cap, channel: Channel) -> bool {
    match cap.of {
        CapOf::Messages => channel != Channel::Call,
        CapOf::Channel(of) => of == channel,
    }
}

fn free_of(cap: &Cap, case: &Case, rules: &Rules<'_>, wanted: &Wanted<'_>, at: Timestamp) -> Result<Timestamp, Rule> {
    let refused = || Rule::Cap { cap: cap.text.clone() };
    if cap.limit == 0 {
        return Err(refused());
    }
    let own = case.progress.contacted.iter();
    let elsewhere = rules.facts.contacted_elsewhere.iter().filter(|_| cap.per == CapPer::Person);
    let mut times: Vec<Timestamp> = own
        .chain(elsewhere)
        .filter(|made| made.id != *wanted.id && counts(cap, made.channel))
        .filter(|made| cap.per == CapPer::Case || made.person == wanted.person)
        .map(|made| made.at)
        .collect();
    let limit = usize::try_from(cap.limit).unwrap_or(usize::MAX);
    let Some(within) = cap.within else {
        return if times.len() >= limit { Err(refused()) } else { Ok(at) };
    };
    times.sort_unstable();
    // The contact is free once fewer than `limit` others lie within the time before it: that is
    // when the limit-th youngest of them has grown old enough.
    let Some(position) = times.len().checked_sub(limit) else { return Ok(at) };
    let freed = times.get(position).map_or(at, |oldest| rules.calendar.add(*oldest, within).at);
    Ok(freed.max(at))
}
