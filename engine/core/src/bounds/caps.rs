//! What the caps of a workflow mean for its bounds: those that hold for a whole case bound what the states ask
//! for, and where the states must ask for more, that is a mistake.

use std::collections::BTreeSet;

use super::moves::{Moves, leaves_at_once};
use super::spans::Spans;
use crate::definition::{Action, After, Cap, CapPer, ContactPolicy, State, Target, Workflow};
use crate::delivery::Channel;
use crate::limits;

/// What is counted for one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Calls to the family.
    Calls,
    /// SMS alone.
    Sms,
    /// E-mails alone.
    Emails,
    /// SMS and e-mails together.
    Messages,
}

impl Counted {
    const fn channels(self) -> &'static [Channel] {
        match self {
            Self::Calls => &[Channel::Call],
            Self::Sms => &[Channel::Sms],
            Self::Emails => &[Channel::Email],
            Self::Messages => &[Channel::Sms, Channel::Email],
        }
    }

    /// Whether a cap limits all of what is counted.
    fn is_limited_by(self, cap: &Cap) -> bool {
        self.channels().iter().all(|channel| cap.of.contains(channel))
    }
}

/// The smallest cap that holds for a whole case: how many it allows, and the caps that say so.
pub(super) fn of_case(policy: &ContactPolicy, counted: Counted) -> Option<(u64, String)> {
    let whole = policy.at_most.iter().filter(|cap| is_for_the_whole_case(cap) && counted.is_limited_by(cap));
    let smallest = whole.min_by_key(|cap| cap.limit).map(|cap| (u64::from(cap.limit), cap.text.clone()));
    if counted != Counted::Messages {
        return smallest;
    }
    let both = of_case(policy, Counted::Sms).zip(of_case(policy, Counted::Emails));
    let both = both.filter(|((_, sms), (_, emails))| sms != emails);
    let both = both.map(|((sms, one), (emails, other))| (sms + emails, format!("{one}`, `{other}")));
    smallest.into_iter().chain(both).min_by_key(|(limit, _)| *limit)
}

/// A case remembers so many contacts for its caps; a larger cap could miss the oldest. What a household may have,
/// none of its cases may exceed.
fn is_for_the_whole_case(cap: &Cap) -> bool {
    let remembered = usize::try_from(cap.limit).is_ok_and(|limit| limit < limits::SENT_LOG_MAX);
    cap.per != CapPer::Person && cap.within.is_none() && remembered
}

/// The caps that spread what is counted over time.
pub(super) fn over_time(policy: &ContactPolicy, counted: Counted) -> Vec<String> {
    let spread = policy.at_most.iter().filter(|cap| cap.within.is_some() && cap.per != CapPer::Person);
    spread.filter(|cap| counted.is_limited_by(cap)).map(|cap| cap.text.clone()).collect()
}

/// A cap that the states must exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Its position among the workflow's caps.
    pub cap: usize,
    /// How many contacts of its kind are asked for.
    pub asked: u64,
    /// The states that ask for them, one after the other.
    pub states: Vec<String>,
}

/// The caps that a case must run into though nothing comes and nothing is decided: the states that follow one
/// another by time alone ask for more than is allowed.
pub(super) fn exceeded(
    workflow: &Workflow,
    moves: &Moves<'_>,
    reached: &[bool],
    spans: &mut Spans<'_>,
) -> Vec<Exceeded> {
    let mut worst: Vec<Option<Exceeded>> = vec![None; workflow.policy.at_most.len()];
    for start in (0..moves.stays.len()).filter(|start| reached.get(*start) == Some(&true)) {
        let asked = without_choice(moves, start, spans);
        for (cap, (position, worst)) in workflow.policy.at_most.iter().zip(worst.iter_mut().enumerate()) {
            let count = counted(cap, &asked);
            if count > u64::from(cap.limit) && worst.as_ref().is_none_or(|worst| worst.asked < count) {
                *worst = Some(Exceeded { cap: position, asked: count, states: states_of(cap, &asked) });
            }
        }
    }
    worst.into_iter().flatten().collect()
}

