//! Who may be contacted when, and how often. The engine's rules, not the author's: they hold
//! whatever a workflow asks, when a contact is planned and again when it is made.
//!
//! Sources of the rules: the calendar's contact hours (Bahrain: TRA Resolution 3/2015, 09:00-20:00),
//! the house's caps in `config/wasl.yaml`, the workflow's own `contact_policy`.

mod caps;
mod disclosure;
mod hours;
mod identity;
mod look;
mod never;
mod points;
mod rule;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use jiff::Timestamp;

pub use disclosure::{Disclosure, Revealing, disclosures, is_verified, reveals};
pub use identity::{identities_of, identity, is_personal, points_of};
pub use look::{Dropped, Look, last_look, last_look_at_call};
pub use never::NeverTo;
pub use points::{Point, point_news, points};
pub(crate) use points::{person_positions, point_key, rank};
pub use rule::Rule;

use self::hours::Hours;
use crate::calendar::Calendar;
use crate::case::{Case, CaseId, Contacted, EffectId};
use crate::definition::{Cap, ContactPolicy};
use crate::delivery::Channel;
use crate::duration::Duration;
use crate::lang::Texts;
use crate::message::StopLinks;
use crate::retention::Pseudonyms;
use crate::value::{ShortText, Value};

/// The house's own rules over all workflows.
#[derive(Clone, Debug, Default)]
pub struct HousePolicy {
    /// Caps over all cases and workflows.
    pub at_most: Vec<Cap>,
    /// Numbers and addresses that no workflow may use.
    pub never_to: Vec<NeverTo>,
    /// Whose queue reads answers that no state takes.
    pub answers_to: Option<String>,
    /// Makes the links by which people stop messages.
    pub stop_links: Option<StopLinks>,
    /// Makes what stands for identities that are erased; without them no people are.
    pub pseudonyms: Option<Pseudonyms>,
}

/// What is known beyond the case: loaded by the runtime for a whole batch at once.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Contacts in other cases, with the persons of this case or of its household.
    pub contacted_elsewhere: Vec<Contacted>,
    /// Other cases of the household that this case is about.
    pub household: BTreeSet<CaseId>,
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
    let hours = Hours::of(rules, wanted.channel, wanted.address, from);
    let Some(open) = hours.next_allowed(from) else {
        return Verdict::Never(Rule::NoCommonHour);
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
        let (free, capped) = match caps::under_caps(case, rules, wanted, at) {
            Ok(found) => found,
            Err(rule) => return Verdict::Never(rule),
        };
        // Mostly the caps push nothing on, and the hours were asked already.
        let open = if free == at { Some(at) } else { hours.next_allowed(free).map(|open| open.at) };
        let Some(open) = open else { break };
        why = capped.or(why);
        let settled = open == at;
        at = open;
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
    let named: OnceCell<Vec<String>> = OnceCell::new();
    let named = || named.get_or_init(|| [Some(address), person].into_iter().flatten().filter_map(identity).collect());
    // Mostly there is nobody to be among.
    let is_in = |own: Vec<String>, known: &BTreeSet<String>| {
        let nobody = own.is_empty() && known.is_empty();
        !nobody && named().iter().any(|named: &String| own.contains(named) || known.contains(named))
    };
    if is_in(deceased_of(rules.workflow, case), &rules.facts.deceased) {
        return Some(Rule::Deceased);
    }
    let house_says_never = rules.house.never_to.iter().any(|never| named().iter().any(|named| never.covers(named)));
    if house_says_never || is_in(never_of(rules.workflow, case), &rules.facts.never) {
        return Some(Rule::NeverTo);
    }
    if rules.facts.opted_out.is_empty() {
        return None;
    }
    let stopped = |named: &String| rules.facts.opted_out.contains(&format!("{channel} {named}"));
    named().iter().any(stopped).then_some(Rule::OptedOut)
}

/// Identities that a case's workflow says must never be used, by any case.
pub fn never_of(policy: &ContactPolicy, case: &Case) -> Vec<String> {
    identity::identities_in(case, &policy.never_to)
}

/// Which family a case is about, spelt one way: cases that say the same are of one household. `None` where the workflow
/// names no field and no deceased; such a case is a household of its own.
pub fn household_of(policy: &ContactPolicy, case: &Case) -> Option<ShortText> {
    if let Some(field) = &policy.household {
        return identities_of(case.field(field)).into_iter().next().map(ShortText::from);
    }
    // A telephone or mailbox may be that of two families; a personal number is of one.
    deceased_of(policy, case).into_iter().find(|identity| is_personal(identity)).map(ShortText::from)
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
