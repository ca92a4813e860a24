//! Every transition of a workflow under a name of its own, so that the step can say which one a case
//! took, and coverage which ones no scenario takes.

use super::{Reaction, State, StateId, Then, Workflow};

/// One way for a case to move on, or to react and stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// The state that it stands in; none for `anywhere`.
    pub from: Option<StateId>,
    /// What leads to it.
    pub by: By,
}

/// What leads to a transition, by its position in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A line of `next`.
    Next(usize),
    /// A line of `on`.
    On {
        /// Position of the event.
        handler: usize,
        /// Position of the line under it.
        reaction: usize,
        /// Which of its two ends.
        way: Way,
    },
    /// A line of `every`.
    Every(usize),
    /// A line of `after`.
    After(usize),
    /// An entry of `reopen`.
    Reopen(usize),
}

/// The ends of a reaction: a ladder has rungs and what comes after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// What it says.
    Taken,
    /// Its `then`: after the last rung, or where there is no next contact.
    Otherwise,
}

impl Workflow {
    /// Every transition, in the order of the file, those of `anywhere` last.
    pub fn transitions(&self) -> Vec<Transition> {
        let mut all = Vec::new();
        for (index, state) in self.states.iter().enumerate() {
            let from = Some(StateId(index));
            let mut add = |by| all.push(Transition { from, by });
            (0..state.next.len()).map(By::Next).for_each(&mut add);
            ways_of(&state.on).into_iter().for_each(&mut add);
            (0..state.every.len()).map(By::Every).for_each(&mut add);
            (0..state.after.len()).map(By::After).for_each(&mut add);
            (0..state.reopen.len()).map(By::Reopen).for_each(&mut add);
        }
        all.extend(ways_of(&self.anywhere).into_iter().map(|by| Transition { from: None, by }));
        all
    }

    /// The transition that a case in `state` takes by a reaction of this workflow.
    pub(crate) fn transition_of(&self, state: &str, reaction: &Reaction, way: Way) -> Option<Transition> {
        let (id, state) = self.state_named(state)?;
        let place = |handlers: &[super::Handler]| {
            handlers.iter().enumerate().find_map(|(handler, found)| {
                let reaction = found.reactions.iter().position(|other| std::ptr::eq(other, reaction))?;
                Some(By::On { handler, reaction, way })
            })
        };
        let own = place(&state.on).map(|by| Transition { from: Some(id), by });
        own.or_else(|| place(&self.anywhere).map(|by| Transition { from: None, by }))
    }

    /// Where a transition leads; none if the case stays.
    pub fn target(&self, transition: Transition) -> Option<StateId> {
        let state = self.origin(transition);
        match transition.by {
            By::Next(index) => Some(state?.next.get(index)?.goto),
            By::Every(_) => None,
            By::After(index) => state?.after.get(index)?.goto,
            By::Reopen(index) => Some(state?.reopen.get(index)?.1),
            By::On { way, .. } => match (&self.reaction(transition)?.then, way) {
                (Then::Goto(target), _) => Some(*target),
                (Then::Again { then, .. } | Then::NextContact { then }, Way::Otherwise) => *then,
                _ => None,
            },
        }
    }

    /// A transition in the words of the file: `first_call: on call.no_answer, then → follow_up_sms`.
    pub fn describe(&self, transition: Transition) -> String {
        let state = self.origin(transition);
        let from = state.map_or("anywhere", |state| &state.name);
        let by = self.name_of(transition).unwrap_or_default();
        match self.target(transition) {
            Some(target) => format!("{from}: {by} → {}", self.state(target).name),
            None => format!("{from}: {by}"),
        }
    }

    fn name_of(&self, transition: Transition) -> Option<String> {
        let state = self.origin(transition);
        let guard =
            |when: Option<&crate::expr::Program>| when.map_or(String::new(), |when| format!(" when {}", when.source()));
        Some(match transition.by {
            By::Next(index) => format!("next{}", guard(state?.next.get(index)?.when.as_ref())),
            By::Every(index) => state?.every.get(index)?.name.to_string(),
            By::After(index) => state?.after.get(index)?.name.to_string(),
            By::Reopen(index) => format!("reopen on {}", state?.reopen.get(index)?.0),
            By::On { handler, way, .. } => {
                let event = &state.map_or(&self.anywhere, |state| &state.on).get(handler)?.event;
                let end = if way == Way::Otherwise { ", then" } else { "" };
                format!("on {event}{}{end}", guard(self.reaction(transition)?.when.as_ref()))
            }
        })
    }

    fn reaction(&self, transition: Transition) -> Option<&Reaction> {
        let By::On { handler, reaction, .. } = transition.by else { return None };
        let handlers = self.origin(transition).map_or(&self.anywhere, |state| &state.on);
        handlers.get(handler)?.reactions.get(reaction)
    }

    fn origin(&self, transition: Transition) -> Option<&State> {
        self.states.get(transition.from?.0)
    }
}

fn ways_of(handlers: &[super::Handler]) -> Vec<By> {
    let mut ways = Vec::new();
    for (handler, found) in handlers.iter().enumerate() {
        for (reaction, line) in found.reactions.iter().enumerate() {
            ways.push(By::On { handler, reaction, way: Way::Taken });
            if let Then::Again { then: Some(_), .. } | Then::NextContact { then: Some(_) } = line.then {
                ways.push(By::On { handler, reaction, way: Way::Otherwise });
            }
        }
    }
    ways
}