/// Contacts that a state asks for, come what may.
struct Asked<'w> {
    state: &'w str,
    channel: Channel,
    to: &'w [Target],
    times: u64,
}

/// How many of `asked` a cap counts; a cap with a time makes them wait and is not exceeded.
fn counted(cap: &Cap, asked: &[Asked<'_>]) -> u64 {
    let mut by_recipient: Vec<(&[Target], u64)> = Vec::new();
    for asked in asked.iter().filter(|asked| cap.within.is_none() && is_counted(cap, asked)) {
        // What goes to the same words goes to the same person, as long as nothing else happens.
        let same = by_recipient.iter_mut().find(|(to, _)| cap.per != CapPer::Person || *to == asked.to);
        match same {
            Some((_, count)) => *count += asked.times,
            None => by_recipient.push((asked.to, asked.times)),
        }
    }
    by_recipient.into_iter().map(|(_, count)| count).max().unwrap_or(0)
}

fn is_counted(cap: &Cap, asked: &Asked<'_>) -> bool {
    cap.of.contains(&asked.channel)
}

fn states_of(cap: &Cap, asked: &[Asked<'_>]) -> Vec<String> {
    let mut states: Vec<String> = Vec::new();
    for asked in asked.iter().filter(|asked| is_counted(cap, asked)) {
        if states.last().is_none_or(|last| last != asked.state) {
            states.push(asked.state.to_owned());
        }
    }
    states
}

/// Everything that is asked for from entering a state on, as far as there is no choice.
fn without_choice<'w>(moves: &Moves<'w>, start: usize, spans: &mut Spans<'_>) -> Vec<Asked<'w>> {
    let mut asked = Vec::new();
    let mut seen = BTreeSet::new();
    let mut at = Some(start);
    while let Some(stay) = at.filter(|at| seen.insert(*at)).and_then(|at| moves.stays.get(at)) {
        let state = stay.state;
        add(&mut asked, state, &state.enter, 1);
        at = match state.next.as_slice() {
            [] if !leaves_at_once(state) => wait_out(state, &mut asked, spans),
            [only] if only.when.is_none() && state.end.is_none() => Some(only.goto.0),
            _ => None,
        };
    }
    asked
}

/// What a stay asks for that ends by time, and where it leads if there is only one way.
fn wait_out<'w>(state: &'w State, asked: &mut Vec<Asked<'w>>, spans: &mut Spans<'_>) -> Option<usize> {
    let leaving: Vec<&After> = state.after.iter().filter(|after| after.goto.is_some()).collect();
    let earliest = |after: &&After| if after.from.is_some() { 0 } else { spans.of(after.wait).shortest };
    let least = leaving.iter().map(earliest).min().unwrap_or(0);
    for repeat in state.every.iter().filter(|repeat| repeat.when.is_none()) {
        let fitting = least.checked_div(spans.of(repeat.every).longest).unwrap_or(0);
        add(asked, state, &repeat.actions, fitting.min(repeat.at_most.map_or(fitting, u64::from)));
    }
    match leaving.as_slice() {
        [only] if only.when.is_none() => {
            add(asked, state, &only.actions, 1);
            only.goto.map(|goto| goto.0)
        }
        _ => None,
    }
}

fn add<'w>(asked: &mut Vec<Asked<'w>>, state: &'w State, actions: &'w [Action], times: u64) {
    for action in actions.iter().filter(|_| times > 0) {
        let (channel, to) = match action {
            Action::Call(call) if !call.to.is_empty() => (Channel::Call, &call.to),
            Action::Send(send) => (send.channel, &send.to),
            Action::Call(_) | Action::Set(_) => continue,
        };
        asked.push(Asked { state: &state.name, channel, to, times });
    }
}
