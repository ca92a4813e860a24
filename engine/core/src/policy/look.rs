//! The last look: what was planned may be sent, or rung, only if that still holds when it is done.

use jiff::Timestamp;

use super::hours::Hours;
use super::{Disclosure, Patience, Rule, Rules, Verdict, Wanted, judge};
use crate::case::{Case, EffectId};
use crate::delivery::Channel;
use crate::effect::{CallTask, Message};
use crate::event::News;
use crate::lang::Texts;
use crate::limits::WINDOW_LEFT_MIN;

/// What the last look at a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It leaves now; after `until`, where there is such an instant, nobody may get it any more.
    Send {
        /// When the recipient's hours close.
        until: Option<Timestamp>,
    },
    /// It waits.
    Wait {
        /// Until then.
        not_before: Timestamp,
        /// Why.
        why: Option<Texts>,
    },
    /// It never leaves.
    Drop(Dropped),
}

/// Why a message never leaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Dropped {
    /// The case has moved on.
    Withdrawn,
    /// Its time is over.
    Expired,
    /// A rule forbids it.
    Suppressed(Rule),
}

impl Dropped {
    /// The rule that says so, as a code.
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Suppressed(rule) => Some(rule.name()),
            Self::Withdrawn | Self::Expired => None,
        }
    }

    /// What the case is told.
    pub const fn news(&self) -> News {
        match self {
            Self::Withdrawn => News::Withdrawn,
            Self::Expired => News::Expired,
            Self::Suppressed(_) => News::Suppressed,
        }
    }
}

/// The case without the contacts that wait themselves: what is planned for later must not keep back what is
/// due now, or two messages could put each other off for ever. They are looked at when their turn comes.
fn as_made(case: &Case) -> Case {
    let mut case = case.clone();
    let pending = &case.progress.pending;
    let waits = |id: &EffectId| pending.iter().any(|pending| pending.id == *id && !pending.left);
    let made = case.progress.contacted.iter().filter(|contacted| !waits(&contacted.id)).cloned().collect();
    case.progress.contacted = made;
    case
}

/// Looks once more at a planned message of `case` whose time has come: does the case still want it,
/// is it not too late, do the rules allow it now? `disclosure` says to whom its words may go.
pub fn last_look(case: &Case, message: &Message, disclosure: Disclosure, rules: &Rules<'_>, now: Timestamp) -> Look {
    if message.expires.is_some_and(|expires| expires < now) {
        return Look::Drop(Dropped::Expired);
    }
    let wanted = Wanted {
        id: &message.id,
        channel: message.channel,
        address: &message.to,
        person: &message.person,
        disclosure,
        from: now,
        patience: message.expires.map_or(Patience::Endless, Patience::Until),
    };
    match look(case, &wanted, rules) {
        Look::Send { until: Some(until) } if until.duration_since(now) < WINDOW_LEFT_MIN => {
            next_window(message, &Hours::of(rules, message.channel, &message.to, now), until)
        }
        look => look,
    }
}

/// What becomes of a message whose hours end in a moment: it waits for the next ones, if that is not too late for it.
fn next_window(message: &Message, hours: &Hours<'_>, until: Timestamp) -> Look {
    match hours.next_allowed(until) {
        Some(next) if message.expires.is_none_or(|expires| next.at < expires) => {
            Look::Wait { not_before: next.at, why: next.why }
        }
        _ => Look::Send { until: Some(until) },
    }
}

/// Looks once more at a planned call that an agent is about to make, as [`last_look`] does at a message. Work at a
/// desk reaches nobody and may be done at any time.
pub fn last_look_at_call(case: &Case, task: &CallTask, rules: &Rules<'_>, now: Timestamp) -> Look {
    let Some(address) = &task.to else { return Look::Send { until: None } };
    let wanted = Wanted {
        id: &task.id,
        channel: Channel::Call,
        address,
        person: &task.person,
        disclosure: Disclosure::Anyone,
        from: now,
        patience: Patience::Endless,
    };
    look(case, &wanted, rules)
}

fn look(case: &Case, wanted: &Wanted<'_>, rules: &Rules<'_>) -> Look {
    if !case.progress.pending.iter().any(|pending| pending.id == *wanted.id) {
        return Look::Drop(Dropped::Withdrawn);
    }
    match judge(&as_made(case), rules, wanted) {
        Verdict::At { at, why, .. } if at > wanted.from => Look::Wait { not_before: at, why },
        Verdict::At { .. } => {
            let hours = Hours::of(rules, wanted.channel, wanted.address, wanted.from);
            Look::Send { until: hours.allowed_until(wanted.from) }
        }
        Verdict::Never(Rule::NoTimeLeft) => Look::Drop(Dropped::Expired),
        Verdict::Never(rule) => Look::Drop(Dropped::Suppressed(rule)),
    }
}
