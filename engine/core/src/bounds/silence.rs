//! How long a family hears nothing, and how long a case can wait without anyone being told.
//!
//! Both look at a case that is left alone: only time passes. A contact is what the workflow *asks for*; that a
//! cap or a missing number may keep it from the family is told to the case, and leads on from there.

use super::ENDLESS;
use super::moves::{Move, Stay};
use super::spans::Spans;
use crate::definition::{Action, Repeat, State, Target};

/// When a case that stays in a state is heard of, in minutes from entering it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quiet {
    /// The longest time from entering until something is heard, or until the case leaves before that.
    pub(super) at_first: u64,
    /// The longest time without anything within the state, and until leaving it.
    pub(super) within: u64,
    /// Whether something is heard on entering.
    pub(super) begins: bool,
}

/// Whether an action is meant for the family.
pub(super) fn is_for_family(action: &Action) -> bool {
    let to = match action {
        Action::Call(call) => &call.to,
        Action::Send(send) => &send.to,
        Action::Set(_) => return false,
    };
    to.iter().any(|target| matches!(target, Target::Field(_)))
}

/// The family's silence in a state.
pub(super) fn of_family(stay: &Stay<'_>, spans: &mut Spans<'_>) -> Quiet {
    quiet(stay, spans, is_for_family)
}

/// How long a case can wait in a state while nobody is told of it: no message is asked for and no call is
/// open. A call that nobody answers stays open until the case leaves.
pub(super) fn of_anyone(stay: &Stay<'_>, spans: &mut Spans<'_>) -> u64 {
    let is_call = |action: &Action| matches!(action, Action::Call(_));
    if stay.state.enter.iter().any(is_call) {
        return 0;
    }
    let called = sure_repeats(stay.state).filter(|repeat| repeat.actions.iter().any(is_call));
    let until_call = called.map(|repeat| spans.of(repeat.every).longest).min();
    let mut wait = *stay;
    wait.wait.most = stay.wait.most.min(until_call.unwrap_or(ENDLESS));
    let Quiet { at_first, within, begins } =
        quiet(&wait, spans, |action| matches!(action, Action::Call(_) | Action::Send(_)));
    if begins { within } else { at_first.max(within) }
}

fn sure_repeats(state: &State) -> impl Iterator<Item = &Repeat> {
    state.every.iter().filter(|repeat| repeat.when.is_none())
}

/// With several things that repeat, each of them alone bounds the silence: the best of these bounds holds.
fn quiet(stay: &Stay<'_>, spans: &mut Spans<'_>, counts: fn(&Action) -> bool) -> Quiet {
    let most = stay.wait.most;
    let mut quiet = Quiet { at_first: most, within: most, begins: stay.state.enter.iter().any(counts) };
    for repeat in sure_repeats(stay.state).filter(|repeat| repeat.actions.iter().any(counts)) {
        let every = spans.of(repeat.every);
        quiet.at_first = quiet.at_first.min(every.longest);
        let after_the_last = match repeat.at_most {
            None => 0,
            Some(_) if most == ENDLESS => ENDLESS,
            Some(times) => most.saturating_sub(every.shortest.saturating_mul(times.into())),
        };
        quiet.within = quiet.within.min(every.longest.max(after_the_last));
    }
    quiet
}

/// Whether the family is sure to hear something when the case moves so.
pub(super) fn is_told(step: &Move<'_>) -> bool {
    step.actions.iter().any(is_for_family)
}
